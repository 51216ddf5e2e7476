//! Bringing the tables and indexes up to date with the program and its schemas.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use tenure_scim::filter::sql::Dialect;
use tenure_scim::precis::text_key;

use super::dialect::{self, Stored};
use super::{Param, Session, Work, keyed, one, statistics};
use crate::directory::error::{Fault, Result};
use crate::directory::shape::{Index, Shape, Shapes};
use crate::hash::sha256_hex;

/// Every step, in order. A step that was released never changes; a new one is added at the end.
const SQLITE: [&str; 4] = [
    include_str!("schema/001.sqlite.sql"),
    include_str!("schema/002.sqlite.sql"),
    include_str!("schema/003.sqlite.sql"),
    include_str!("schema/004.sqlite.sql"),
];
const POSTGRES: [&str; 4] = [
    include_str!("schema/001.postgres.sql"),
    include_str!("schema/002.postgres.sql"),
    include_str!("schema/003.postgres.sql"),
    include_str!("schema/004.postgres.sql"),
];
/// What the names of indexes began with.
const BEFORE: [&str; 2] = ["by", "of"];
/// The step since which members have keys for their types and displays.
const MEMBER_KEYS: i64 = 2;

/// Creates what is missing, once for each time that a directory is opened.
#[derive(Debug)]
pub(in crate::directory) struct Prepare {
    pub(in crate::directory) shapes: Shapes,
    /// The schema of a PostgreSQL database, whose name needs no quotes.
    pub(in crate::directory) schema: Option<String>,
}

#[async_trait]
impl Work for Prepare {
    type Answer = ();

    async fn run(&self, session: &dyn Session) -> Result<()> {
        if let Some(schema) = &self.schema {
            // Programs that start at the same time take turns.
            let lock = "SELECT pg_advisory_xact_lock(hashtext(?1))::text";
            session.query(lock, &[format!("tenure directory {schema}").into()]).await?;
            let there = "SELECT 1 FROM pg_namespace WHERE nspname = ?1";
            if one(session, there, &[schema.as_str().into()]).await?.is_none() {
                session.script(&format!("CREATE SCHEMA {schema}")).await?;
            }
        }
        tables(session).await?;
        if session.dialect() == Dialect::Sqlite {
            let searched = self.shapes.iter().flat_map(|shape| &shape.indexes).filter(|index| !index.multi);
            keyed::add(session, searched.map(|index| index.name.as_str()).collect()).await?;
        }
        for shape in self.shapes.iter() {
            rules(session, shape).await?;
            indexes(session, shape).await?;
        }
        foreign_rows(session, &self.shapes).await?;
        if session.dialect() == Dialect::Sqlite {
            statistics::assume(session, &self.shapes).await?;
        }
        Ok(())
    }
}

async fn tables(session: &dyn Session) -> Result<()> {
    let steps: &[&str] = if session.dialect() == Dialect::Postgres { &POSTGRES } else { &SQLITE };
    let there = names(session, "table").await?;
    if !there.iter().any(|name| name == "directory_schema") {
        if there.iter().any(|name| name == "resource") {
            return Err(refused("expected the tables of a directory, found others with the same names"));
        }
        session.script("CREATE TABLE directory_schema (version BIGINT NOT NULL)").await?;
    }
    let newest = one(session, "SELECT coalesce(max(version), 0) FROM directory_schema", &[]).await?;
    let found = newest.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(refused(format!(
            "expected tables of version {known} or older, found version {found}: a newer program wrote them"
        )));
    }
    for (number, step) in (1_i64..).zip(steps).filter(|(number, _)| *number > found) {
        session.script(step).await?;
        session.execute("INSERT INTO directory_schema (version) VALUES (?1)", &[number.into()]).await?;
    }
    if (1..MEMBER_KEYS).contains(&found) { member_keys(session).await } else { Ok(()) }
}

/// Gives the members that were stored before their keys.
async fn member_keys(session: &dyn Session) -> Result<()> {
    let mut last: (i64, String) = (0, String::new());
    loop {
        let sql = "SELECT owner, value, kind, shown FROM member \
                   WHERE (kind IS NOT NULL OR shown IS NOT NULL) AND (owner, value) > (?1, ?2) \
                   ORDER BY owner, value LIMIT 1000";
        let rows = session.query(sql, &[last.0.into(), last.1.as_str().into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for mut row in rows {
            last = (row.int(0)?, row.text(1)?);
            let key = |text: Option<String>| text.map(|text| text_key(&text).into_owned());
            let (kind, shown) = (key(row.maybe_text(2)), key(row.maybe_text(3)));
            let sql = "UPDATE member SET kind_key = ?3, shown_key = ?4 WHERE owner = ?1 AND value = ?2";
            let params =
                [last.0.into(), last.1.as_str().into(), kind.as_deref().into(), shown.as_deref().into()];
            session.execute(sql, &params).await?;
        }
    }
}

/// Refuses an attribute whose stored keys were made by another rule: nothing would find them.
async fn rules(session: &dyn Session, shape: &Shape) -> Result<()> {
    let known: BTreeMap<String, String> = {
        let rows = session.query("SELECT name, rule FROM rule", &[]).await?;
        rows.into_iter().map(|mut row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<_>>()?
    };
    for attribute in shape.attributes() {
        for leaf in &attribute.leaves {
            let name = format!("{}/{}/{}", shape.class, attribute.name, leaf.name);
            let rule = format!("{}{}", leaf.compared.rule(), if attribute.multi { " many" } else { "" });
            match known.get(&name) {
                Some(found) if *found == rule => {}
                Some(found) => {
                    return Err(refused(format!(
                        "expected the values of `{name}` compared as `{found}`, as those stored were, \
                         found the rule `{rule}` in the schema"
                    )));
                }
                None => {
                    let sql = "INSERT INTO rule (name, rule) VALUES (?1, ?2)";
                    session.execute(sql, &[name.into(), rule.into()]).await?;
                }
            }
        }
    }
    Ok(())
}

/// Makes the indexes of a class, also over what is stored already.
async fn indexes(session: &dyn Session, shape: &Shape) -> Result<()> {
    let there = names(session, "index").await?;
    for index in &shape.indexes {
        if index.multi {
            fill(session, shape, index).await?;
            continue;
        }
        let name = name_of(session.dialect(), shape, index);
        if !there.contains(&name) {
            session.script(&create(session.dialect(), &name, shape, index)).await?;
        }
        // Over an expression in SQLite; behind the class; of every resource, whether it has the attribute or not.
        for before in BEFORE.iter().map(|before| format!("{before}_{}", hash_of(shape, index))) {
            if before != name && there.contains(&before) {
                session.script(&format!("DROP INDEX {before}")).await?;
            }
        }
    }
    Ok(())
}

/// The name says how an index is made, so that one that is made otherwise takes its place.
pub(super) fn name_of(dialect: Dialect, shape: &Shape, index: &Index) -> String {
    let how = if dialect == Dialect::Postgres && !index.is_sparse() { "of" } else { "on" };
    format!("{how}_{}", hash_of(shape, index))
}

fn hash_of(shape: &Shape, index: &Index) -> String {
    sha256_hex(index.rows(shape).as_bytes()).get(..20).unwrap_or_default().to_owned()
}

/// The text that makes the index of a single-valued attribute.
fn create(dialect: Dialect, name: &str, shape: &Shape, index: &Index) -> String {
    let key = shape.key(dialect, "", &index.name, index.stored());
    let (unique, more) = if index.unique { ("UNIQUE ", "") } else { ("", ", seq") };
    let class = dialect::literal(shape.class.as_str());
    let some = if index.is_sparse() { format!(" AND {key} IS NOT NULL") } else { String::new() };
    // Behind the class as first column PostgreSQL would read the whole index, as it leaves out of a search what an index of some
    // of the rows says already, and SQLite would compare it before each key.
    format!(
        "CREATE {unique}INDEX {name} ON resource ({key}{more}) WHERE class = {class} AND deleted IS NULL{some}"
    )
}

/// Fills the rows of a multi-valued attribute when it is indexed for the first time.
async fn fill(session: &dyn Session, shape: &Shape, index: &Index) -> Result<()> {
    let (name, mark) = (index.rows(shape), mark(shape, index));
    if one(session, "SELECT 1 FROM rule WHERE name = ?1", &[mark.as_str().into()]).await?.is_some() {
        return Ok(());
    }
    let (attribute, sub) = index.name.rsplit_once('.').unwrap_or((&index.name, "value"));
    let dialect = session.dialect();
    let key = dialect::element(dialect, "e", sub, Stored::Text);
    let elements = dialect::elements(dialect, "r.", attribute, "e");
    let sql = format!(
        "INSERT INTO lookup (name, key, seq) SELECT DISTINCT {}, {key}, r.seq FROM resource r, {elements} \
         WHERE r.class = {} AND {key} IS NOT NULL ON CONFLICT DO NOTHING",
        dialect::literal(&name),
        dialect::literal(shape.class.as_str()),
    );
    session.script(&sql).await?;
    let params: [Param<'_>; 1] = [mark.into()];
    session.execute("INSERT INTO rule (name, rule) VALUES (?1, 'filled')", &params).await.map(drop)
}

/// Takes the marks from rows of `lookup` that another program fills and this one does not, so that the other one fills in what
/// is missing when it comes back.
async fn foreign_rows(session: &dyn Session, shapes: &Shapes) -> Result<()> {
    let indexes = shapes.iter().flat_map(|shape| shape.indexes.iter().map(move |index| (shape, index)));
    let known: BTreeSet<String> =
        indexes.filter(|(_, index)| index.multi).map(|(shape, index)| mark(shape, index)).collect();
    for mut row in session.query("SELECT name FROM rule WHERE rule = 'filled'", &[]).await? {
        let name = row.text(0)?;
        if !known.contains(&name) {
            session.execute("DELETE FROM rule WHERE name = ?1", &[name.into()]).await?;
        }
    }
    Ok(())
}

/// What stands in `rule` once an index has its rows.
fn mark(shape: &Shape, index: &Index) -> String {
    format!("{} rows", index.rows(shape))
}

async fn names(session: &dyn Session, kind: &str) -> Result<Vec<String>> {
    let sql = match (session.dialect(), kind) {
        (Dialect::Postgres, "table") => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
        }
        (Dialect::Postgres, _) => {
            "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()"
        }
        (_, "table") => "SELECT name FROM sqlite_master WHERE type = 'table'",
        _ => "SELECT name FROM sqlite_master WHERE type = 'index'",
    };
    let rows = session.query(sql, &[]).await?;
    rows.into_iter().map(|mut row| row.text(0)).collect()
}

fn refused(detail: impl Into<String>) -> Fault {
    Fault::Database { temporary: false, detail: detail.into() }
}
