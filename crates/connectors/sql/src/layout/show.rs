//! Rows as SCIM resources, and resources as values of columns.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenure_connector::record::ACCOUNT_SCHEMA;
use tenure_connector::{AccountStatus, ConnectorError, Object, ObjectClass, ObjectRef, Result};
use tenure_scim::{AttrPath, Resource, uri};

use super::Rows;
use super::slot::Holds;
use super::value::{self, moment};
use crate::db::{Dialect, Param, Row};
use crate::error::unfit;

/// A row that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) resource: Resource,
    pub(crate) version: String,
    pub(crate) status: Option<AccountStatus>,
    pub(crate) deleted: bool,
}

impl Rows {
    pub(crate) fn found(&self, row: Row) -> Result<Found> {
        let digest = digest(&row);
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let id = next().ok_or_else(|| unfit(format!("expected a key in `{}`, found none", self.key)))?;
        let user = self.class == ObjectClass::USER;
        let mut resource = Resource::new(if user { uri::USER } else { uri::GROUP });
        resource.set_id(&id);
        for slot in &self.slots {
            let Some(text) = next() else { continue };
            let read = value::read(slot.kind, &text).map_err(|error| {
                let detail = format!("`{}` of `{id}`: {}", slot.column, error.detail());
                error.with_detail(detail).with_attribute(slot.path.to_string())
            })?;
            if let Some(schema) = slot.path.schema() {
                resource.add_schema(&schema.to_string());
            }
            match &slot.holds {
                Holds::Whole => resource.set(&slot.path, read),
                Holds::Only => resource.set(&slot.path, json!([{ "value": read }])),
                Holds::Typed(kind) => {
                    let mut all = match resource.get(&slot.path).map(|value| value.to_json()) {
                        Some(Value::Array(all)) => all,
                        _ => Vec::new(),
                    };
                    all.push(json!({ "value": read, "type": kind }));
                    resource.set(&slot.path, Value::Array(all));
                }
            }
        }
        let status = self.status.as_ref().map(|states| states.read(next().as_deref()));
        let deleted = self.deleted.as_ref().is_some_and(|deleted| !deleted.live.matches(next().as_deref()));
        let version = self.version.as_ref().and_then(|_| next()).unwrap_or(digest);
        let mut meta = json!({ "resourceType": self.class.as_str(), "version": version });
        for (name, column) in [("created", &self.created), ("lastModified", &self.modified)] {
            if column.is_some()
                && let (Some(time), Some(meta)) = (next().as_deref().and_then(moment), meta.as_object_mut())
            {
                meta.insert(name.to_owned(), json!(time));
            }
        }
        let seen = self.last_login.as_ref().and_then(|_| next()).as_deref().and_then(moment);
        if let Some(status) = status {
            put(&mut resource, "active", json!(status.is_active()))?;
            resource.add_schema(ACCOUNT_SCHEMA);
            put(&mut resource, &format!("{ACCOUNT_SCHEMA}:status"), json!(status.as_str()))?;
        }
        if let Some(seen) = seen {
            resource.add_schema(ACCOUNT_SCHEMA);
            put(&mut resource, &format!("{ACCOUNT_SCHEMA}:lastLogin"), json!(seen))?;
        }
        put(&mut resource, "meta", meta)?;
        Ok(Found { id, resource, version, status, deleted })
    }

    /// What the columns of the attributes hold for a resource, in the order of the slots.
    pub(crate) fn values(&self, dialect: Dialect, resource: &Resource) -> Result<Vec<Param>> {
        let mut values = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let whole = resource.get(&slot.path).map(|value| value.to_json());
            let held = match (&slot.holds, whole) {
                (_, None) => Value::Null,
                (Holds::Whole, Some(value)) => value,
                (Holds::Only, Some(all)) => self.element(&slot.path.to_string(), &all, None)?,
                (Holds::Typed(kind), Some(all)) => self.element(&slot.path.to_string(), &all, Some(kind))?,
            };
            let value = value::write(dialect, slot.kind, &held);
            values
                .push(value.map_err(|error| {
                    ConnectorError::invalid_input(&slot.path.to_string(), error.detail())
                })?);
        }
        Ok(values)
    }

    /// The value of the only element, or of the only one of a type. What has no column is refused, not lost.
    fn element(&self, path: &str, all: &Value, kind: Option<&str>) -> Result<Value> {
        let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
        let of_type = |element: &&Value| {
            let own = element.get("type").and_then(Value::as_str);
            kind.is_none_or(|kind| own.is_some_and(|own| own.eq_ignore_ascii_case(kind)))
        };
        let homeless = all.iter().find(|element| {
            let own = element.get("type").and_then(Value::as_str);
            kind.is_some() && !self.slots.iter().any(|slot| {
                slot.path.to_string() == path
                    && matches!(&slot.holds, Holds::Typed(kind) if own.is_some_and(|own| own.eq_ignore_ascii_case(kind)))
            })
        });
        if let Some(element) = homeless {
            let detail = format!(
                "expected one of the types that have a column, found `{}`",
                element.get("type").unwrap_or(&Value::Null)
            );
            return Err(ConnectorError::invalid_input(path, detail));
        }
        let mut fitting = all.iter().filter(of_type);
        match (fitting.next(), fitting.next()) {
            (None, _) => Ok(Value::Null),
            (Some(one), None) => Ok(one.get("value").cloned().unwrap_or(Value::Null)),
            _ => Err(ConnectorError::invalid_input(
                path,
                format!("the table has room for one value of `{path}`"),
            )),
        }
    }
}

impl Found {
    pub(crate) fn reference(&self, rows: &Rows) -> ObjectRef {
        let mut object = ObjectRef::new(rows.class.clone(), &self.id);
        let naming = match rows.class == ObjectClass::USER {
            true => ObjectRef::USER_NAME,
            false => ObjectRef::DISPLAY_NAME,
        };
        for (name, path) in [(naming, rows.naming()), (ObjectRef::EXTERNAL_ID, "externalId")] {
            if let Some(text) = self.resource.text(path) {
                object = object.with(name, text);
            }
        }
        object
    }

    pub(crate) fn object(self, rows: &Rows) -> Object {
        let reference = self.reference(rows);
        Object::new(reference, self.resource).with_version(self.version)
    }
}

fn put(resource: &mut Resource, path: &str, value: Value) -> Result<()> {
    let path = AttrPath::parse(path).map_err(|error| unfit(error.to_string()))?;
    resource.set(&path, value);
    Ok(())
}

/// Everything that is shown, for tables without a version of their own.
fn digest(row: &Row) -> String {
    let mut hash = Sha256::new();
    for cell in row {
        match cell {
            Some(text) => {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update(u64::MAX.to_be_bytes()),
        }
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        // INVARIANT: writing into a text never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
