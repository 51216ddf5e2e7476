use tenure_connector::{
    ConnectorExt, Context, DeleteMode, Fields, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind,
    Result,
};

use super::bench::{LIMIT, MISSING};
use super::report::run;
use super::{Bench, Failure, Report, Subject, Verdict, trials};

/// How a run against a live system ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveReport {
    /// How every trial ended.
    pub report: Report,
    /// What the run made and could not remove.
    pub left: Vec<ObjectRef>,
}

/// Runs every trial against a live system, tells each verdict as it comes, and removes at the end whatever bears the
/// subject's prefix.
///
/// Everything the trials make is named after the prefix, and they change and delete nothing else.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_testkit::conformance::{Subject, run_live};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let subject = Subject::new(Arc::new(MemoryConnector::new("desk"))).with_prefix("trial-2026-03-02");
/// let live = run_live(&subject, |name, verdict| println!("{name}: {verdict:?}")).await?;
/// assert!(live.left.is_empty() && live.report.failed().next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// No trial is run when the system cannot be listed, when something there already bears the prefix, or when an object
/// has the id that the trials take for missing.
///
/// # Cancel safety
///
/// Dropping the future leaves behind what the running trial made; [`sweep`] removes it.
pub async fn run_live(
    subject: &Subject,
    mut told: impl FnMut(&'static str, &Verdict),
) -> std::result::Result<LiveReport, Failure> {
    refuse_strangers(subject).await?;
    let mut verdicts = Vec::new();
    for trial in trials() {
        let verdict = run(subject, trial).await;
        told(trial.name, &verdict);
        verdicts.push((trial.name, verdict));
    }
    Ok(LiveReport { report: Report { verdicts }, left: sweep(subject).await? })
}

/// Removes every account and group whose name begins with the subject's prefix; gives what could not be removed.
///
/// # Errors
///
/// The system cannot be listed.
pub async fn sweep(subject: &Subject) -> std::result::Result<Vec<ObjectRef>, Failure> {
    let bench = Bench::new(subject, "sweep");
    let found = prefixed(&bench).await?;
    for object in &found {
        for mode in [DeleteMode::Permanent, DeleteMode::Soft] {
            // What cannot be removed is found again below.
            if bench.apply(Operation::Delete { object: object.clone(), mode }).await.is_ok() {
                break;
            }
        }
    }
    if found.is_empty() { Ok(found) } else { Ok(prefixed(&bench).await?) }
}

async fn refuse_strangers(subject: &Subject) -> std::result::Result<(), Failure> {
    let bench = Bench::new(subject, "sandbox");
    if subject.prefix.is_empty() {
        return Err(Failure::new("expected a prefix, found none: everything would be removed"));
    }
    if let Some(object) = prefixed(&bench).await?.first() {
        return Err(Failure::new(format!(
            "expected nothing that begins with `{}`, found {object}: the run would remove it",
            subject.prefix
        )));
    }
    for (class, capabilities) in &bench.capabilities().classes {
        let missing = ObjectRef::new(class.clone(), MISSING);
        if capabilities.get && bench.connector().get(&bench.ctx, &missing, &Fields::All).await.is_ok() {
            return Err(Failure::new(format!("expected no {missing}, which the trials delete, found it")));
        }
    }
    Ok(())
}

/// The accounts and groups whose names begin with the prefix, members before their groups.
async fn prefixed(bench: &Bench) -> Result<Vec<ObjectRef>> {
    let prefix = bench.subject.prefix.to_lowercase();
    let mut found = Vec::new();
    for (class, name) in [(ObjectClass::USER, "userName"), (ObjectClass::GROUP, "displayName")] {
        let capabilities = bench.capabilities();
        let made = capabilities.allows(&class, OperationKind::Create);
        if !made || capabilities.class(&class).is_none_or(|class| class.list.is_none()) {
            continue;
        }
        let ctx = Context::new(bench.ctx.correlation());
        let listing = bench.connector().list_all(&ctx, ListQuery::new(class), LIMIT).await?;
        let ours = listing.items.into_iter().filter(|item| {
            item.resource.text(name).is_some_and(|text| text.to_lowercase().starts_with(&prefix))
        });
        found.extend(ours.map(|item| item.object));
    }
    Ok(found)
}
