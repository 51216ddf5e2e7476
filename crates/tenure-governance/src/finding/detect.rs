use tenure_engine::{Census, Disposition, Unlinked};
use tenure_policy::{
    EntitlementKey, HeldGrant, Identity, IdentityId, OpenTask, PopulationLimits, TaskKind, Violation,
    ViolationKind, Workload,
};
use tenure_store::TaskRecord;

use super::FindingKind;
use super::coverage::coverage;
use super::model::Sighting;
use crate::Rules;
use crate::request::words;

/// Everything that is not as it should be, as far as the store knows.
pub(crate) fn detect(
    census: &Census,
    rules: &Rules,
    unlinked: &[Unlinked],
    tasks: &[TaskRecord],
) -> Vec<Sighting> {
    let mut found = Vec::new();
    unlinked.iter().for_each(|account| found.extend(orphan(census, account)));
    stale(census, &mut found);
    for identity in census.identities() {
        of_identity(census, identity, &mut found);
        if let Identity::Workload(workload) = identity {
            of_workload(census, workload, &mut found);
        }
    }
    gaps(census, rules, &mut found);
    for task in tasks.iter().filter(|task| task.owner.is_none()) {
        found.push(Sighting {
            kind: FindingKind::UnownedTask,
            subject: task.id.clone(),
            target: task.target.as_ref().and_then(|target| target.parse().ok()),
            identity: task.identity.as_ref().and_then(|identity| identity.parse().ok()),
            text: format!("nobody is to do: {}", task.title),
            since: Some(task.opened),
        });
    }
    found
}

fn orphan(census: &Census, account: &Unlinked) -> Option<Sighting> {
    let of = |kind, text| {
        Some(Sighting {
            kind,
            subject: format!("{}/{}", account.target, account.account),
            target: Some(account.target.clone()),
            identity: None,
            text,
            since: None,
        })
    };
    match account.disposed.as_ref().map(|disposed| &disposed.disposition) {
        None | Some(Disposition::Case) => {
            let active = if account.active { "works and " } else { "" };
            of(
                FindingKind::OrphanAccount,
                format!("the account `{}` {active}belongs to nobody", account.name),
            )
        }
        Some(Disposition::ServiceAccount { owner, .. }) if is_gone(census, owner) => {
            let text = format!("the owner `{owner}` of the account `{}` has left", account.name);
            of(FindingKind::Workload, text)
        }
        Some(_) => None,
    }
}

fn stale(census: &Census, found: &mut Vec<Sighting>) {
    for account in census.accounts() {
        let Some(identity) = account.identity.clone().filter(|identity| is_gone(census, identity)) else {
            continue;
        };
        let possessions = census.possessions(&identity);
        let policy = census.policy().target(&account.target);
        let is_seat = |key: &EntitlementKey| {
            key.kind.is_licence() || policy.is_some_and(|policy| policy.seat(key).is_some())
        };
        let seat = possessions
            .iter()
            .find(|held| held.entitlement.target == account.target && is_seat(&held.entitlement));
        let text = match (account.active, seat) {
            (true, _) => format!("{identity} has left and the account `{}` still works", account.name),
            (false, Some(seat)) => format!("{identity} has left and still has {}", seat.entitlement),
            (false, None) => continue,
        };
        let state = census.identity(&identity).map(|found| census.policy().state(found, census.now()));
        found.push(Sighting {
            kind: FindingKind::StaleAccount,
            subject: format!("{}/{}", account.target, account.id),
            target: Some(account.target.clone()),
            identity: Some(identity),
            text,
            since: state.and_then(|state| state.since),
        });
    }
}

fn of_identity(census: &Census, identity: &Identity, found: &mut Vec<Sighting>) {
    let id = identity.id();
    let Some(wanted) = census.evaluate(id) else { return };
    let held: Vec<HeldGrant> = census
        .possessions(id)
        .into_iter()
        .map(|possessed| {
            let mut held = HeldGrant::new(possessed.entitlement, possessed.since);
            held.origins = possessed.origins;
            held.lost = possessed.lost;
            held
        })
        .collect();
    let beyond = |key: &EntitlementKey| {
        let scope = identity.as_workload().map(|workload| &workload.scope);
        scope.is_some_and(|scope| !scope.contains(key)) && held.iter().any(|held| held.key == *key)
    };
    // What a service holds beyond its scope is told as that, and by no other name.
    for key in held.iter().map(|held| &held.key).filter(|key| beyond(key)) {
        found.push(Sighting {
            kind: FindingKind::Workload,
            subject: format!("{id}/beyond/{key}"),
            target: Some(key.target.clone()),
            identity: Some(id.clone()),
            text: format!("the service `{id}` has {key}, which is outside its declared scope"),
            since: held.iter().find(|held| held.key == *key).map(|held| held.since),
        });
    }
    for drift in wanted.drift(&held, census.now()).into_iter().filter(|drift| !beyond(&drift.entitlement)) {
        let why = if drift.was.is_empty() { "and nobody knows why" } else { "although its reason is gone" };
        found.push(Sighting {
            kind: FindingKind::Drift,
            subject: format!("{id}/{}", drift.entitlement),
            target: Some(drift.entitlement.target.clone()),
            identity: Some(id.clone()),
            text: format!("{} has {} {why}", identity.display_name(), drift.entitlement),
            since: Some(drift.since),
        });
    }
    let upkeep = |task: &&OpenTask| matches!(task.kind, TaskKind::RotateSecret | TaskKind::ReviewWorkload);
    for task in wanted.tasks.iter().filter(upkeep) {
        found.push(Sighting {
            kind: FindingKind::Workload,
            subject: format!("{id}/{:?}/{}", task.kind, task.subject),
            target: task.subject.parse().ok().filter(|_| task.kind == TaskKind::RotateSecret),
            identity: Some(id.clone()),
            text: task.text.clone(),
            since: None,
        });
    }
    let told = |violation: &Violation| {
        violation.kind == ViolationKind::OutOfScope
            && violation.members.iter().flat_map(|member| &member.by).all(beyond)
    };
    let standing = |violation: &&Violation| violation.mitigated.is_none() && !told(violation);
    for violation in wanted.violations.iter().filter(standing) {
        let (kind, target) = match violation.kind {
            ViolationKind::OutOfScope => (FindingKind::Workload, None),
            _ => (FindingKind::Violation, violation.members.first().and_then(|member| member.by.first())),
        };
        let target = target.map(|key| key.target.clone());
        found.push(Sighting {
            kind,
            subject: format!("{id}/{}", words(violation)),
            target,
            identity: Some(id.clone()),
            text: format!("{}: {}", identity.display_name(), words(violation)),
            since: violation.from,
        });
    }
}

fn of_workload(census: &Census, workload: &Workload, found: &mut Vec<Sighting>) {
    let (id, today) = (&workload.id, census.now().date_naive());
    let mut faults = Vec::new();
    if census.identity(&workload.owner).is_none() || is_gone(census, &workload.owner) {
        faults.push(("owner", format!("its owner `{}` has left or is not known", workload.owner)));
    }
    if workload.purpose.trim().is_empty() {
        faults.push(("purpose", "nobody has said what it is for".to_owned()));
    }
    match workload.expires {
        None => faults.push(("expiry", "it has no end".to_owned())),
        Some(day) if day < today => faults.push(("expiry", format!("its end was on {day}"))),
        Some(_) => {}
    }
    found.extend(faults.into_iter().map(|(what, text)| Sighting {
        kind: FindingKind::Workload,
        subject: format!("{id}/{what}"),
        target: None,
        identity: Some(id.clone()),
        text: format!("the service `{id}`: {text}"),
        since: None,
    }));
}

fn gaps(census: &Census, rules: &Rules, found: &mut Vec<Sighting>) {
    let policy = census.policy();
    for mut coverage in coverage(policy, rules) {
        // Where there are no groups nothing can go by them.
        if !coverage.groups && census.offers(&coverage.target, "group") {
            coverage.gaps.push("it has groups, and no rule gives one".to_owned());
        }
        found.extend(coverage.gaps.iter().map(|gap| Sighting {
            kind: FindingKind::CoverageGap,
            subject: format!("{}/{gap}", coverage.target),
            target: Some(coverage.target.clone()),
            identity: None,
            text: format!("{}: {gap}", coverage.target),
            since: None,
        }));
    }
    let broad = policy.analyse_population(census.identities(), census.now(), PopulationLimits::default());
    let broad = broad.into_iter().filter(|finding| {
        use tenure_policy::FindingKind::{MatchesEverybody, OverBroad};
        matches!(finding.kind, MatchesEverybody | OverBroad)
    });
    found.extend(broad.map(|finding| Sighting {
        kind: FindingKind::BroadRule,
        subject: finding.subject.clone(),
        target: None,
        identity: None,
        text: finding.message,
        since: None,
    }));
}

fn is_gone(census: &Census, id: &IdentityId) -> bool {
    census.identity(id).is_some_and(|found| census.policy().state(found, census.now()).phase.is_gone())
}
