use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_scim::{AttrPath, Resource, ValueRef};

use crate::{AccountStatus, IdempotencyKey};

/// One object as the tenant keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) resource: Resource,
    pub(super) revision: u64,
    pub(super) status: AccountStatus,
    pub(super) last_login: Option<DateTime<Utc>>,
    pub(super) deleted: bool,
    pub(super) anonymous: bool,
    pub(super) created_by: Option<IdempotencyKey>,
}

/// One entitlement that an account holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) immutable: bool,
}

impl Stored {
    pub(super) fn new(resource: Resource) -> Self {
        Self {
            resource,
            revision: 1,
            status: AccountStatus::Active,
            last_login: None,
            deleted: false,
            anonymous: false,
            created_by: None,
        }
    }
}

impl Stored {
    pub(super) fn set_status(&mut self, status: AccountStatus) {
        self.status = status;
        self.resource.set(&path("active"), status.is_active());
    }

    /// Takes over what a create or an update said with the SCIM flag, and writes it where it was absent.
    pub(super) fn follow_active_flag(&mut self) {
        let active = self.resource.get(&path("active")).and_then(ValueRef::as_bool).unwrap_or(true);
        match (active, self.status.is_active()) {
            (true, _) => self.set_status(AccountStatus::Active),
            (false, true) => self.set_status(AccountStatus::Disabled),
            (false, false) => {}
        }
    }

    /// Leaves nothing that says whose account it was.
    pub(super) fn anonymise(&mut self, id: &str) {
        let mut empty = Resource::default();
        self.resource.schemas().for_each(|schema| empty.add_schema(schema));
        empty.set_id(id);
        empty.set(&path("userName"), format!("anonymous-{id}"));
        self.resource = empty;
        self.anonymous = true;
        self.last_login = None;
        self.set_status(AccountStatus::Archived);
    }
}

#[expect(clippy::expect_used, reason = "only literal attribute names come here")]
fn path(name: &str) -> AttrPath {
    AttrPath::parse(name).expect("a literal name is an attribute path")
}
