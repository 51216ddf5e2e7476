//! What a change leaves of a row, worked out from the row as it was read and before anything is written.

use chrono::{DateTime, Utc};
use tenure_connector::{ObjectRef, Operation, Version};

use super::tables::{bare, json, text};
use crate::directory::fields::put;
use crate::directory::row::{Stored, reference, stamp, version};
use crate::directory::shape::Shape;

/// A changed row. Neither its unique names nor its rows of `lookup` change.
#[derive(Debug)]
pub(in crate::directory) struct Rewritten {
    /// The row as it is then.
    pub(in crate::directory) row: Stored,
    /// Its keys, where they change.
    pub(in crate::directory) keys: Option<String>,
    /// Every name of the resource.
    pub(in crate::directory) object: ObjectRef,
}

impl Rewritten {
    /// `None` for everything else: what changes nothing, what is refused, and what concerns more than the row.
    pub(super) fn of(
        shape: &Shape,
        stored: Stored,
        operation: &Operation,
        expected: Option<&Version>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        if shape.has_members || expected.is_some_and(|expected| *expected != version(stored.version)) {
            return None;
        }
        let mut resource = stored.resource(shape).ok()?;
        let before = shape.keys(&resource).ok()?;
        match operation {
            Operation::Update { patch, .. } if patch.apply(&mut resource, &shape.schema).ok()?.changed => {}
            Operation::SetStatus { status, .. } if shape.has_active => {
                // SPEC: RFC 7643 section 4.1.1 leaves an absent `active` to the provider; here it means that the account works.
                let active = resource.attr("active").and_then(|value| value.as_bool()).unwrap_or(true);
                if active == status.is_active() {
                    return None;
                }
                put(&mut resource, "active", status.is_active().into());
            }
            _ => return None,
        }
        let object = reference(shape, &stored.id, &resource);
        let bare = bare(shape, resource);
        let keys = shape.keys(&bare).ok()?;
        let stays = shape.indexes.iter().all(|index| match index.multi {
            true => index.keys(&keys) == index.keys(&before),
            false => index.unique_key(&keys) == index.unique_key(&before),
        });
        if !stays {
            return None;
        }
        let keys = if keys == before { None } else { Some(json(&keys).ok()?) };
        let row = Stored {
            version: stored.version + 1,
            // A clock that was set back does not make a resource older.
            modified: stamp(now).max(stored.modified),
            body: text(&bare).ok()?,
            ..stored
        };
        Some(Self { row, keys, object })
    }

    /// The version that the row has until then.
    pub(in crate::directory) fn before(&self) -> i64 {
        self.row.version - 1
    }
}
