//! What something takes, by the clock and of the processor.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) clock: Duration,
    /// Of all threads of this program; a server's is not in it.
    pub(crate) processor: Duration,
}

#[derive(Debug)]
pub(crate) struct Watch(Instant, Duration);

impl Watch {
    pub(crate) fn start() -> Self {
        Self(Instant::now(), processor())
    }

    pub(crate) fn stop(&self) -> Took {
        Took { clock: self.0.elapsed(), processor: processor().saturating_sub(self.1) }
    }
}

fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit_once(')')
        .into_iter()
        .flat_map(|(_, rest)| rest.split_whitespace().skip(11).take(2))
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
