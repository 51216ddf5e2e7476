//! `tenure accounts`: the accounts that belong to nobody, and what is done with them.

use chrono::NaiveTime;
use tenure_engine::{Disposed, Disposition, Engine, Unlinked};
use tenure_policy::{IdentityId, TargetId};

use super::Session;
use crate::args::{AccountAnswer, AccountIs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Cell, Paint, Table, Tone, count};
use crate::project::Project;

pub(super) async fn run(session: &Session, answer: Option<&AccountAnswer>) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    let engine = project.engine().await?;
    if let Some(answer) = answer {
        record(session, &engine, answer).await?;
    }
    let found = engine.unlinked(session.now).await;
    let found = found.map_err(|e| Failure::engine("cannot read the accounts", &e))?;
    print!("{}", shown(&found, session.paint));
    Ok(Exit::Done)
}

async fn record(session: &Session, engine: &Engine, answer: &AccountAnswer) -> Result<(), Failure> {
    let at = session.now;
    match answer {
        AccountAnswer::Say { target, account, what, by, because, owner, review } => {
            let mut disposed = Disposed::new(disposition(what)?, by, because, at);
            disposed.owner = owner.as_deref().map(identity_id).transpose()?;
            disposed.review = review.map(|day| day.and_time(NaiveTime::MIN).and_utc());
            let said = engine.dispose(&target_id(target)?, account, disposed).await;
            said.map_err(|e| Failure::engine("cannot note what is done with the account", &e))
        }
        AccountAnswer::Withdraw { target, account, by } => {
            let said = engine.withdraw_disposition(&target_id(target)?, account, by, at).await;
            said.map_err(|e| Failure::engine("cannot withdraw it", &e))
        }
    }
}

fn disposition(what: &AccountIs) -> Result<Disposition, Failure> {
    Ok(match what {
        AccountIs::Adopt { identity } => Disposition::Adopt { identity: identity_id(identity)? },
        AccountIs::Service { owner, purpose } => {
            Disposition::ServiceAccount { owner: identity_id(owner)?, purpose: purpose.clone() }
        }
        AccountIs::Protected => Disposition::Protected,
        AccountIs::Close { delete } => {
            Disposition::DisableThenDelete { delete: delete.and_time(NaiveTime::MIN).and_utc() }
        }
        AccountIs::Case => Disposition::Case,
    })
}

fn target_id(text: &str) -> Result<TargetId, Failure> {
    TargetId::parse(text).map_err(|e| Failure::failed(format!("target `{text}`"), e))
}

fn identity_id(text: &str) -> Result<IdentityId, Failure> {
    IdentityId::parse(text).map_err(|e| Failure::failed(format!("identity `{text}`"), e))
}

fn shown(found: &[Unlinked], paint: Paint) -> String {
    if found.is_empty() {
        return format!("{} every account belongs to somebody\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["target", "account", "name", "", "what is done with it"]);
    for account in found {
        let (tone, said) = match &account.disposed {
            Some(disposed) => (Tone::Plain, told(disposed)),
            None => (Tone::Warn, "nobody has said".to_owned()),
        };
        table.row([
            Cell::from(account.target.to_string()),
            Cell::new(Tone::Strong, &account.account),
            Cell::from(account.name.clone()),
            Cell::new(Tone::Faint, if account.active { "active" } else { "disabled" }),
            Cell::new(tone, said),
        ]);
    }
    format!("{table}\n{} nobody's\n", count(found.len(), "account"))
}

fn told(disposed: &Disposed) -> String {
    let what = match &disposed.disposition {
        Disposition::Adopt { identity } => format!("it is {identity}'s"),
        Disposition::ServiceAccount { purpose, .. } => format!("a service: {purpose}"),
        Disposition::Protected => "nothing may touch it".to_owned(),
        Disposition::DisableThenDelete { delete } => {
            format!("disabled, and deleted from {} on", delete.format("%Y-%m-%d"))
        }
        _ => "somebody finds out whose it is".to_owned(),
    };
    let owner = disposed.answerable().map(|owner| format!("; {owner} answers for it")).unwrap_or_default();
    format!("{what}{owner} ({}: {})", disposed.by, disposed.reason)
}
