use std::fmt;

use super::{Bench, Failure, Skipped, Subject, Trial, trials};

/// How one trial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule holds.
    Passed,
    /// The connector cannot be put to it.
    Skipped(Skipped),
    /// The rule is broken.
    Failed(Failure),
}

/// How every trial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The trials by name, in the order of the suite.
    pub verdicts: Vec<(&'static str, Verdict)>,
}

impl Report {
    /// The trials that failed, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&'static str, &Failure)> {
        self.verdicts.iter().filter_map(|(name, verdict)| match verdict {
            Verdict::Failed(failure) => Some((*name, failure)),
            _ => None,
        })
    }

    /// The trials that could not be done, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&'static str, &Skipped)> {
        self.verdicts.iter().filter_map(|(name, verdict)| match verdict {
            Verdict::Skipped(skipped) => Some((*name, skipped)),
            _ => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => writeln!(f, "ok      {name}")?,
                Verdict::Skipped(skipped) => writeln!(f, "skipped {name}: {}", skipped.because)?,
                Verdict::Failed(failure) => writeln!(f, "FAILED  {name}: {failure}")?,
            }
        }
        Ok(())
    }
}

/// Runs every trial, one after the other.
pub async fn run_all(subject: &Subject) -> Report {
    let mut verdicts = Vec::new();
    for trial in trials() {
        verdicts.push((trial.name, run(subject, trial).await));
    }
    Report { verdicts }
}

/// Runs the trial with this name; `None` when there is none.
pub async fn run_trial(subject: &Subject, name: &str) -> Option<Verdict> {
    let trial = trials().iter().find(|trial| trial.name == name)?;
    Some(run(subject, trial).await)
}

pub(super) async fn run(subject: &Subject, trial: &Trial) -> Verdict {
    let bench = Bench::new(subject, trial.name);
    let ended = (trial.run)(&bench).await;
    bench.clean_up().await;
    match ended {
        Ok(None) => Verdict::Passed,
        Ok(Some(skipped)) => Verdict::Skipped(skipped),
        Err(failure) => Verdict::Failed(failure),
    }
}
