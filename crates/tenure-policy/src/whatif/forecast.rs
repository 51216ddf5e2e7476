//! What will happen by itself in the days to come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::impact::ImpactRow;
use crate::compile::Policy;
use crate::facts::Facts;
use crate::id::IdentityId;
use crate::identity::Identity;
use crate::lifecycle::Phase;

/// What will happen by itself: starts, last days, expiries, deletions. In the order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The events, by time and identity.
    pub events: Vec<ForecastEvent>,
}

/// One instant at which something changes for one identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ForecastEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// For whom.
    pub identity: IdentityId,
    /// The phase before and after.
    pub phase: (Phase, Phase),
    /// What comes and goes, if anything does.
    pub change: Option<ImpactRow>,
    /// Accounts whose status changes, as `target: before > after`.
    pub accounts: Vec<String>,
}

impl Policy {
    /// What will happen by itself from `facts.now` until an instant, if nothing else changes. Steps that change nothing are left out.
    pub fn forecast<'a, 'f>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        facts: impl Fn(&'a Identity) -> Facts<'f>,
        until: DateTime<Utc>,
    ) -> Forecast {
        let mut events = Vec::new();
        let mut evaluator = self.evaluator();
        for identity in population {
            let mut facts = facts(identity);
            let mut before = evaluator.evaluate(identity, &facts).to_evaluation();
            // Each step is later than the one before, so this ends; the bound only guards against a flood of tiny steps.
            for _ in 0..MOST {
                let Some(at) = before.next_change_at.filter(|at| *at <= until) else { break };
                facts = facts.at(at);
                let after = evaluator.evaluate(identity, &facts).to_evaluation();
                let change = ImpactRow::between(&before, &after);
                let accounts: Vec<String> = after
                    .accounts
                    .values()
                    .filter_map(|account| {
                        let old = before.accounts.get(&account.target)?.status;
                        (old != account.status)
                            .then(|| format!("{}: {old:?} > {:?}", account.target, account.status))
                    })
                    .collect();
                let phase = (before.state.phase, after.state.phase);
                if change.is_some() || phase.0 != phase.1 || !accounts.is_empty() {
                    events.push(ForecastEvent {
                        at,
                        identity: identity.id().clone(),
                        phase,
                        change,
                        accounts,
                    });
                }
                before = after;
            }
        }
        events.sort_by(|a, b| (a.at, &a.identity).cmp(&(b.at, &b.identity)));
        Forecast { events }
    }
}

const MOST: usize = 1000;
