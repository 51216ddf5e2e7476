use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_connector::EntitlementRef;
use tenure_policy::TargetId;
use tenure_store::Write;

use crate::plan::{Record, Step};

/// Something that may have been given although nobody heard the answer. When it shows up, it is known why it is held, and
/// it is not taken for something that somebody gave by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Maybe {
    pub(crate) named: Option<String>,
    pub(crate) origins: BTreeSet<String>,
}

impl Maybe {
    /// Where those of a target are kept.
    pub(crate) fn prefix(target: &TargetId) -> String {
        format!("maybe/{target}/")
    }

    pub(crate) fn key(target: &TargetId, identity: &str, entitlement: &EntitlementRef) -> String {
        format!("{}{identity}/{entitlement}", Self::prefix(target))
    }

    /// Notes what a step may have given, or that its outcome is known.
    pub(crate) fn notes(step: &Step, known: bool) -> Vec<Write> {
        let Some(identity) = &step.identity else { return Vec::new() };
        let notes = step.records.iter().filter_map(|record| match record {
            Record::Hold { entitlement, named, origins, .. } => {
                let maybe = Self { named: named.clone(), origins: origins.clone() };
                let value = if known { Value::Null } else { json!(maybe) };
                Some(Write::Value { key: Self::key(&step.target, identity.as_str(), entitlement), value })
            }
            _ => None,
        });
        notes.collect()
    }
}
