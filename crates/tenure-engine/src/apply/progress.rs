use serde::{Deserialize, Serialize};
use tenure_store::JournalPhase;

use super::StepOutcome;
use crate::plan::StepId;

/// An event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// The run begins.
    RunStarted {
        /// The plan's hash.
        plan: String,
        /// How many steps it has.
        total: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its number, from one.
        index: usize,
        /// How many steps there are.
        total: usize,
        /// The step.
        step: StepId,
        /// The step in one line.
        title: String,
    },
    /// A line was written to the journal and is durable.
    Journalled {
        /// The step.
        step: StepId,
        /// What the line records.
        phase: JournalPhase,
        /// The number of the line in this run, from one.
        number: u64,
    },
    /// A step ended.
    StepFinished {
        /// Its number, from one.
        index: usize,
        /// How many steps there are.
        total: usize,
        /// The step.
        step: StepId,
        /// The step in one line.
        title: String,
        /// How it ended.
        outcome: StepOutcome,
        /// More about it, in words.
        detail: String,
    },
    /// The run ended.
    RunFinished {
        /// The plan's hash.
        plan: String,
        /// How many steps took effect.
        done: usize,
        /// How many did not.
        left: usize,
    },
}
