use serde_json::{Value, json};
use tenure_scim::Resource;

use super::{Client, WriteOptions};
use crate::{Reply, Result};

impl Client {
    /// Adds members to a group without reading or rewriting the others. Members that are in it already do no harm.
    ///
    /// More than the peer takes at once are sent as several requests, in order.
    ///
    /// # Errors
    ///
    /// As [`patch`](Self::patch).
    pub async fn add_members(&self, group: &str, members: &[String]) -> Result<Reply<Option<Resource>>> {
        if members.is_empty() {
            return Ok(nothing_to_send());
        }
        let values: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
        let operations = vec![json!({ "op": "add", "path": "members", "value": values })];
        self.patch_operations("Group", group, operations, &WriteOptions::default()).await
    }

    /// Removes members from a group without reading or rewriting the others.
    ///
    /// # Errors
    ///
    /// As [`patch`](Self::patch). A peer may answer `noTarget` when one of them was not in the group; the others of the
    /// same request are then still in it.
    pub async fn remove_members(&self, group: &str, members: &[String]) -> Result<Reply<Option<Resource>>> {
        if members.is_empty() {
            return Ok(nothing_to_send());
        }
        let operation = |id: &String| json!({ "op": "remove", "path": format!("members[value eq {}]", Value::from(id.as_str())) });
        let operations = members.iter().map(operation).collect();
        self.patch_operations("Group", group, operations, &WriteOptions::default()).await
    }
}

/// The answer to a call that had nothing to ask for.
pub(super) fn nothing_to_send() -> Reply<Option<Resource>> {
    Reply::new(None, 204, http::HeaderMap::new())
}
