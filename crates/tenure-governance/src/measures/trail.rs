//! The audit trail as what it says about access: who got and lost what, when, and by whose hands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_store::{AuditRecord, Store};

use crate::{GovernanceError, Result};

/// Whether something was given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Access,
    Removal,
}

/// One thing that was given to somebody or taken from them.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub(super) at: DateTime<Utc>,
    pub(super) identity: String,
    pub(super) target: String,
    /// Entitlement, or nothing for the account itself.
    pub(super) what: String,
    pub(super) direction: Direction,
    /// Since when the policy is in use that the step followed from.
    pub(super) policy: Option<DateTime<Utc>>,
}

/// What the whole trail says.
#[derive(Debug, Default)]
pub(super) struct Trail {
    pub(super) moved: Vec<Moved>,
    /// When each step was done, where, about whom, whether by hand, and whether it was a repair.
    pub(super) steps: Vec<Done>,
    policies: BTreeMap<String, DateTime<Utc>>,
    /// What somebody has by the trail, to tell what is given again from what is given.
    given: BTreeSet<(String, String, String)>,
}

#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) at: DateTime<Utc>,
    pub(super) identity: String,
    pub(super) target: String,
    pub(super) by_hand: bool,
    pub(super) repair: bool,
}

impl Trail {
    pub(super) async fn read(store: &dyn Store) -> Result<Self> {
        let (mut trail, mut after) = (Self::default(), 0);
        loop {
            let records = store.audit(after, PAGE).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(trail) };
            after = last.seq;
            records.iter().for_each(|record| trail.note(record));
        }
    }

    fn note(&mut self, record: &AuditRecord) {
        let draft = &record.draft;
        let version = draft.why.get("policy").and_then(Value::as_str);
        let policy = version.map(|version| *self.policies.entry(version.to_owned()).or_insert(draft.at));
        let step = draft.why.get("step").and_then(Value::as_str);
        let (Some(step), Some(target), Some(identity)) = (step, &draft.target, &draft.identity) else {
            return;
        };
        let by_hand = draft.outcome == "done by a person";
        if !by_hand && draft.outcome != "done" && draft.outcome != "already so" {
            return;
        }
        let what = step.strip_prefix(&format!("{target}/{identity}/{}/", draft.action)).unwrap_or_default();
        let held = (identity.clone(), target.clone(), what.to_owned());
        // Who was made active is not active for the first time after that.
        let account = (identity.clone(), target.clone(), String::new());
        let (direction, repair) = match draft.action.as_str() {
            "create" => (Some(Direction::Access), !self.given.insert(account)),
            "enable" => (Some(Direction::Access), false),
            "grant" => (Some(Direction::Access), !self.given.insert(held)),
            "disable" => (Some(Direction::Removal), false),
            "revoke" | "release_seat" => {
                self.given.remove(&held);
                (Some(Direction::Removal), false)
            }
            "delete" | "forget" => {
                self.given.retain(|(who, place, _)| who != identity || place != target);
                (None, false)
            }
            _ => (None, false),
        };
        let done = Done { at: draft.at, identity: identity.clone(), target: target.clone(), by_hand, repair };
        self.steps.push(done);
        if let Some(direction) = direction.filter(|_| !repair) {
            self.moved.push(Moved {
                at: draft.at,
                identity: identity.clone(),
                target: target.clone(),
                what: what.to_owned(),
                direction,
                policy,
            });
        }
    }
}

/// How many records are read at once.
const PAGE: usize = 1_000;
