//! What systems take whose accounts are behind SCIM (RFC 7644).

use serde_json::{Map, Value, json};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The body of a PATCH for members that differ: those that go by their paths, the others as one value.
///
/// # Examples
///
/// ```
/// use serde_json::{Map, Value, json};
/// use tenure_connector_rest::system::scim_patch;
///
/// let changes = [("title".to_owned(), json!("Editor")), ("name".to_owned(), json!({ "givenName": null }))];
/// let body = scim_patch(changes.into_iter().collect::<Map<_, _>>(), &Value::Null);
/// assert_eq!(body["Operations"][0], json!({ "op": "remove", "path": "name.givenName" }));
/// assert_eq!(body["Operations"][1], json!({ "op": "replace", "value": { "title": "Editor" } }));
/// ```
#[must_use]
pub fn scim_patch(changes: Map<String, Value>, _before: &Value) -> Map<String, Value> {
    let (mut kept, mut operations) = (Map::new(), Vec::new());
    let change = |path: &str, value: Value| match value {
        Value::Null => json!({ "op": "remove", "path": path }),
        value => json!({ "op": "replace", "path": path, "value": value }),
    };
    for (name, value) in changes {
        match value {
            Value::Null => operations.push(change(&name, Value::Null)),
            Value::Object(members) => {
                let separator = if name.starts_with("urn:") { ':' } else { '.' };
                let members = members.into_iter();
                operations
                    .extend(members.map(|(sub, value)| change(&format!("{name}{separator}{sub}"), value)));
            }
            value => drop(kept.insert(name, value)),
        }
    }
    if !kept.is_empty() {
        operations.push(json!({ "op": "replace", "value": kept }));
    }
    message(&operations)
}

/// The body of a PATCH that puts somebody into a group.
#[must_use]
pub fn scim_join(account: &str) -> Value {
    message(&[json!({ "op": "add", "path": "members", "value": [{ "value": account }] })]).into()
}

/// The body of a PATCH that takes somebody out of a group.
#[must_use]
pub fn scim_leave(account: &str) -> Value {
    let path = format!("members[value eq {}]", Value::from(account));
    message(&[json!({ "op": "remove", "path": path })]).into()
}

fn message(operations: &[Value]) -> Map<String, Value> {
    Map::from_iter([("schemas".to_owned(), json!([PATCH])), ("Operations".to_owned(), json!(operations))])
}
