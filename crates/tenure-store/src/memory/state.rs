use std::collections::BTreeMap;

use serde_json::Value;

use super::outlook::Outlooks;
use super::works::Works;
use crate::rules::{HeldEvent, Lease};
use crate::{
    AccountRecord, ApprovalRecord, AuditHead, AuditRecord, GrantRecord, GuardCount, HeldRecord,
    IdentityRecord, JournalEntry, LinkRecord, NameRecord, PlanRecord, SnapshotRecord, StagedRow, TaskRecord,
    Told,
};

pub(super) type Pair = (String, String);
pub(super) type HeldKey = (String, String, String, String);

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) identities: BTreeMap<String, Vec<IdentityRecord>>,
    pub(super) accounts: BTreeMap<Pair, AccountRecord>,
    /// By target and account.
    pub(super) links: BTreeMap<Pair, LinkRecord>,
    /// The live account by target and identity.
    pub(super) live: BTreeMap<Pair, String>,
    pub(super) grants: BTreeMap<String, GrantRecord>,
    pub(super) held: BTreeMap<HeldKey, HeldRecord>,
    pub(super) held_history: Vec<HeldEvent>,
    pub(super) names: BTreeMap<Pair, NameRecord>,
    pub(super) plans: BTreeMap<String, PlanRecord>,
    pub(super) journal: Vec<JournalEntry>,
    pub(super) guards: Vec<GuardCount>,
    pub(super) approvals: Vec<ApprovalRecord>,
    pub(super) tasks: BTreeMap<String, TaskRecord>,
    pub(super) snapshots: BTreeMap<String, SnapshotRecord>,
    pub(super) leases: BTreeMap<String, Lease>,
    pub(super) values: BTreeMap<String, Value>,
    pub(super) audit: Vec<AuditRecord>,
    /// By target and account.
    pub(super) told: BTreeMap<Pair, Told>,
    /// By area and identity.
    pub(super) staged: BTreeMap<String, BTreeMap<String, Vec<StagedRow>>>,
    pub(super) outlooks: Outlooks,
    pub(super) works: Works,
}

impl State {
    pub(super) fn head(&self) -> AuditHead {
        self.audit.last().map_or_else(AuditHead::empty, AuditRecord::head)
    }

    pub(super) fn set_link(&mut self, key: Pair, link: Option<LinkRecord>) -> Option<LinkRecord> {
        let old = match &link {
            Some(link) => self.links.insert(key, link.clone()),
            None => self.links.remove(&key),
        };
        if let Some(old) = old.as_ref().filter(|old| old.deleted.is_none()) {
            self.live.remove(&(old.target.clone(), old.identity.clone()));
        }
        if let Some(link) = link.filter(|link| link.deleted.is_none()) {
            self.live.insert((link.target, link.identity), link.account);
        }
        old
    }
}
