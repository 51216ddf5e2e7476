use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

use super::Tenant;
use super::stored::{Held, Stored};
use crate::entitlement::GrantRecord;
use crate::{AccountStatus, IdempotencyKey, ObjectClass};

/// One object of a [`Tenant`] with what the contract needs to know about it, for a connector that keeps it elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedObject {
    /// Its id.
    pub id: String,
    /// How often it changed, which is its version.
    pub revision: u64,
    /// Whether the account works.
    pub status: AccountStatus,
    /// Whether it is softly deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The key of the write that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<IdempotencyKey>,
    /// Its attributes.
    pub resource: Resource,
}

impl Tenant {
    /// Every object of a class, softly deleted ones included, in the order of their ids.
    #[must_use]
    pub fn save(&self, class: &ObjectClass) -> Vec<SavedObject> {
        let objects = self.objects.get(class).into_iter().flatten();
        let save = |(id, stored): (&String, &Stored)| SavedObject {
            id: id.clone(),
            revision: stored.revision,
            status: stored.status,
            deleted: stored.deleted,
            created_by: stored.created_by.clone(),
            resource: stored.resource.clone(),
        };
        objects.map(save).collect()
    }

    /// Puts an object back as it was saved.
    pub fn load(&mut self, class: &ObjectClass, saved: SavedObject) {
        if let Ok(number) = saved.id.parse::<u64>() {
            self.next_id = self.next_id.max(number.saturating_add(1));
        }
        let stored = Stored {
            revision: saved.revision,
            status: saved.status,
            deleted: saved.deleted,
            created_by: saved.created_by,
            ..Stored::new(saved.resource)
        };
        self.objects.entry(class.clone()).or_default().insert(saved.id, stored);
    }

    /// Every grant that is not a group membership; memberships are saved with the groups.
    #[must_use]
    pub fn save_grants(&self) -> Vec<GrantRecord> {
        let of = |(principal, held): (&String, &BTreeMap<_, Held>)| {
            let grant = |(entitlement, held): (&crate::EntitlementRef, &Held)| GrantRecord {
                immutable: held.immutable,
                parameters: held.parameters.clone(),
                ..GrantRecord::new(principal, entitlement.clone())
            };
            held.iter().map(grant).collect::<Vec<_>>()
        };
        self.held.iter().flat_map(of).collect()
    }

    /// Puts a grant back as it was saved. One of an account that is not there is dropped.
    pub fn load_grant(&mut self, saved: GrantRecord) {
        if self.stored(&ObjectClass::USER, &saved.principal).is_some() {
            let held = Held { parameters: saved.parameters, immutable: saved.immutable };
            self.held.entry(saved.principal).or_default().insert(saved.entitlement, held);
        }
    }

    /// The id that the next object gets; ids are never given twice.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Makes sure that no id below this one is given again.
    pub fn reserve_ids_below(&mut self, next: u64) {
        self.next_id = self.next_id.max(next);
    }
}
