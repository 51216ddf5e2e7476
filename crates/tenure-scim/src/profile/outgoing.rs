//! What a peer accepts as a service provider, and patches cut to it.

use serde_json::Value;

use crate::patch::{Patch, PatchOp, PatchOperation};
use crate::path::PatchPath;

/// What may be sent to a peer. The default is what RFC 7644 allows.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Patch, Profile};
///
/// let aws = Profile::named("aws").ok_or("no such profile")?;
/// let members: Vec<_> = (0..250).map(|n| serde_json::json!({"value": n.to_string()})).collect();
/// let patch = Patch::default().add("members".parse::<tenure_scim::PatchPath>()?, members);
/// assert_eq!(aws.outgoing().cut(patch).len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// The largest number of values added or removed in one PATCH. AWS: 100 (`patchgroup`); Miro: 8000.
    pub max_member_changes: Option<usize>,
    /// The largest useful `count`. AWS: 50; Slack: 1000; HCP Terraform and Salesforce: 200.
    pub max_page_size: Option<u64>,
    /// The largest number of comparisons in a filter. Databricks: 200.
    pub max_filter_terms: Option<usize>,
    /// The largest body in bytes. Miro: 800,000.
    pub max_body_bytes: Option<usize>,
    /// Whether an operation may come without `path`. Not to AWS, except for one attribute (authentik issue 12321).
    pub path_less_patch: bool,
    /// Whether all members of a group may be replaced or removed at once. Not to AWS (`patchgroup`).
    pub replaces_members: bool,
    /// Whether a multi-valued attribute may have many values. Not to AWS (`patchuser`), members excepted.
    pub many_values: bool,
    /// Whether each request needs a `User-Agent`. GitHub refuses requests without.
    pub user_agent_required: bool,
    /// Whether the configuration is at `/ServiceProviderConfigs`. Salesforce; RFC 7644 erratum 4978 names the split.
    pub plural_config_path: bool,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            max_member_changes: None,
            max_page_size: None,
            max_filter_terms: None,
            max_body_bytes: None,
            path_less_patch: true,
            replaces_members: true,
            many_values: true,
            user_agent_required: false,
            plural_config_path: false,
        }
    }
}

impl Outgoing {
    /// Cuts a patch into patches that the peer takes, to be sent in order.
    ///
    /// Operations without path become one operation for each attribute; long lists of values are parted. The parts are
    /// atomic each, no longer together.
    pub fn cut(&self, patch: Patch) -> Vec<Patch> {
        let limit = self.max_member_changes.unwrap_or(usize::MAX).max(1);
        let mut parts = vec![Patch::default()];
        let mut used = 0;
        for operation in patch.operations.into_iter().flat_map(|o| self.with_paths(o)) {
            for piece in pieces(operation, limit) {
                let weight = weight(&piece);
                if used + weight > limit && parts.last().is_some_and(|p| !p.is_empty()) {
                    parts.push(Patch::default());
                    used = 0;
                }
                used += weight;
                if let Some(last) = parts.last_mut() {
                    last.operations.push(piece);
                }
            }
        }
        parts
    }

    fn with_paths(&self, operation: PatchOperation) -> Vec<PatchOperation> {
        let members = match (&operation.path, &operation.value) {
            (None, Some(Value::Object(members))) if !self.path_less_patch => members,
            _ => return vec![operation],
        };
        let mut operations = Vec::new();
        for (name, value) in members {
            match (name.contains(':'), value) {
                (true, Value::Object(inner)) => {
                    operations.extend(inner.iter().filter_map(|(attribute, value)| {
                        at(operation.op, &format!("{name}:{attribute}"), value)
                    }))
                }
                _ => operations.extend(at(operation.op, name, value)),
            }
        }
        operations
    }
}

fn at(op: PatchOp, path: &str, value: &Value) -> Option<PatchOperation> {
    Some(PatchOperation { op, path: Some(PatchPath::parse(path).ok()?), value: Some(value.clone()) })
}

/// Parts an `add` of many values.
fn pieces(operation: PatchOperation, limit: usize) -> Vec<PatchOperation> {
    match (operation.op, &operation.value) {
        (PatchOp::Add, Some(Value::Array(values))) if values.len() > limit => values
            .chunks(limit)
            .map(|chunk| PatchOperation { value: Some(Value::Array(chunk.to_vec())), ..operation.clone() })
            .collect(),
        _ => vec![operation],
    }
}

/// How many values an operation adds or removes.
fn weight(operation: &PatchOperation) -> usize {
    match &operation.value {
        Some(Value::Array(values)) => values.len().max(1),
        _ => 1,
    }
}
