use chrono::{DateTime, Utc};
use tenure_policy::GuardLimit;

use crate::plan::{GuardVerdict, Plan};
use crate::{Engine, Result};

/// How a plan measures up now; earlier runs may have used up what was free when it was made.
pub(crate) async fn verdicts(engine: &Engine, plan: &Plan, now: DateTime<Utc>) -> Result<Vec<GuardVerdict>> {
    let mut verdicts = Vec::new();
    for (target, policy) in engine.policy.targets() {
        for (operation, limit) in &policy.guard.limits {
            let steps = plan.steps.iter().filter(|step| step.target == *target && step.is_effect());
            let planned = steps.filter(|step| step.verb.as_str() == operation).count();
            if planned == 0 {
                continue;
            }
            let earlier = match policy.guard.window {
                Some(window) => {
                    engine.store.guard_count(target.as_str(), operation, window.before(now)).await?
                }
                None => 0,
            };
            let earlier = usize::try_from(earlier).unwrap_or(usize::MAX);
            let accounts = engine.store.count_accounts(target.as_str()).await?;
            let accounts = usize::try_from(accounts).unwrap_or(usize::MAX);
            // A share of nothing says nothing: the first load of an empty target is measured by number alone.
            let measured = match accounts {
                0 => GuardLimit { percent: None, ..*limit },
                _ => *limit,
            };
            verdicts.push(GuardVerdict {
                target: target.clone(),
                operation: operation.clone(),
                planned,
                earlier,
                accounts,
                limit: *limit,
                allowed: measured.allows(planned.saturating_add(earlier), accounts),
            });
        }
    }
    Ok(verdicts)
}
