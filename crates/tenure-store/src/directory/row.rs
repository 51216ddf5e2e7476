//! Reading resources: rows, their members, the groups they are in.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};
use tenure_connector::{ErrorKind, Fields, Object, ObjectClass, ObjectRef, Version};
use tenure_scim::Resource;
use tenure_scim::filter::sql::Dialect;

use super::db::{Param, Row, Session, dialect, one};
use super::error::{Fault, Result, refused};
use super::fields::{narrow, wants};
use super::query::Condition;
use super::shape::{Shape, named};

/// One row of `resource`, read.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) created: i64,
    pub(super) modified: i64,
    pub(super) body: String,
}

pub(super) const COLUMNS: &str = "r.seq, r.id, r.version, r.created, r.modified, r.body";
pub(super) const COLUMN_COUNT: usize = 6;

impl Stored {
    /// Reads the columns of [`COLUMNS`].
    pub(super) fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            seq: row.int(0)?,
            id: row.text(1)?,
            version: row.int(2)?,
            created: row.int(3)?,
            modified: row.int(4)?,
            body: row.text(5)?,
        })
    }

    /// The resource without what lives in other tables.
    pub(super) fn resource(&self, shape: &Shape) -> Result<Resource> {
        self.with(shape, [])
    }

    /// The resource with attributes that live in other tables.
    fn with<const N: usize>(&self, shape: &Shape, more: [(&str, Option<Vec<Value>>); N]) -> Result<Resource> {
        let damaged =
            |error: &dyn std::fmt::Display| Fault::damaged(format!("resource `{}`: {error}", self.id));
        let bare = self.body.trim_end().strip_suffix('}').ok_or_else(|| damaged(&"its text is no object"))?;
        // Text is put together and read once: adding to a resource that was read costs more.
        let mut text = String::with_capacity(bare.len() + 256);
        text.push_str(bare);
        text.push_str(if bare.ends_with('{') { "" } else { "," });
        self.columns(shape, &mut text).map_err(|error| damaged(&error))?;
        for (name, values) in more {
            if let Some(values) = values {
                write!(text, ",\"{name}\":{}", Value::Array(values)).map_err(|error| damaged(&error))?;
            }
        }
        text.push('}');
        Resource::from_slice(text.as_bytes()).map_err(|error| damaged(&error))
    }

    /// What stands in the columns, as members of a JSON object.
    fn columns(&self, shape: &Shape, text: &mut String) -> std::fmt::Result {
        write!(
            text,
            "\"id\":{},\"meta\":{{\"resourceType\":{},\"created\":\"{}\",\"lastModified\":\"{}\",\"version\":{}}}",
            Value::from(self.id.as_str()),
            Value::from(shape.class.as_str()),
            shown(self.created),
            shown(self.modified),
            Value::from(etag(self.version)),
        )
    }

    fn whole(&self, shape: &Shape, resource: Resource) -> Object {
        let object = reference(shape, &self.id, &resource);
        Object::new(object, resource).with_version(version(self.version))
    }
}

/// Rows with what stands about them in other tables. To make objects of them takes longer than to read them, so that is done
/// where nobody waits for the database.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Vec<Stored>,
    members: HashMap<i64, Vec<Value>>,
    groups: HashMap<String, Vec<Value>>,
}

impl Rows {
    /// Reads members and groups of rows as far as `fields` asks for them.
    pub(super) async fn read(
        session: &dyn Session,
        shape: &Shape,
        fields: &Fields,
        rows: Vec<Stored>,
    ) -> Result<Self> {
        let members = match shape.has_members && wants(fields, "members") {
            true => members(session, &rows).await?,
            false => HashMap::new(),
        };
        let groups = match shape.has_groups && wants(fields, "groups") {
            true => groups(session, &rows).await?,
            false => HashMap::new(),
        };
        Ok(Self { rows, members, groups })
    }

    /// At most one row, with its groups; it has no members, or nobody asks for them.
    #[cfg(feature = "postgres")]
    pub(super) fn of(row: Option<(Stored, Vec<Value>)>) -> Self {
        let mut found = Self { rows: Vec::new(), members: HashMap::new(), groups: HashMap::new() };
        if let Some((row, groups)) = row {
            if !groups.is_empty() {
                found.groups.insert(row.id.clone(), groups);
            }
            found.rows.push(row);
        }
        found
    }

    /// How many rows there are.
    #[cfg(feature = "postgres")]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The objects, with as much as `fields` asks for.
    pub(super) fn objects(self, shape: &Shape, fields: &Fields) -> Result<Vec<Object>> {
        let Self { rows, mut members, mut groups } = self;
        let objects = rows.iter().map(|row| {
            let more = [("members", members.remove(&row.seq)), ("groups", groups.remove(&row.id))];
            let mut object = row.whole(shape, row.with(shape, more)?);
            narrow(&mut object.resource, fields);
            Ok(object)
        });
        objects.collect()
    }

    /// The object of the only row.
    pub(super) fn object(self, shape: &Shape, fields: &Fields) -> Result<Option<Object>> {
        Ok(self.objects(shape, fields)?.pop())
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

/// The version of a row as a reader sees it.
pub(super) fn etag(number: i64) -> String {
    format!("W/\"{number}\"")
}

/// A time as a reader sees it.
pub(super) fn shown(nanos: i64) -> String {
    DateTime::<Utc>::from_timestamp_nanos(nanos).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Times are kept to the millisecond, as they are shown, so that a filter compares what a reader saw.
pub(super) fn stamp(now: DateTime<Utc>) -> i64 {
    let nanos = super::db::nanos(now);
    nanos - nanos.rem_euclid(1_000_000)
}

/// The name of the counter that holds how many resources of a class there are.
pub(super) fn live_counter(class: &str) -> String {
    format!("live {class}")
}

/// Finds a live resource by any of its names. `lock` keeps others from writing it until the transaction ends.
pub(super) async fn find(
    session: &dyn Session,
    shape: &Shape,
    object: &ObjectRef,
    lock: bool,
) -> Result<Stored> {
    let condition =
        if object.id.is_empty() { by_names(session, shape, object)? } else { by_id(shape, &object.id) };
    let lock = if lock { dialect::for_update(session.dialect()) } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM resource r WHERE {} LIMIT 2{lock}", condition.sql);
    let rows = match object.id.contains('\0') {
        // No database holds such an id, and PostgreSQL does not even compare it.
        true => Vec::new(),
        false => session.query(&sql, &condition.params).await?,
    };
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (Some(mut row), None) => Stored::read(&mut row),
        (None, _) => Err(refused(ErrorKind::NotFound, format!("there is no `{object}`"))),
        (Some(_), Some(_)) => {
            Err(refused(ErrorKind::Conflict, format!("`{object}` names more than one resource")))
        }
    }
}

fn by_id(shape: &Shape, id: &str) -> Condition {
    let mut condition = Condition::live(shape);
    let id = condition.bind(id.to_owned());
    condition.and(&format!("r.id = {id}"));
    condition
}

fn by_names(session: &dyn Session, shape: &Shape, object: &ObjectRef) -> Result<Condition> {
    let mut condition = Condition::live(shape);
    let mut any = false;
    for (name, value) in &object.secondary {
        let path = if name == ObjectRef::EMAIL { "emails.value" } else { name.as_str() };
        let Some(index) = named(path).and_then(|path| shape.index(&path)) else { continue };
        if !index.compared.is_text() {
            continue;
        }
        any = true;
        let key = condition.bind(index.compared.text(value).into_owned());
        condition.and(&if index.multi {
            let name = dialect::literal(&index.rows(shape));
            format!("r.seq IN (SELECT seq FROM lookup WHERE name = {name} AND key = {key})")
        } else {
            format!("{} = {key}", shape.key(session.dialect(), "r.", &index.name, index.stored()))
        });
    }
    match any {
        true => Ok(condition),
        false => Err(refused(
            ErrorKind::InvalidInput,
            format!("expected an id or an indexed name, found `{object}`"),
        )),
    }
}

/// Reads live resources by row numbers, in their order.
pub(super) async fn by_seqs(session: &dyn Session, shape: &Shape, seqs: Vec<i64>) -> Result<Vec<Stored>> {
    let condition = Condition::live(shape);
    let some = dialect::each_int(session.dialect(), 1, "resource r", "r.seq");
    let sql = format!("SELECT {COLUMNS} FROM {some} WHERE {} ORDER BY r.seq", condition.sql);
    let rows = session.query(&sql, &[Param::Ints(seqs)]).await?;
    rows.into_iter().map(|mut row| Stored::read(&mut row)).collect()
}

/// Reads live resources by ids, in any order.
pub(super) async fn by_ids(session: &dyn Session, shape: &Shape, ids: Vec<&str>) -> Result<Vec<Stored>> {
    let condition = Condition::live(shape);
    let some = dialect::each_text(session.dialect(), 1, "resource r", "r.id");
    let sql = format!("SELECT {COLUMNS} FROM {some} WHERE {}", condition.sql);
    let rows = session.query(&sql, &[Param::Texts(ids)]).await?;
    rows.into_iter().map(|mut row| Stored::read(&mut row)).collect()
}

/// A resource that was deleted softly.
pub(super) async fn hidden(session: &dyn Session, class: &ObjectClass, id: &str) -> Result<Option<Stored>> {
    if id.contains('\0') {
        return Ok(None);
    }
    let lock = dialect::for_update(session.dialect());
    let sql = format!(
        "SELECT {COLUMNS} FROM resource r WHERE r.id = ?1 AND r.class = ?2 AND r.deleted IS NOT NULL{lock}"
    );
    let row = one(session, &sql, &[id.into(), class.as_str().into()]).await?;
    row.map(|mut row| Stored::read(&mut row)).transpose()
}

/// The members of groups by row number, those that were deleted softly left out.
pub(super) async fn members(session: &dyn Session, rows: &[Stored]) -> Result<HashMap<i64, Vec<Value>>> {
    let mut members: HashMap<i64, Vec<Value>> = HashMap::new();
    if rows.is_empty() {
        return Ok(members);
    }
    let some = dialect::each_int(session.dialect(), 1, "member m", "m.owner");
    let sql = format!(
        "SELECT m.owner, m.value, coalesce(m.kind, x.class), m.shown FROM {some} \
         LEFT JOIN resource x ON x.id = m.key AND x.id = m.value WHERE x.deleted IS NULL"
    );
    let owners = Param::Ints(rows.iter().map(|row| row.seq).collect());
    for mut row in session.query(&sql, &[owners]).await? {
        let element = element(row.text(1)?, [("type", row.maybe_text(2)), ("display", row.maybe_text(3))]);
        members.entry(row.int(0)?).or_default().push(element);
    }
    // They come in this order already where one index led to them; the database would sort a million all the same.
    members.values_mut().for_each(|members| members.sort_by(|a, b| id_of(a).cmp(id_of(b))));
    Ok(members)
}

/// The groups that hold resources themselves, by the id of the resource.
async fn groups(session: &dyn Session, rows: &[Stored]) -> Result<HashMap<String, Vec<Value>>> {
    let mut groups: HashMap<String, Vec<Value>> = HashMap::new();
    if rows.is_empty() {
        return Ok(groups);
    }
    // The list of one that stands for itself is cheaper than a list.
    let (some, which, ids) = match rows {
        [row] => ("member m".to_owned(), "m.key = ?1 AND", Param::from(row.id.as_str())),
        _ => {
            let ids = rows.iter().map(|row| row.id.as_str()).collect();
            (dialect::each_text(session.dialect(), 1, "member m", "m.key"), "", Param::Texts(ids))
        }
    };
    let display = dialect::member(session.dialect(), "g.body", "displayName");
    let join = if session.dialect() == Dialect::Postgres { "JOIN" } else { "CROSS JOIN" };
    let sql = format!(
        "SELECT m.value, g.id, {display} FROM {some} {join} resource g ON g.seq = m.owner \
         WHERE {which} m.value = m.key AND g.deleted IS NULL"
    );
    for mut row in session.query(&sql, &[ids]).await? {
        let direct = Some("direct".to_owned());
        let element = element(row.text(1)?, [("display", row.maybe_text(2)), ("type", direct)]);
        groups.entry(row.text(0)?).or_default().push(element);
    }
    groups.values_mut().for_each(|groups| groups.sort_by(|a, b| id_of(a).cmp(id_of(b))));
    Ok(groups)
}

fn id_of(element: &Value) -> &str {
    element.get("value").and_then(Value::as_str).unwrap_or_default()
}

/// An element of `members` or `groups`.
pub(super) fn element<const N: usize>(value: String, rest: [(&str, Option<String>); N]) -> Value {
    let mut object = Map::new();
    object.insert("value".to_owned(), value.into());
    for (name, text) in rest {
        if let Some(text) = text {
            object.insert(name.to_owned(), text.into());
        }
    }
    Value::Object(object)
}
