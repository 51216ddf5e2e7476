//! Puts identities together from the records of a source.

mod person;
mod workload;

pub(crate) use person::{check, end_absent, person};
pub(crate) use workload::{expire_absent, workload};

use serde_json::{Map, Value, json};
use tenure_connector::record::WORKER_SCHEMA;
use tenure_scim::{Resource, uri};

/// Builds a User-shaped resource, leaving out what is empty.
#[derive(Default)]
struct Attributes {
    top: Map<String, Value>,
    enterprise: Map<String, Value>,
    extra: Map<String, Value>,
}

impl Attributes {
    fn top(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.top.insert(name.to_owned(), value);
        }
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        self.top(name, value.filter(|text| !text.is_empty()).map(Value::from));
    }

    fn enterprise(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.enterprise.insert(name.to_owned(), value);
        }
    }

    fn finish(mut self) -> Resource {
        let mut schemas = vec![uri::USER];
        for (schema, members) in [(uri::ENTERPRISE_USER, self.enterprise), (WORKER_SCHEMA, self.extra)] {
            if !members.is_empty() {
                schemas.push(schema);
                self.top.insert(schema.to_owned(), Value::Object(members));
            }
        }
        self.top.insert("schemas".to_owned(), json!(schemas));
        // INVARIANT: an object with texts, lists and objects is a resource.
        Resource::from_json(Value::Object(self.top)).unwrap_or_default()
    }
}
