use std::future::Future;
use std::time::{Duration, Instant};

/// How long each of many calls took.
#[derive(Default)]
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) async fn time<T>(&mut self, call: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let answer = call.await;
        self.0.push(start.elapsed());
        answer
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a small number"
        )]
        let place = ((sorted.len() - 1) as f64 * share) as usize;
        sorted[place].as_secs_f64() * 1e6
    }

    /// Median and 99th percentile in microseconds, and the median's ratio to another's.
    pub(crate) fn print(&self, name: &str, to: Option<&Self>) {
        let (median, late) = (self.at(0.5), self.at(0.99));
        match to {
            Some(other) => {
                let base = other.at(0.5);
                println!(
                    "{name:<45} {median:>9.0} us, p99 {late:>9.0} us, beside {base:>9.0} us: {:.2}",
                    median / base
                );
            }
            None => println!("{name:<45} {median:>9.0} us, p99 {late:>9.0} us"),
        }
    }
}

pub(crate) fn resident_mib() -> u64 {
    status("VmRSS:")
}

pub(crate) fn peak_mib() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}
