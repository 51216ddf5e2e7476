use serde_json::{Map, Value, json};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Object, ObjectClass, ObjectRef, Result};
use tenure_scim::{Resource, ValueRef};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A person of the API as an object of the contract.
pub(crate) fn object(person: &Value) -> Result<Object> {
    let text = |name: &str| person.get(name).and_then(Value::as_str);
    let (Some(id), Some(login)) = (text("id"), text("login")) else {
        return Err(ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
            .with_detail("expected a person with `id` and `login`, found something else"));
    };
    let enabled = person.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let mut members = json!({ "schemas": [USER], "id": id, "userName": login, "active": enabled });
    if let (Some(name), Value::Object(members)) = (text("name"), &mut members) {
        members.insert("displayName".to_owned(), name.into());
    }
    let resource = Resource::from_json(members).map_err(|error| {
        ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
            .with_detail("no resource")
            .with_source(error)
    })?;
    Ok(Object::new(ObjectRef::new(ObjectClass::USER, id).with(ObjectRef::USER_NAME, login), resource))
}

/// What the API takes for a resource.
pub(crate) fn body(resource: &Resource) -> Map<String, Value> {
    let mut body = Map::new();
    let names = [("userName", "login"), ("displayName", "name"), ("active", "enabled")];
    for (ours, theirs) in names {
        if let Some(value) = resource.attr(ours).filter(|value| value.is_assigned()) {
            body.insert(theirs.to_owned(), ValueRef::to_json(value));
        }
    }
    body
}
