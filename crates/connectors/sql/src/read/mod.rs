//! Reading: one object, a page, and whether the layout is there at all.

mod check;
mod grants;
mod page;

use serde_json::{Value, json};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::{ConnectorError, Fields, MemberPatch, Object, ObjectClass, ObjectRef, Result};
use tenure_scim::{AttrPath, CompareOp, Filter};

use crate::connector::SqlConnector;
use crate::db::{Dialect, Session, Sql};
use crate::error::unfit;
use crate::filter::{after, keyed, push_down};
use crate::layout::{Found, Rows};

pub(crate) use self::grants::linked;

/// Which rows of a class are wanted.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) filter: Option<&'a Filter>,
    /// Those behind this one, in the order of the keys.
    pub(crate) after: Option<String>,
    /// Also those that are kept after their deletion.
    pub(crate) deleted: bool,
    /// Kept from other writers until the transaction ends.
    pub(crate) locked: bool,
}

impl SqlConnector {
    /// Reads up to `limit` rows in the order of their keys. Each was tried against the whole filter.
    pub(crate) async fn fetch(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        mut wanted: Wanted<'_>,
        limit: usize,
    ) -> Result<Vec<Found>> {
        let compiled = match wanted.filter {
            Some(filter) => Some(
                filter
                    .compile(self.compiled(&rows.class)?)
                    .map_err(|error| ConnectorError::invalid_input("filter", error.to_string()))?,
            ),
            None => None,
        };
        let mut kept = Vec::new();
        loop {
            let batch = if compiled.is_some() { limit.max(BATCH) } else { limit };
            let mut sql = rows.select(session.dialect(), wanted.deleted);
            if let Some(filter) = wanted.filter {
                push_down(rows, session.lower(), filter, &mut sql);
            }
            if let Some(id) = &wanted.after
                && !after(rows, id, &mut sql)
            {
                return Ok(kept);
            }
            // The bare name would be that of the shown text, in whose order 10 comes before 9.
            sql.push(" ORDER BY ")
                .name(&rows.table)
                .push(".")
                .column(&rows.key)
                .push(&format!(" LIMIT {batch}"));
            lock(&mut sql, wanted.locked);
            let read = session.query(&sql).await?;
            let whole = read.len() == batch;
            for row in read {
                let found = rows.found(row)?;
                wanted.after = Some(found.id.clone());
                if compiled.as_ref().is_none_or(|filter| filter.matches(&found.resource)) {
                    kept.push(found);
                }
            }
            if !whole || kept.len() >= limit {
                kept.truncate(limit);
                return Ok(kept);
            }
        }
    }

    /// The row of a reference.
    pub(crate) async fn find(
        &self,
        session: &mut dyn Session,
        object: &ObjectRef,
        wanted: Wanted<'_>,
    ) -> Result<Option<Found>> {
        let rows = self.rows(&object.class)?;
        if !object.id.is_empty() {
            return by_id(session, rows, &object.id, &wanted).await;
        }
        let naming = match object.class == ObjectClass::USER {
            true => ObjectRef::USER_NAME,
            false => ObjectRef::DISPLAY_NAME,
        };
        let named =
            |name: &str, path: &'static str| object.secondary(name).map(|value| (path, value.to_owned()));
        let known = |path: &str| rows.slots.iter().any(|slot| slot.path.to_string() == path);
        let external = named(ObjectRef::EXTERNAL_ID, "externalId").filter(|_| known("externalId"));
        let (path, value) = external.or_else(|| named(naming, rows.naming())).ok_or_else(|| {
            let detail = format!("`{object}` has no identifier that the table can look up");
            ConnectorError::invalid_input("object", detail)
        })?;
        self.by_attribute(session, rows, path, &value, wanted).await
    }

    /// The row with this value. Of several that differ only in case, the one with exactly this value is meant.
    pub(crate) async fn by_attribute(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        path: &'static str,
        value: &str,
        wanted: Wanted<'_>,
    ) -> Result<Option<Found>> {
        let of = AttrPath::parse(path).map_err(|error| unfit(error.to_string()))?;
        let filter = Filter::compare(of, CompareOp::Eq, value);
        let mut found = self.fetch(session, rows, Wanted { filter: Some(&filter), ..wanted }, 10).await?;
        let exact = found.iter().position(|found| found.resource.text(path) == Some(value)).unwrap_or(0);
        Ok((!found.is_empty()).then(|| found.swap_remove(exact)))
    }

    pub(crate) async fn read(&self, object: &ObjectRef, fields: &Fields) -> Result<Option<Object>> {
        let mut session = self.backend.session().await?;
        let session = &mut *session;
        if object.class == ObjectClass::ENTITLEMENT {
            let Some(id) = object.id.strip_prefix("group:") else { return Ok(None) };
            let group = ObjectRef::new(ObjectClass::GROUP, id);
            return Ok(self.find(session, &group, Wanted::default()).await?.map(|found| entitlement(&found)));
        }
        if object.class == ObjectClass::GRANT {
            return self.read_grant(session, &object.id).await;
        }
        let rows = self.rows(&object.class)?;
        let Some(found) = self.find(session, object, Wanted::default()).await? else { return Ok(None) };
        let mut shown = found.object(rows);
        if object.class == ObjectClass::GROUP && self.links.is_some() && MemberPatch::wanted(fields) {
            let members = self.members(session, &shown.object.id).await?;
            let members: Vec<_> = members.iter().map(|id| json!({ "value": id, "type": "User" })).collect();
            if !members.is_empty() {
                shown.resource.set(&self::members()?, Value::Array(members));
            }
        }
        Ok(Some(shown))
    }
}

/// The attribute that a list of groups leaves out.
pub(crate) fn members() -> Result<AttrPath> {
    AttrPath::parse("members").map_err(|error| unfit(error.to_string()))
}

/// The row with a key. The database may think more texts equal than it should, so the key that it gives is compared.
pub(crate) async fn by_id(
    session: &mut dyn Session,
    rows: &Rows,
    id: &str,
    wanted: &Wanted<'_>,
) -> Result<Option<Found>> {
    let Some(key) = rows.key_of(id) else { return Ok(None) };
    let mut sql = rows.select(session.dialect(), wanted.deleted);
    keyed(rows, key, &mut sql);
    lock(&mut sql, wanted.locked);
    let read = match session.query(&sql).await {
        // An id that is no value of the column's type, as a text where UUIDs are.
        Err(error) if error.vendor_code().is_some_and(|code| code == "22P02") => return Ok(None),
        read => read?,
    };
    let found = read.into_iter().map(|row| rows.found(row)).collect::<Result<Vec<_>>>()?;
    Ok(found.into_iter().find(|found| found.id == id))
}

fn lock(sql: &mut Sql, wanted: bool) {
    // SQLite's only writer holds the whole database.
    if wanted && sql.dialect != Dialect::Sqlite {
        sql.push(" FOR UPDATE");
    }
}

/// A group as something that an account can hold.
pub(crate) fn entitlement(group: &Found) -> Object {
    let name = group.resource.text("displayName").unwrap_or_default();
    Object::from(&Entitlement::new("group", &group.id).with_display(name))
}

/// How many rows are read at once when some of them may not be wanted.
const BATCH: usize = 500;
