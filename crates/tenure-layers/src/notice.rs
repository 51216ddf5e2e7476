use std::fmt;
use std::time::Duration;

use serde::Serialize;
use tenure_connector::ErrorKind;

/// Something that a layer does and that somebody who watches wants to see: above all, why nothing seems to happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// A call waits for its turn.
    Waiting {
        /// The method.
        method: &'static str,
        /// When it goes on, on the timer's scale.
        until: Duration,
        /// The bucket that is used up, if the system named one.
        bucket: Option<String>,
    },
    /// A call failed and is tried again.
    Retrying {
        /// The method.
        method: &'static str,
        /// The number of the attempt that failed, from 1.
        attempt: u32,
        /// When it is tried again, on the timer's scale.
        until: Duration,
        /// Why it failed.
        because: ErrorKind,
    },
    /// So many calls failed that none is made for a while.
    Opened {
        /// Until when, on the timer's scale.
        until: Duration,
        /// How they failed.
        because: ErrorKind,
    },
    /// Calls are made again.
    Closed,
}

/// Takes notices. Must not block.
pub trait Observer: Send + Sync + fmt::Debug {
    /// Takes one notice.
    fn notice(&self, notice: &Notice);
}

impl Observer for () {
    fn notice(&self, _: &Notice) {}
}
