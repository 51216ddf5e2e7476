//! What SQLite is told about the tables before there is anything in them.

use super::dialect::Stored;
use super::migrate::name_of;
use super::{Param, Session};
use crate::directory::error::Result;
use crate::directory::shape::Shapes;

/// Tells the planner that a class has many rows and a key few, as in any directory that is large enough to matter.
///
/// Without statistics SQLite takes any equality for a good one, `class = 'User'` among them, and would read every user.
pub(super) async fn assume(session: &dyn Session, shapes: &Shapes) -> Result<()> {
    session.script("ANALYZE sqlite_schema").await?;
    let mut known = vec![
        ("resource", "resource_live".to_owned(), "1000000 500000 1"),
        ("resource", "resource_modified".to_owned(), "1000000 500000 2 1"),
        ("resource", "resource_told".to_owned(), "1000000 500000 1"),
        ("member", "member".to_owned(), "1000000 1000 1"),
        ("member", "member_of".to_owned(), "1000000 5 1"),
        ("lookup", "lookup".to_owned(), "1000000 500000 2 1"),
        ("lookup", "lookup_of".to_owned(), "1000000 2 1"),
    ];
    for shape in shapes.iter() {
        for index in shape.indexes.iter().filter(|index| !index.multi) {
            let rows = match index.stored() {
                _ if index.unique => "1000000 1",
                Stored::Flag => "1000000 200000 1",
                Stored::Text | Stored::Number => "1000000 10 1",
            };
            known.push(("resource", name_of(session.dialect(), shape, index), rows));
        }
    }
    for (table, index, rows) in known {
        let there = "SELECT 1 FROM sqlite_stat1 WHERE idx = ?1";
        // Statistics that somebody gathered are better than these.
        if session.query(there, &[index.as_str().into()]).await?.is_empty() {
            let sql = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)";
            let params: [Param<'_>; 3] = [table.into(), index.into(), rows.into()];
            session.execute(sql, &params).await?;
        }
    }
    session.script("ANALYZE sqlite_schema").await
}
