use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{Certainty, ConnectorError, Cursor, EntitlementRef, ErrorKind, Object, ObjectClass};
use tenure_scim::{Resource, ValueRef};

use super::wanted::{GROUP, Wanted, group};
use super::{ROWS, holders};
use crate::directory::db::dialect::literal;
use crate::directory::db::{Session, dialect};
use crate::directory::error::{Fault, Result, refused};
use crate::directory::query::Condition;
use crate::directory::row::{COLUMNS, Stored};
use crate::directory::shape::Shapes;

/// Where the walk goes on: first through the members of all groups, then through the users that hold something themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Members {
        owner: i64,
        value: String,
    },
    /// Behind a row, of whose successor this many grants were given already.
    Users {
        row: i64,
        given: usize,
    },
}

/// Who holds what.
pub(super) async fn page(
    session: &dyn Session,
    shapes: &Shapes,
    wanted: &Wanted,
    cursor: Option<&Cursor>,
    size: usize,
    scan: usize,
) -> Result<(Vec<Object>, Option<Cursor>)> {
    let start = Place::Members { owner: 0, value: String::new() };
    let mut place = cursor.map(read_place).transpose()?.unwrap_or(start);
    let mut items = Vec::new();
    let mut seen = 0;
    loop {
        let some = match &place {
            Place::Members { .. } if !wanted.may_be(GROUP) => Vec::new(),
            Place::Members { owner, value } => members(session, shapes, wanted, *owner, value).await?,
            Place::Users { .. } if !wanted.may_be_held() => Vec::new(),
            Place::Users { row, .. } => users(session, shapes, wanted, *row).await?,
        };
        let last = some.len() < ROWS;
        seen += some.len();
        for (behind, grants) in some {
            let skipped = match &place {
                Place::Users { given, .. } => *given,
                Place::Members { .. } => 0,
            };
            for (n, grant) in grants.iter().enumerate().skip(skipped) {
                let object = Object::from(grant);
                if wanted.matches(&object.resource) {
                    if items.len() == size {
                        return Ok((items, Some(write_place(&place)?)));
                    }
                    items.push(object);
                }
                if let Place::Users { given, .. } = &mut place {
                    *given = n + 1;
                }
            }
            place = behind;
        }
        match &place {
            Place::Members { .. } if last => place = Place::Users { row: 0, given: 0 },
            Place::Users { .. } if last => return Ok((items, None)),
            _ if seen >= scan => return Ok((items, Some(write_place(&place)?))),
            _ => {}
        }
    }
}

type Found = (Place, Vec<GrantRecord>);

async fn members(
    session: &dyn Session,
    shapes: &Shapes,
    wanted: &Wanted,
    owner: i64,
    value: &str,
) -> Result<Vec<Found>> {
    let Some(groups) = shapes.get(&ObjectClass::GROUP).filter(|shape| shape.has_members) else {
        return Ok(Vec::new());
    };
    let mut condition = Condition::live(groups);
    condition.and(&format!("u.deleted IS NULL AND u.class IN ({})", classes(shapes)));
    let (after, value) = (condition.bind(owner), condition.bind(value.to_owned()));
    condition.and(&format!("m.owner >= {after} AND (m.owner, m.value) > ({after}, {value})"));
    if let Some(principal) = &wanted.principal {
        let principal = condition.bind(principal.clone());
        condition.and(&format!("m.key = {principal} AND m.value = {principal}"));
    }
    if let Some(id) = &wanted.value {
        let id = condition.bind(id.clone());
        condition.and(&format!("r.id = {id}"));
    }
    let sql = format!(
        "SELECT m.owner, m.value, r.id FROM member m JOIN resource r ON r.seq = m.owner \
         JOIN resource u ON u.id = m.key AND u.id = m.value WHERE {} ORDER BY m.owner, m.value LIMIT {ROWS}",
        condition.sql
    );
    let rows = session.query(&sql, &condition.params).await?;
    let found = rows.into_iter().map(|mut row| {
        let (owner, value) = (row.int(0)?, row.text(1)?);
        let grant = GrantRecord::new(value.as_str(), group(&row.text(2)?));
        Ok((Place::Members { owner, value }, vec![grant]))
    });
    found.collect()
}

async fn users(session: &dyn Session, shapes: &Shapes, wanted: &Wanted, row: i64) -> Result<Vec<Found>> {
    let Some(shape) = holders(shapes).next() else { return Ok(Vec::new()) };
    let sql = format!("r.class IN ({}) AND r.deleted IS NULL", classes(shapes));
    let mut condition = Condition { sql, params: Vec::new() };
    let row = condition.bind(row);
    condition.and(&format!("r.seq > {row}"));
    if let Some(principal) = &wanted.principal {
        let principal = condition.bind(principal.clone());
        condition.and(&format!("r.id = {principal}"));
    }
    let has =
        |name| format!("{} IS NOT NULL", dialect::key(session.dialect(), "r.", name, dialect::Stored::Text));
    condition.and(&format!("({} OR {})", has("roles"), has("entitlements")));
    let sql = format!("SELECT {COLUMNS} FROM resource r WHERE {} ORDER BY r.seq LIMIT {ROWS}", condition.sql);
    let rows = session.query(&sql, &condition.params).await?;
    let found = rows.into_iter().map(|mut row| {
        let stored = Stored::read(&mut row)?;
        let grants = held(&stored.id, &stored.resource(shape)?);
        Ok((Place::Users { row: stored.seq, given: 0 }, grants))
    });
    found.collect()
}

/// The roles and entitlements that a user has in its own attributes.
fn held(id: &str, user: &Resource) -> Vec<GrantRecord> {
    let mut grants = Vec::new();
    for attribute in ["roles", "entitlements"] {
        let elements = user.attr(attribute).and_then(ValueRef::as_array);
        for element in elements.iter().flat_map(|elements| elements.iter()).filter_map(ValueRef::as_object) {
            let text = |name| element.get(name).and_then(ValueRef::as_str).filter(|text| !text.is_empty());
            let Some(value) = text("value") else { continue };
            let kind = if attribute == "roles" { "role" } else { text("type").unwrap_or("entitlement") };
            let grant = GrantRecord::new(id, EntitlementRef::new(kind, value));
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
    }
    grants
}

fn classes(shapes: &Shapes) -> String {
    let names: Vec<String> = holders(shapes).map(|shape| literal(shape.class.as_str())).collect();
    if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
}

pub(super) fn read_place<T: DeserializeOwned>(cursor: &Cursor) -> Result<T> {
    serde_json::from_str(cursor.as_str()).map_err(|_| {
        Fault::Connector(
            ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
                .with_detail("the cursor is not one of this directory"),
        )
    })
}

pub(super) fn write_place<T: Serialize>(place: &T) -> Result<Cursor> {
    serde_json::to_string(place)
        .map(Cursor::new)
        .map_err(|error| refused(ErrorKind::Unexpected, error.to_string()))
}
