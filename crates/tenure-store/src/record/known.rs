use crate::{AccountRecord, GrantRecord, HeldRecord, IdentityRecord, LinkRecord, NameRecord};

/// Identities with everything that belongs to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The identities, each in its latest version, in the order of their ids.
    pub identities: Vec<IdentityRecord>,
    /// Their names.
    pub names: Vec<NameRecord>,
    /// Their explicit grants, past ones included.
    pub grants: Vec<GrantRecord>,
    /// Their links in every target, tombstones included.
    pub links: Vec<LinkRecord>,
    /// Their accounts as last seen: those with a live link.
    pub accounts: Vec<AccountRecord>,
    /// What those accounts hold, in the order of its keys within each account.
    pub held: Vec<HeldRecord>,
    /// How often each was made due or written, of those of whom that is known: of everybody who was asked for, be it that
    /// there is no such identity.
    pub marks: Vec<(String, u64)>,
}
