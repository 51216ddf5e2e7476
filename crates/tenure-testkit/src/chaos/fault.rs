use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One way in which a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The call does not reach the system.
    NotSent,
    /// The system carries it out, and the answer gets lost.
    LostAnswer,
    /// The system refuses for now.
    Throttled {
        /// How long it asks to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// A page lacks half of its objects, and says that it is not complete.
    PartialPage,
    /// A page holds an object twice.
    DuplicatedItem,
    /// A read shows what an earlier read of the same object showed.
    StaleRead,
    /// The answer takes this long, on the timer that the connector was given.
    Slow {
        /// How long.
        wait: Duration,
    },
    /// The program dies before the call is sent; every later call fails until the restart.
    CrashBefore,
    /// The program dies after the system carried the call out; every later call fails until the restart.
    CrashAfter,
}

/// One fault that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChaosEvent {
    /// The number of the call, from 0.
    pub call: u64,
    /// The method that was called.
    pub method: String,
    /// What went wrong.
    pub fault: Fault,
}
