use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::told::Retold;
use crate::touch::Touched;
use crate::{
    AccountRecord, ApprovalRecord, AuditDraft, GrantRecord, GuardCount, HeldRecord, IdentityRecord,
    JournalEntry, LinkRecord, NameRecord, OutlookRecord, SnapshotRecord, TaskRecord, Ticket, WorkRecord,
    Write,
};

/// Writes by kind. Kinds do not touch one another; within a kind the order stays, and of what replaces itself the last
/// one counts.
#[derive(Debug, Default)]
pub(super) struct Sorted<'a> {
    pub(super) identities: Vec<&'a IdentityRecord>,
    /// By target and id; nothing, for an account that is forgotten.
    pub(super) accounts: BTreeMap<(&'a str, &'a str), Option<&'a AccountRecord>>,
    pub(super) links: Vec<&'a LinkRecord>,
    pub(super) names: Vec<&'a NameRecord>,
    pub(super) grants: BTreeMap<&'a str, &'a GrantRecord>,
    /// What is held from now on, or not any more.
    pub(super) held: Vec<(&'a HeldRecord, DateTime<Utc>, bool)>,
    /// Plans, their status, and leases, one after the other.
    pub(super) single: Vec<&'a Write>,
    pub(super) journal: Vec<&'a JournalEntry>,
    pub(super) guards: Vec<&'a GuardCount>,
    pub(super) approvals: Vec<&'a ApprovalRecord>,
    pub(super) tasks: BTreeMap<&'a str, &'a TaskRecord>,
    pub(super) snapshots: Vec<&'a SnapshotRecord>,
    pub(super) values: BTreeMap<&'a str, &'a Value>,
    /// What is kept aside of sources, and what is not any longer.
    pub(super) staged: Vec<&'a Write>,
    pub(super) outlooks: BTreeMap<&'a str, &'a OutlookRecord>,
    /// Who has to be looked at from when on.
    pub(super) due: Vec<(&'a str, DateTime<Utc>)>,
    pub(super) audit: Vec<&'a AuditDraft>,
    pub(super) works: Vec<&'a WorkRecord>,
    pub(super) ended: Vec<(&'a Ticket, &'a str)>,
    pub(super) later: Vec<(&'a Ticket, DateTime<Utc>, DateTime<Utc>)>,
    pub(super) touched: Touched<'a>,
    pub(super) retold: Retold<'a>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(writes: impl Iterator<Item = &'a Write>) -> Self {
        let mut sorted = Self::default();
        for write in writes {
            sorted.touched.note(write);
            sorted.retold.note(write);
            sorted.push(write);
        }
        sorted.touched = sorted.touched.without_linked();
        sorted
    }

    fn push(&mut self, write: &'a Write) {
        match write {
            Write::Identity(record) => self.identities.push(record),
            Write::Account(record) => drop(self.accounts.insert((&record.target, &record.id), Some(record))),
            Write::ForgetAccount { target, account } => drop(self.accounts.insert((target, account), None)),
            Write::Link(record) => self.links.push(record),
            Write::Name(record) => self.names.push(record),
            Write::Grant(record) => drop(self.grants.insert(&record.id, record)),
            Write::Held { held, at } => self.held.push((held, *at, true)),
            Write::Lost { held, at } => self.held.push((held, *at, false)),
            Write::Plan(_) | Write::PlanStatus { .. } | Write::Lease { .. } | Write::Release { .. } => {
                self.single.push(write);
            }
            Write::Journal(entry) => self.journal.push(entry),
            Write::Guard(count) => self.guards.push(count),
            Write::Approval(record) => self.approvals.push(record),
            Write::Task(record) => drop(self.tasks.insert(&record.id, record)),
            Write::Snapshot(record) => self.snapshots.push(record),
            Write::Value { key, value } => drop(self.values.insert(key, value)),
            Write::Stage { .. } | Write::Unstage { .. } => self.staged.push(write),
            Write::Outlook(record) => drop(self.outlooks.insert(&record.identity, record)),
            Write::Due { identity, at } => self.due.push((identity, *at)),
            Write::Audit(draft) => self.audit.push(draft),
            Write::Work(work) => self.works.push(work),
            Write::Ended { ticket, outcome } => self.ended.push((ticket, outcome)),
            Write::Later { ticket, now, until } => self.later.push((ticket, *now, *until)),
            Write::Told(_) => {}
        }
    }
}
