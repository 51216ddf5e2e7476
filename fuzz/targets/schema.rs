//! A schema that loads writes as a schema that loads to the same, and resources can be checked against it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tenure_scim::{Resource, ResourceType, Schema, SchemaRegistry, diff};

fuzz_target!(|data: &[u8]| {
    let (schema, resource) = match data.iter().position(|b| *b == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &b"{}"[..]),
    };
    let Ok(document) = serde_json::from_slice::<Value>(schema) else { return };
    let Ok(schema) = Schema::from_json(document) else { return };
    assert_eq!(Schema::from_json(schema.to_json()).expect("what was written can be read"), schema);

    let id = schema.id.clone();
    let mut registry = SchemaRegistry::builtin();
    registry.add_schema(schema);
    if registry.add_resource_type(ResourceType::new("Thing", "/Things", id)).is_err() {
        return;
    }
    let things = registry.resource("Thing").expect("the type that was added");
    let Ok(resource) = Resource::from_slice(resource) else { return };
    if let Ok(valid) = things.validate_create(&resource) {
        assert!(things.validate_create(&valid).is_ok_and(|again| again == valid), "checking twice changes nothing");
        assert!(diff(&valid, &valid, things).is_empty());
    }
});
