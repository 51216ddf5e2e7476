//! The resource types that are served: the built-in ones, and those from files.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tenure_scim::{ResourceType, Schema, SchemaRegistry};

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::present::Diagnostic;

pub(super) fn read(args: &ServeArgs) -> Result<SchemaRegistry, Failure> {
    let mut registry = SchemaRegistry::builtin();
    for path in &args.schema {
        for value in documents(path)? {
            registry.add_schema(Schema::from_json(value).map_err(|e| wrong(path, &e))?);
        }
    }
    for path in &args.resource_type {
        for value in documents(path)? {
            let resource_type = ResourceType::from_json(value).map_err(|e| wrong(path, &e))?;
            registry.add_resource_type(resource_type).map_err(|e| wrong(path, &e))?;
        }
    }
    Ok(registry)
}

// /Schemas and /ResourceTypes answer one object, a list, or a ListResponse; all three are accepted.
fn documents(path: &Path) -> Result<Vec<Value>, Failure> {
    let text = fs::read_to_string(path).map_err(|e| wrong(path, &e))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| wrong(path, &e))?;
    Ok(match value {
        Value::Array(all) => all,
        Value::Object(mut object) => match object.remove("Resources") {
            Some(Value::Array(all)) => all,
            _ => vec![Value::Object(object)],
        },
        other => vec![other],
    })
}

fn wrong(path: &Path, e: &dyn std::fmt::Display) -> Failure {
    let title = e.to_string();
    Failure::Input(vec![Diagnostic { title, path: path.display().to_string(), place: None, help: None }])
}
