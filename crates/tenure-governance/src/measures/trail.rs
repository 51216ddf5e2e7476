//! The audit trail as what it says about access: who got and lost what, when, and by whose hands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_store::AuditRecord;

/// Whether something was given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    Access,
    Removal,
}

/// One thing that was given to somebody or taken from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) at: DateTime<Utc>,
    pub(super) identity: String,
    pub(super) target: String,
    /// Entitlement, or nothing for the account itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) what: String,
    pub(super) direction: Direction,
    /// Since when the policy is in use that the step followed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<DateTime<Utc>>,
}

/// What the trail says, from some moment on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Trail {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) moved: Vec<Moved>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<Done>,
}

/// A step that was done: when, where, about whom, whether by hand, and whether it was a repair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) at: DateTime<Utc>,
    pub(super) identity: String,
    pub(super) target: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) by_hand: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) repair: bool,
}

/// What somebody has by the trail, target and entitlement, to tell what is given again from what is given.
pub(super) type Given = BTreeSet<(String, String)>;

/// What records of the trail say, noted one after the other.
#[derive(Debug)]
pub(super) struct Notes {
    /// Since when each version of the policy is in use.
    pub(super) policies: BTreeMap<String, DateTime<Utc>>,
    /// What those have whom the records are about.
    pub(super) given: BTreeMap<String, Given>,
    pub(super) trail: Trail,
}

impl Notes {
    /// Whether a record is about a step for somebody.
    pub(super) fn means(record: &AuditRecord) -> bool {
        let draft = &record.draft;
        draft.why.get("step").is_some() && draft.target.is_some() && draft.identity.is_some()
    }

    pub(super) fn note(&mut self, record: &AuditRecord) {
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
        let given = self.given.entry(identity.clone()).or_default();
        let held = (target.clone(), what.to_owned());
        // Who was made active is not active for the first time after that.
        let account = (target.clone(), String::new());
        let (direction, repair) = match draft.action.as_str() {
            "create" => (Some(Direction::Access), !given.insert(account)),
            "enable" => (Some(Direction::Access), false),
            "grant" => (Some(Direction::Access), !given.insert(held)),
            "disable" => (Some(Direction::Removal), false),
            "revoke" | "release_seat" => {
                given.remove(&held);
                (Some(Direction::Removal), false)
            }
            "delete" | "forget" => {
                given.retain(|(place, _)| place != target);
                (None, false)
            }
            _ => (None, false),
        };
        let done = Done { at: draft.at, identity: identity.clone(), target: target.clone(), by_hand, repair };
        self.trail.steps.push(done);
        if let Some(direction) = direction.filter(|_| !repair) {
            self.trail.moved.push(Moved {
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
