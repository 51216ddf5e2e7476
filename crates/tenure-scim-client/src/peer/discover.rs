use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tenure_scim::{ResourceType, Schema, SchemaRegistry, uri};

use super::{Features, Peer};
use crate::body::{self, member};
use crate::client::Core;
use crate::exchange::Call;
use crate::{Certainty, ErrorKind, Result};

/// Asks a peer what it is. Only a peer that cannot be reached, or does not let us in, is an error.
pub(crate) async fn discover(core: &Core) -> Result<Peer> {
    let mut warnings = Vec::new();
    let features = match config(core, &mut warnings).await? {
        Some(config) => Features::read(&config, &mut warnings),
        None => Features::default(),
    };
    let (mut registry, mut shown) = (SchemaRegistry::builtin(), BTreeSet::new());
    for value in entries(core, "Schemas", &mut warnings).await? {
        match Schema::from_json(value) {
            Ok(schema) => {
                shown.insert(schema.id.clone());
                registry.add_schema(schema);
            }
            Err(error) => warnings.push(format!("an entry of `/Schemas` cannot be used: {error}")),
        }
    }
    let mut resource_types = Vec::new();
    for value in entries(core, "ResourceTypes", &mut warnings).await? {
        match ResourceType::from_json(value) {
            Ok(kind) if describes(&kind) => {}
            Ok(kind) => resource_types.push(kind),
            Err(error) => warnings.push(format!("an entry of `/ResourceTypes` cannot be used: {error}")),
        }
    }
    if resource_types.is_empty() {
        let known = ["User", "Group"].iter().filter_map(|name| registry.resource(name));
        resource_types = known.map(|schema| schema.resource_type().clone()).collect();
    }
    for kind in &resource_types {
        if let Err(error) = compile(&mut registry, kind.clone()) {
            warnings.push(error);
        }
    }
    Ok(Peer { features, resource_types, warnings, registry, shown })
}

/// Whether the resources of a type describe the peer itself; some peers list them with the others.
fn describes(kind: &ResourceType) -> bool {
    let own = [uri::SERVICE_PROVIDER_CONFIG, uri::RESOURCE_TYPE, uri::SCHEMA];
    own.iter().any(|schema| kind.schema == **schema)
}

/// Adds a resource type, without the extensions whose schemas the peer does not show.
fn compile(registry: &mut SchemaRegistry, mut kind: ResourceType) -> std::result::Result<(), String> {
    let name = kind.name.clone();
    let before = kind.schema_extensions.len();
    kind.schema_extensions.retain(|extension| registry.schema(&extension.schema).is_some());
    let lost = before - kind.schema_extensions.len();
    registry.add_resource_type(kind).map_err(|error| error.to_string())?;
    match lost {
        0 => Ok(()),
        _ => Err(format!("resource type `{name}` has {lost} extensions that `/Schemas` does not show")),
    }
}

async fn config(core: &Core, warnings: &mut Vec<String>) -> Result<Option<Map<String, Value>>> {
    let mut missing = Vec::new();
    // Erratum 4978 of RFC 7644; Salesforce has the plural only.
    for endpoint in ["ServiceProviderConfig", "ServiceProviderConfigs"] {
        match read(core, endpoint).await? {
            Ok(map) => return Ok(Some(only(map))),
            Err(why) => missing.push(why),
        }
    }
    warnings.append(&mut missing);
    Ok(None)
}

/// The one entry of a list, for peers that wrap it.
fn only(mut map: Map<String, Value>) -> Map<String, Value> {
    let list = map.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case("Resources")).map(|(_, value)| value);
    match list.and_then(Value::as_array_mut).and_then(Vec::pop) {
        Some(Value::Object(inner)) => inner,
        _ => map,
    }
}

async fn entries(core: &Core, endpoint: &str, warnings: &mut Vec<String>) -> Result<Vec<Value>> {
    let map = match read(core, endpoint).await? {
        Ok(map) => map,
        Err(why) => {
            warnings.push(why);
            return Ok(Vec::new());
        }
    };
    let Some(Value::Array(list)) = member(&map, "Resources") else {
        warnings.push(format!("`/{endpoint}` has no list of `Resources`"));
        return Ok(Vec::new());
    };
    Ok(list.iter().cloned().map(without_nulls).collect())
}

/// Reads an object; the inner error says why there is none, the outer one ends the discovery.
async fn read(core: &Core, endpoint: &str) -> Result<std::result::Result<Map<String, Value>, String>> {
    let call = Call::read(core.base.join(endpoint, None)?);
    match core.send(&call).await {
        Ok(answer) => Ok(body::object(&answer.body, Certainty::NotAttempted)
            .map_err(|error| format!("`/{endpoint}` cannot be read: {error}"))),
        Err(error)
            if error.kind() == ErrorKind::Answer && !matches!(error.status(), Some(401 | 403 | 429)) =>
        {
            Ok(Err(format!("`/{endpoint}` is missing: {error}")))
        }
        Err(error) => Err(error),
    }
}

fn without_nulls(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(|value| *value = without_nulls(value.take()));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| *value = without_nulls(value.take())),
        _ => {}
    }
    value
}
