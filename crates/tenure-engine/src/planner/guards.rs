//! How a plan measures up to the guards of the targets, as a whole and for each group of people by itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_policy::{GuardLimit, Identity, TargetId, TargetPolicy};

use super::members::Members;
use crate::plan::{GuardVerdict, Plan, Step};
use crate::world::load::{decode, identity_id};
use crate::{Engine, Result};

/// How many identities are read at once.
const CHUNK: usize = 400;

/// Notes with which group each step counts, and how the plan measures up.
pub(crate) async fn measure(engine: &Engine, plan: &mut Plan, now: DateTime<Utc>) -> Result<()> {
    name_groups(engine, &mut plan.steps, now).await?;
    plan.guards = verdicts(engine, plan, now).await?;
    Ok(())
}

/// How a plan measures up now; earlier runs may have used up what was free when it was made.
pub(crate) async fn verdicts(engine: &Engine, plan: &Plan, now: DateTime<Utc>) -> Result<Vec<GuardVerdict>> {
    let mut verdicts = Vec::new();
    for (target, policy) in engine.policy.targets() {
        let measure = Measure { engine, target, policy, now };
        for (operation, limit) in &policy.guard.limits {
            let planned = guarded(plan, target, operation).count();
            if planned > 0 {
                verdicts.push(measure.whole(operation, planned, limit).await?);
            }
        }
        if let Some(each) = &policy.guard.each {
            let mut groups = Vec::new();
            for (operation, limit) in &each.limits {
                let mut planned: BTreeMap<&str, usize> = BTreeMap::new();
                for step in guarded(plan, target, operation) {
                    if let Some(group) = &step.guard_group {
                        *planned.entry(group).or_default() += 1;
                    }
                }
                for (group, planned) in planned {
                    groups.push(measure.group(operation, group, planned, limit).await?);
                }
            }
            measure.count_members(&mut groups).await?;
            verdicts.append(&mut groups);
        }
    }
    Ok(verdicts)
}

/// What the guards' rolling window calls an operation on a group of people; no operation has a space in its name.
pub(crate) fn of_group(operation: &str, group: &str) -> String {
    format!("{operation} of {group}")
}

fn guarded<'a>(plan: &'a Plan, target: &'a TargetId, operation: &'a str) -> impl Iterator<Item = &'a Step> {
    let steps = plan.steps.iter().filter(move |step| step.target == *target && step.is_effect());
    steps.filter(move |step| step.guarded_as().any(|counted| counted == operation))
}

/// Notes the groups of those whose steps count with one.
async fn name_groups(engine: &Engine, steps: &mut [Step], now: DateTime<Utc>) -> Result<()> {
    let policy = &engine.policy;
    let counts = |step: &Step| {
        let guard = policy.target(&step.target).map(|policy| &policy.guard);
        let limited = |operation| guard.is_some_and(|guard| guard.limit_each(operation).is_some());
        step.is_effect() && step.guarded_as().any(limited)
    };
    let whom = steps.iter().filter(|step| counts(step)).filter_map(|step| step.identity.as_ref());
    let whom: BTreeSet<String> = whom.map(ToString::to_string).collect();
    let whom: Vec<String> = whom.into_iter().collect();
    let mut people = BTreeMap::new();
    for ids in whom.chunks(CHUNK) {
        for record in engine.store.identities_of(ids).await? {
            let id = identity_id(&record.id)?;
            people.insert(id, decode::<Identity>("identity", record.document)?);
        }
    }
    for step in steps {
        step.guard_group = match step.identity.as_ref().and_then(|identity| people.get(identity)) {
            Some(person) if counts(step) => policy.guard_group(&step.target, person, now),
            _ => None,
        };
    }
    Ok(())
}

/// Measures what is planned in one target.
struct Measure<'m> {
    engine: &'m Engine,
    target: &'m TargetId,
    policy: &'m TargetPolicy,
    now: DateTime<Utc>,
}

impl Measure<'_> {
    async fn whole(&self, operation: &str, planned: usize, limit: &GuardLimit) -> Result<GuardVerdict> {
        let earlier = self.earlier(operation).await?;
        let accounts = self.engine.store.count_accounts(self.target.as_str()).await?;
        let accounts = usize::try_from(accounts).unwrap_or(usize::MAX);
        Ok(self.verdict(operation, None, (planned, earlier), accounts, limit))
    }

    /// Without the accounts of the group.
    async fn group(
        &self,
        operation: &str,
        group: &str,
        planned: usize,
        limit: &GuardLimit,
    ) -> Result<GuardVerdict> {
        let earlier = self.earlier(&of_group(operation, group)).await?;
        Ok(self.verdict(operation, Some(group), (planned, earlier), 0, limit))
    }

    /// Judges those again of whose groups a share is asked for.
    async fn count_members(&self, verdicts: &mut [GuardVerdict]) -> Result<()> {
        let mut members = Members::new(self.engine, self.target, self.now);
        for verdict in verdicts.iter() {
            let count = verdict.planned.saturating_add(verdict.earlier);
            if let (Some(group), Some(wanted)) = (&verdict.group, verdict.limit.share_wants(count)) {
                members.want(group, wanted);
            }
        }
        let counted = members.count().await?;
        for verdict in verdicts {
            let accounts = verdict.group.as_ref().and_then(|group| counted.get(group)).copied();
            if let Some(accounts) = accounts {
                let count = (verdict.planned, verdict.earlier);
                *verdict = self.verdict(
                    &verdict.operation,
                    verdict.group.as_deref(),
                    count,
                    accounts,
                    &verdict.limit,
                );
            }
        }
        Ok(())
    }

    async fn earlier(&self, operation: &str) -> Result<usize> {
        let Some(window) = self.policy.guard.window else { return Ok(0) };
        let since = window.before(self.now);
        let earlier = self.engine.store.guard_count(self.target.as_str(), operation, since).await?;
        Ok(usize::try_from(earlier).unwrap_or(usize::MAX))
    }

    fn verdict(
        &self,
        operation: &str,
        group: Option<&str>,
        (planned, earlier): (usize, usize),
        accounts: usize,
        limit: &GuardLimit,
    ) -> GuardVerdict {
        // A share of nothing says nothing: the first load of an empty target is measured by number alone.
        let measured = match accounts {
            0 => GuardLimit { percent: None, ..*limit },
            _ => *limit,
        };
        GuardVerdict {
            target: self.target.clone(),
            operation: operation.to_owned(),
            group: group.map(str::to_owned),
            planned,
            earlier,
            accounts,
            limit: *limit,
            allowed: measured.allows(planned.saturating_add(earlier), accounts),
        }
    }
}
