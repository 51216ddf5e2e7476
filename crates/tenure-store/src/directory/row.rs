//! Reading resources: a row, its members, the groups it is in.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};
use tenure_connector::{Fields, Object, ObjectClass, ObjectRef, Version};
use tenure_scim::Resource;

use super::error::{Fault, Result, refused};
use super::shape::{Shape, named};

/// One row of `resource`, read.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) created: String,
    pub(super) modified: String,
    pub(super) body: String,
}

pub(super) const COLUMNS: &str = "seq, id, version, created, modified, body";

impl Stored {
    /// Reads the columns of [`COLUMNS`].
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            version: row.get(2)?,
            created: row.get(3)?,
            modified: row.get(4)?,
            body: row.get(5)?,
        })
    }

    /// The resource without what lives in other tables.
    pub(super) fn resource(&self, shape: &Shape) -> Result<Resource> {
        let mut resource = Resource::from_slice(self.body.as_bytes()).map_err(|error| {
            refused(
                tenure_connector::ErrorKind::Protocol,
                format!("the stored resource `{}` is damaged: {error}", self.id),
            )
        })?;
        resource.set_id(&self.id);
        put(
            &mut resource,
            "meta",
            json!({
                "resourceType": shape.class.as_str(),
                "created": self.created,
                "lastModified": self.modified,
                "version": etag(self.version),
            }),
        );
        Ok(resource)
    }

    /// The resource with members and groups, as far as `fields` asks for them.
    pub(super) fn object(&self, connection: &Connection, shape: &Shape, fields: &Fields) -> Result<Object> {
        let mut resource = self.resource(shape)?;
        if shape.has_members && wants(fields, "members") {
            let members = members(connection, self.seq)?;
            if !members.is_empty() {
                put(&mut resource, "members", Value::Array(members));
            }
        }
        if shape.has_groups && wants(fields, "groups") {
            let groups = groups(connection, &self.id)?;
            if !groups.is_empty() {
                put(&mut resource, "groups", Value::Array(groups));
            }
        }
        let object = reference(shape, &self.id, &resource);
        narrow(&mut resource, fields);
        Ok(Object::new(object, resource).with_version(version(self.version)))
    }
}

/// Every name of a resource.
pub(super) fn reference(shape: &Shape, id: &str, resource: &Resource) -> ObjectRef {
    let mut object = ObjectRef::new(shape.class.clone(), id);
    for name in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID, ObjectRef::DISPLAY_NAME] {
        if let Some(text) = resource.text(name) {
            object = object.with(name, text);
        }
    }
    object
}

/// The version of a row as the contract carries it.
pub(super) fn version(number: i64) -> Version {
    Version::new(etag(number))
}

fn etag(number: i64) -> String {
    format!("W/\"{number}\"")
}

/// Times are stored as text that sorts as the times do.
pub(super) fn stamp(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Finds a live resource by any of its names.
pub(super) fn find(connection: &Connection, shape: &Shape, object: &ObjectRef) -> Result<Stored> {
    let found = if object.id.is_empty() {
        by_secondary(connection, shape, object)?
    } else {
        by_id(connection, &shape.class, &object.id)?
    };
    found.ok_or_else(|| refused(tenure_connector::ErrorKind::NotFound, format!("there is no `{object}`")))
}

/// Finds a live resource by its id.
pub(super) fn by_id(connection: &Connection, class: &ObjectClass, id: &str) -> Result<Option<Stored>> {
    let sql = select("where id = ?1 and class = ?2 and deleted is null");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row(params![id, class.as_str()], Stored::from_row).optional()?)
}

/// Reads a live resource by its row number.
pub(super) fn by_seq(connection: &Connection, class: &ObjectClass, seq: i64) -> Result<Option<Stored>> {
    let sql = select("where seq = ?1 and class = ?2 and deleted is null");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(params![seq, class.as_str()], Stored::from_row)
        .optional()?)
}

fn select(tail: &str) -> String {
    format!("select {COLUMNS} from resource {tail}")
}

fn by_secondary(connection: &Connection, shape: &Shape, object: &ObjectRef) -> Result<Option<Stored>> {
    let mut seqs: Option<Vec<i64>> = None;
    for (name, value) in &object.secondary {
        let path = if name == ObjectRef::EMAIL { "emails.value" } else { name.as_str() };
        let Some(index) = named(path).and_then(|path| shape.index(&path)) else { continue };
        let mut statement = connection
            .prepare_cached("select seq from lookup where class = ?1 and path = ?2 and key = ?3 limit 3")?;
        let rows = statement
            .query_map(params![shape.class.as_str(), index.name, index.key(value)], |row| row.get(0))?;
        let found = rows.collect::<rusqlite::Result<Vec<i64>>>()?;
        seqs = Some(match seqs {
            None => found,
            Some(before) => before.into_iter().filter(|seq| found.contains(seq)).collect(),
        });
    }
    match seqs.as_deref() {
        None => Err(refused(
            tenure_connector::ErrorKind::InvalidInput,
            format!("expected an id or an indexed name, found `{object}`"),
        )),
        Some([]) => Ok(None),
        Some([seq]) => by_seq(connection, &shape.class, *seq),
        Some(_) => Err(refused(
            tenure_connector::ErrorKind::Conflict,
            format!("`{object}` names more than one resource"),
        )),
    }
}

/// The members of a group, those that were deleted softly left out.
pub(super) fn members(connection: &Connection, owner: i64) -> Result<Vec<Value>> {
    let mut statement = connection.prepare_cached(
        "select m.value, coalesce(m.kind, r.class), m.shown from member m left join resource r on r.id = m.value \
         where m.owner = ?1 and r.deleted is null order by m.value",
    )?;
    let rows = statement.query_map([owner], |row| {
        let value: String = row.get(0)?;
        let kind: Option<String> = row.get(1)?;
        let shown: Option<String> = row.get(2)?;
        Ok(element(value, [("type", kind), ("display", shown)]))
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(Fault::from)
}

/// The groups that hold a resource itself.
pub(super) fn groups(connection: &Connection, id: &str) -> Result<Vec<Value>> {
    let mut statement = connection.prepare_cached(
        "select r.id, json_extract(r.body, '$.displayName') from member m join resource r on r.seq = m.owner \
         where m.value = ?1 and r.deleted is null order by r.id",
    )?;
    let rows = statement.query_map([id], |row| {
        let value: String = row.get(0)?;
        let display: Option<String> = row.get(1)?;
        Ok(element(value, [("display", display), ("type", Some("direct".to_owned()))]))
    })?;
    rows.collect::<rusqlite::Result<_>>().map_err(Fault::from)
}

fn element<const N: usize>(value: String, rest: [(&str, Option<String>); N]) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("value".to_owned(), value.into());
    for (name, text) in rest {
        if let Some(text) = text {
            object.insert(name.to_owned(), text.into());
        }
    }
    Value::Object(object)
}

/// Sets a top-level attribute.
pub(super) fn put(resource: &mut Resource, name: &str, value: Value) {
    if let Some(path) = named(name) {
        resource.set(&path, value);
    }
}

/// Removes a top-level attribute.
pub(super) fn drop_attribute(resource: &mut Resource, name: &str) {
    if let Some(path) = named(name) {
        resource.remove(&path);
    }
}

/// Whether `fields` can ask for any part of a top-level attribute.
fn wants(fields: &Fields, name: &str) -> bool {
    match fields {
        Fields::All => true,
        Fields::Only(paths) => paths.iter().any(|path| path.name() == name),
        Fields::Except(paths) => !paths.iter().any(|path| path.name() == name && path.sub().is_none()),
    }
}

/// Leaves the whole attributes that were not asked for out. Sub-attributes and `returned` are the reader's matter.
fn narrow(resource: &mut Resource, fields: &Fields) {
    match fields {
        Fields::All => {}
        Fields::Except(paths) => {
            for path in paths.iter().filter(|path| !KEPT.iter().any(|kept| path.name() == kept)) {
                resource.remove(path);
            }
        }
        Fields::Only(paths) => {
            let unwanted: Vec<String> = resource
                .attributes()
                .map(|(name, _)| name)
                .filter(|name| !KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept)))
                .filter(|name| !paths.iter().any(|path| is_or_is_in(path, name)))
                .map(str::to_owned)
                .collect();
            for name in unwanted {
                drop_key(resource, &name);
            }
        }
    }
}

/// Whether a path names a top-level key of the JSON object or something inside it.
fn is_or_is_in(path: &tenure_scim::AttrPath, key: &str) -> bool {
    match path.schema() {
        Some(schema) if schema.as_str().eq_ignore_ascii_case(key) => true,
        _ => path.name() == key,
    }
}

/// Removes an attribute or a whole extension.
fn drop_key(resource: &mut Resource, key: &str) {
    if key.contains(':') {
        let mut json = resource.to_json();
        if let Some(object) = json.as_object_mut() {
            object.retain(|name, _| !name.eq_ignore_ascii_case(key));
        }
        if let Ok(without) = Resource::from_json(json) {
            *resource = without;
        }
    } else {
        drop_attribute(resource, key);
    }
}

const KEPT: [&str; 3] = ["id", "schemas", "meta"];
