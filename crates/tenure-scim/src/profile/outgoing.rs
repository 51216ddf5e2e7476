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
    /// Whether a resource may be replaced with PUT. Not under the interoperability profile.
    pub put: bool,
    /// Whether entity tags may be sent in headers. Not under the interoperability profile.
    pub entity_tags: bool,
    /// Whether each request needs a `User-Agent`. GitHub refuses requests without.
    pub user_agent_required: bool,
    /// Whether a filter may have nothing but `eq` and `and`. AWS (`limitations`); HCP Terraform.
    pub filters_eq_and: bool,
    /// The only attributes that a filter may name. HCP Terraform: `userName`, `externalId`.
    pub filter_attributes: Option<&'static [&'static str]>,
    /// Attributes, and sub-attributes as `emails.display`, that the peer has no room for. AWS (`patchuser`).
    pub unsupported: &'static [&'static str],
    /// Attributes that are never taken out, and changed once in a PATCH. AWS: `userName`, `active` (`patchuser`).
    pub always_there: &'static [&'static str],
    /// Whether a user that is not active can be changed in other ways than by activation. Not at LaunchDarkly.
    pub updates_inactive: bool,
    /// Whether there is a service provider configuration. Not at Qualified (authentik pull request 21074).
    pub config: bool,
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
            put: true,
            entity_tags: true,
            user_agent_required: false,
            filters_eq_and: false,
            filter_attributes: None,
            unsupported: &[],
            always_there: &[],
            updates_inactive: true,
            config: true,
            plural_config_path: false,
        }
    }
}

impl Outgoing {
    /// Cuts a patch into patches that the peer takes, to be sent in order.
    ///
    /// Operations without path become one operation for each attribute; long lists of values are parted. The parts are
    /// atomic each, no longer together. [`check_patch`](Self::check_patch) tells what no cutting helps against.
    pub fn cut(&self, patch: Patch) -> Vec<Patch> {
        let most_values = self.max_member_changes.unwrap_or(usize::MAX).max(1);
        let most_bytes = self.max_body_bytes.unwrap_or(usize::MAX).saturating_sub(ENVELOPE);
        let mut parts = vec![Patch::default()];
        let (mut values, mut bytes) = (0, 0);
        for operation in patch.operations.into_iter().flat_map(|o| self.with_paths(o)) {
            for piece in self.pieces(operation, most_values, most_bytes) {
                let (weight, length) = (weight(&piece), self.length(&piece));
                let full = values + weight > most_values || bytes + length > most_bytes;
                if full && parts.last().is_some_and(|p| !p.is_empty()) {
                    parts.push(Patch::default());
                    (values, bytes) = (0, 0);
                }
                values += weight;
                bytes += length;
                if let Some(last) = parts.last_mut() {
                    last.operations.push(piece);
                }
            }
        }
        parts
    }

    /// How many bytes of a body something takes, with a comma; not counted where there is no limit.
    fn length(&self, part: &impl serde::Serialize) -> usize {
        match self.max_body_bytes {
            Some(_) => serde_json::to_string(part).map_or(0, |text| text.len() + 1),
            None => 0,
        }
    }

    /// Parts an `add` of many values.
    fn pieces(
        &self,
        mut operation: PatchOperation,
        most_values: usize,
        most_bytes: usize,
    ) -> Vec<PatchOperation> {
        let all = match (operation.op, operation.value.take()) {
            (PatchOp::Add, Some(Value::Array(all))) => all,
            (_, value) => return vec![PatchOperation { value, ..operation }],
        };
        let around =
            self.length(&PatchOperation { value: Some(Value::Array(Vec::new())), ..operation.clone() });
        let mut lists = vec![Vec::new()];
        let mut bytes = around;
        for value in all {
            let length = self.length(&value);
            let last = lists.last().map_or(0, Vec::len);
            if last > 0 && (last >= most_values || bytes + length > most_bytes) {
                lists.push(Vec::new());
                bytes = around;
            }
            bytes += length;
            if let Some(last) = lists.last_mut() {
                last.push(value);
            }
        }
        let part = |list| PatchOperation { value: Some(Value::Array(list)), ..operation.clone() };
        lists.into_iter().map(part).collect()
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

/// What a PatchOp message is without its operations.
const ENVELOPE: usize =
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}"#.len();

/// How many values an operation adds or removes.
pub(super) fn weight(operation: &PatchOperation) -> usize {
    match &operation.value {
        Some(Value::Array(values)) => values.len().max(1),
        _ => 1,
    }
}
