use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use crate::AccountStatus;

/// One object as the tenant keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) resource: Resource,
    pub(super) revision: u64,
    pub(super) status: AccountStatus,
    pub(super) last_login: Option<DateTime<Utc>>,
    pub(super) deleted: bool,
    pub(super) anonymous: bool,
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
        }
    }
}
