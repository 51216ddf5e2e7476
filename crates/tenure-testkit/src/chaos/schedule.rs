use std::collections::BTreeMap;
use std::time::Duration;

use super::{ChaosEvent, Fault};
use crate::Random;

/// Decides which calls go wrong, and how.
///
/// # Examples
///
/// ```
/// use tenure_testkit::chaos::Schedule;
///
/// assert_eq!(Schedule::random(7, 20), Schedule::random(7, 20));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Quiet,
    Random { random: Random, percent: u64 },
    Replay(BTreeMap<u64, Fault>),
}

impl Schedule {
    /// Nothing goes wrong but what is injected.
    #[must_use]
    pub fn quiet() -> Self {
        Self(Kind::Quiet)
    }

    /// This many calls in a hundred go wrong, chosen by the seed.
    #[must_use]
    pub fn random(seed: u64, percent: u64) -> Self {
        Self(Kind::Random { random: Random::new(seed), percent })
    }

    /// The faults of an earlier run, at the same calls.
    #[must_use]
    pub fn replay(log: &[ChaosEvent]) -> Self {
        Self(Kind::Replay(log.iter().map(|event| (event.call, event.fault)).collect()))
    }

    pub(super) fn next(&mut self, call: u64) -> Option<Fault> {
        match &mut self.0 {
            Kind::Quiet => None,
            Kind::Replay(faults) => faults.get(&call).copied(),
            Kind::Random { random, percent } => {
                let happens = random.percent(*percent);
                let kind = random.below(9);
                let length = Duration::from_millis(random.below(2_000));
                happens.then_some(match kind {
                    0 => Fault::NotSent,
                    1 => Fault::LostAnswer,
                    2 => Fault::Throttled { retry_after: Some(length) },
                    3 => Fault::Throttled { retry_after: None },
                    4 => Fault::PartialPage,
                    5 => Fault::DuplicatedItem,
                    6 => Fault::StaleRead,
                    7 => Fault::CrashBefore,
                    _ => Fault::CrashAfter,
                })
            }
        }
    }
}
