use serde::{Deserialize, Serialize};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Cursor, Object, ObjectClass};

use super::wanted::{GROUP, Wanted, group};
use super::{ROWS, grants};
use crate::directory::db::Session;
use crate::directory::error::Result;
use crate::directory::query::Condition;
use crate::directory::row::{COLUMNS, Stored};
use crate::directory::shape::Shapes;

/// Behind which group the walk goes on.
#[derive(Serialize, Deserialize)]
struct Place {
    row: i64,
}

/// What accounts can hold: the groups. Roles and entitlements are free texts, so there is no list of them.
pub(super) async fn page(
    session: &dyn Session,
    shapes: &Shapes,
    wanted: &Wanted,
    cursor: Option<&Cursor>,
    size: usize,
    scan: usize,
) -> Result<(Vec<Object>, Option<Cursor>)> {
    let mut place = cursor.map(grants::read_place).transpose()?.unwrap_or(Place { row: 0 });
    let mut items = Vec::new();
    let Some(shape) = shapes.get(&ObjectClass::GROUP).filter(|_| wanted.may_be(GROUP)) else {
        return Ok((items, None));
    };
    let mut seen = 0;
    loop {
        let mut condition = Condition::live(shape);
        if let Some(value) = &wanted.value {
            let id = condition.bind(value.clone());
            condition.and(&format!("r.id = {id}"));
        }
        let row = condition.bind(place.row);
        condition.and(&format!("r.seq > {row}"));
        let sql =
            format!("SELECT {COLUMNS} FROM resource r WHERE {} ORDER BY r.seq LIMIT {ROWS}", condition.sql);
        let rows = session.query(&sql, &condition.params).await?;
        let last = rows.len() < ROWS;
        seen += rows.len();
        for mut row in rows {
            let stored = Stored::read(&mut row)?;
            let entitlement = of_group(&stored.id, stored.resource(shape)?.text("displayName"));
            let object = Object::from(&entitlement);
            if wanted.matches(&object.resource) {
                if items.len() == size {
                    return Ok((items, Some(grants::write_place(&place)?)));
                }
                items.push(object);
            }
            place.row = stored.seq;
        }
        if last {
            return Ok((items, None));
        }
        if seen >= scan {
            return Ok((items, Some(grants::write_place(&place)?)));
        }
    }
}

fn of_group(id: &str, display: Option<&str>) -> Entitlement {
    let group = group(id);
    let entitlement = Entitlement::new(&group.kind, &group.id);
    match display {
        Some(display) => entitlement.with_display(display),
        None => entitlement,
    }
}
