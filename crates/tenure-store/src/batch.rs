use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AccountRecord, ApprovalRecord, AuditDraft, GrantRecord, GuardCount, HeldRecord, IdentityRecord,
    JournalEntry, LinkRecord, NameRecord, OutlookRecord, PlanRecord, PlanStatus, SnapshotRecord, StagedRow,
    TaskRecord, Ticket, ToldRecord, WorkRecord,
};

/// Changes that a store applies whole or not at all, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// What must hold before the first write.
    pub conditions: Vec<Condition>,
    /// The changes.
    pub writes: Vec<Write>,
}

impl Batch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change.
    #[must_use]
    pub fn with(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds a change in place.
    pub fn push(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.conditions.is_empty()
    }
}

/// What must hold for a batch to be applied; otherwise it is refused with a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Condition {
    /// The plan has this status.
    PlanIs {
        /// The plan's hash.
        plan: String,
        /// The status it must have.
        status: PlanStatus,
    },
    /// The lease is held by this holder and has not been taken over since.
    Holds {
        /// The lease.
        lease: String,
        /// The holder.
        holder: String,
    },
    /// The work is still in the hands of who took it.
    Taken(Ticket),
    /// The small named value is this one; null: there is none. So two writers who read the same value do not both replace it.
    ValueIs {
        /// The name.
        key: String,
        /// The value that was read.
        value: Value,
    },
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Write {
    /// Appends a version of an identity.
    Identity(IdentityRecord),
    /// Stores an account as seen now.
    Account(AccountRecord),
    /// Forgets an account that is gone from the target.
    ForgetAccount {
        /// The target.
        target: String,
        /// The account.
        account: String,
    },
    /// Ties an account to an identity. Refused when the account belongs to another identity and is not deleted, or when
    /// the identity has another live account in the target.
    Link(LinkRecord),
    /// Stores an explicit grant.
    Grant(GrantRecord),
    /// Stores a held entitlement and appends to its history: the first time as of its `since`, later as of `at`.
    Held {
        /// What is held.
        held: HeldRecord,
        /// When the store learnt of it.
        at: DateTime<Utc>,
    },
    /// Ends a held entitlement and appends to its history.
    Lost {
        /// What is no longer held.
        held: HeldRecord,
        /// Since when, and when the store learnt of it.
        at: DateTime<Utc>,
    },
    /// Reserves, commits or retires a name. Refused when the name is or was another identity's.
    Name(NameRecord),
    /// Stores a plan.
    Plan(PlanRecord),
    /// Sets how far a plan has come.
    PlanStatus {
        /// The plan's hash.
        plan: String,
        /// The new status.
        status: PlanStatus,
    },
    /// Appends to the journal.
    Journal(JournalEntry),
    /// Adds to a guard's rolling window.
    Guard(GuardCount),
    /// Stores an approval.
    Approval(ApprovalRecord),
    /// Stores a task.
    Task(TaskRecord),
    /// Stores what a look at a source or target brought.
    Snapshot(SnapshotRecord),
    /// Keeps rows of a source aside, after those that are in the area already.
    Stage {
        /// The area: one for each look.
        area: String,
        /// The rows.
        rows: Vec<StagedRow>,
    },
    /// Empties an area.
    Unstage {
        /// The area.
        area: String,
    },
    /// Takes or renews a lease. Refused while another holder's lease runs, unless it is taken by force.
    Lease {
        /// The lease.
        lease: String,
        /// Who takes it.
        holder: String,
        /// The present moment.
        now: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
        /// Whether to take it from a holder that is known to be dead. That holder's next commit is refused.
        force: bool,
    },
    /// Gives a lease back; nothing happens when another holder has it.
    Release {
        /// The lease.
        lease: String,
        /// Who gives it back.
        holder: String,
    },
    /// Stores a small named value; null removes it.
    Value {
        /// The name.
        key: String,
        /// The value.
        value: Value,
    },
    /// Hands a work to the workers. Queues that are needed are made.
    Work(WorkRecord),
    /// Takes a work out of its queue and lets those go on that came after it. Refused when another worker has taken it
    /// over, so that whatever is in the same batch is written once.
    Ended {
        /// The proof that the work is ours.
        ticket: Ticket,
        /// How it ended.
        outcome: String,
    },
    /// Gives a work back, to be taken again from a moment on. Refused when another worker has taken it over.
    Later {
        /// The proof that the work is ours.
        ticket: Ticket,
        /// The present moment.
        now: DateTime<Utc>,
        /// The moment.
        until: DateTime<Utc>,
    },
    /// Stores when an identity has to be looked at again, and on whom that depends. Without effect, when it was made due
    /// since the outlook was read.
    Outlook(OutlookRecord),
    /// Lets an identity be looked at from a moment on, unless it is due earlier anyway.
    Due {
        /// The identity.
        identity: String,
        /// The moment.
        at: DateTime<Utc>,
    },
    /// Notes what a target told of an account, where that agrees with what is stored of it. Every other write about the account
    /// forgets the part that it changes.
    Told(ToldRecord),
    /// Appends to the audit chain.
    Audit(AuditDraft),
}
