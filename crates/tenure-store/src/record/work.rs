use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccountRecord, HeldRecord, JournalEntry, LinkRecord};

/// One thing that workers are to do: it comes into its queue when everything it comes after has ended and nothing else
/// of its group is in any queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkRecord {
    /// What it is part of: a plan's hash.
    pub run: String,
    /// Its name, unique within the run.
    pub id: String,
    /// The queue: one for each target.
    pub queue: String,
    /// At most one work of a group is in the queues at any time, whatever the queue or the run: an identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The works of the same run that must have ended before, however they ended.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<String>,
    /// What to do.
    pub body: Value,
}

/// Proof that a worker took a work. It is void as soon as another worker takes the same work after the lease has run out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ticket {
    /// What the work is part of.
    pub run: String,
    /// The work.
    pub work: String,
    /// The queue.
    pub queue: String,
    /// The number of the work in its queue.
    pub(crate) message: i64,
    /// How often it was taken.
    pub taken: u32,
    /// The moment of the taking in microseconds, where the clock is the store's.
    pub(crate) stamp: i64,
}

/// A work in the hands of a worker.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claim {
    /// The proof.
    pub ticket: Ticket,
    /// The work.
    pub work: WorkRecord,
    /// How the works ended that it comes after.
    pub ended: BTreeMap<String, String>,
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// The queue.
    pub queue: String,
    /// How many works at most.
    pub limit: usize,
    /// The present moment. A store with a clock of its own uses that one, so that machines need not agree.
    pub now: DateTime<Utc>,
    /// For how long nobody else gets them.
    pub lease: TimeDelta,
}

/// How many works of a run stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkCount {
    /// Waiting for others.
    pub waiting: u64,
    /// In a queue or in the hands of a worker.
    pub queued: u64,
    /// Ended.
    pub ended: u64,
}

impl WorkCount {
    /// How many have not ended.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.waiting + self.queued
    }
}

/// What a worker must know of a target before it acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The target.
    pub target: String,
    /// Identities whose links, accounts and held entitlements are wanted.
    pub identities: Vec<String>,
    /// Further accounts, with what they hold and whose they are.
    pub accounts: Vec<String>,
    /// Whether the accounts themselves are left out of the answer.
    pub without_accounts: bool,
    /// Entitlements, by kind and id, all of whose holders are wanted with their accounts.
    pub entitlements: Vec<(String, String)>,
    /// Names of small values.
    pub values: Vec<String>,
    /// Steps whose journal is wanted, by plan and step.
    pub steps: Vec<(String, String)>,
}

/// The answer to a [`Lookup`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// The links of the identities in every target, and of the accounts; tombstones included.
    pub links: Vec<LinkRecord>,
    /// The accounts in the target.
    pub accounts: Vec<AccountRecord>,
    /// What they hold.
    pub held: Vec<HeldRecord>,
    /// The values that exist.
    pub values: Vec<(String, Value)>,
    /// The journal of the steps, in the order of writing.
    pub journal: Vec<JournalEntry>,
}
