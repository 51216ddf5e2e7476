//! Filters as conditions of a statement.
//!
//! The database gets what it can decide, and every row that it gives is tried again here: a condition may let rows
//! through that the filter refuses, but keeps none back that it accepts.

use tenure_scim::filter::sql::{Column, ColumnMap, Kind, Mapped, Text, translate_from};
use tenure_scim::{AttrPath, CompareOp, Comparison, Filter, Literal};

use crate::db::{Dialect, KEY, Lower, Param, Sql, USER_KEY, quoted};
use crate::layout::{Mark, Rows, Slot};

/// Adds what the database can decide of a filter.
pub(crate) fn push_down(rows: &Rows, lower: Lower, filter: &Filter, sql: &mut Sql) {
    match filter {
        Filter::And(parts) => parts.iter().for_each(|part| push_down(rows, lower, part, sql)),
        Filter::Compare(comparison) if by_key(rows, comparison, sql) || by_status(rows, comparison, sql) => {}
        other => {
            let ascii = is_ascii(other);
            if !ascii && lower == Lower::Ascii {
                return;
            }
            let columns =
                Columns { rows, dialect: sql.dialect, functions: !ascii && lower == Lower::Functions };
            if let Ok(condition) = translate_from(other, &columns, sql.dialect, sql.params.len() + 1) {
                sql.push(" AND ").condition(condition);
            }
        }
    }
}

/// `id eq "..."` is the key itself, which has an index.
fn by_key(rows: &Rows, comparison: &Comparison, sql: &mut Sql) -> bool {
    match (&comparison.value, comparison.op) {
        (Literal::String(id), CompareOp::Eq) if comparison.path.to_string().eq_ignore_ascii_case("id") => {
            match rows.key_of(id) {
                Some(key) => sql.push(" AND ").column(&rows.key).push(" = ").bind(key),
                None => sql.push(" AND 1 = 0"),
            };
            true
        }
        _ => false,
    }
}

/// `active eq true` or `false`, where one value of the column decides.
fn by_status(rows: &Rows, comparison: &Comparison, sql: &mut Sql) -> bool {
    let Some(status) = &rows.status else { return false };
    match (&comparison.value, comparison.op) {
        (Literal::Bool(active), CompareOp::Eq)
            if comparison.path.to_string().eq_ignore_ascii_case("active") =>
        {
            sql.push(" AND ");
            match (&status.active, active) {
                (mark, true) => mark.condition(&status.column, sql),
                (Mark::Nothing, false) => Mark::Now.condition(&status.column, sql),
                (Mark::Now, false) => Mark::Nothing.condition(&status.column, sql),
                (Mark::Is(param), false) => {
                    sql.push("(").column(&status.column).push(" IS NULL OR ").column(&status.column);
                    sql.push(" <> ").bind(param.clone()).push(")");
                }
            }
            true
        }
        _ => false,
    }
}

fn is_ascii(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(is_ascii),
        Filter::Not(part) => is_ascii(part),
        Filter::Compare(comparison) => match &comparison.value {
            Literal::String(text) => text.is_ascii(),
            _ => true,
        },
        Filter::Element(element) => is_ascii(&element.filter),
        Filter::Present(_) => true,
    }
}

struct Columns<'a> {
    rows: &'a Rows,
    dialect: Dialect,
    /// Compares by the functions that make keys, not by `lower`.
    functions: bool,
}

impl ColumnMap for Columns<'_> {
    fn map(&self, path: &AttrPath) -> Option<Mapped> {
        let name = path.to_string();
        let time = |column: &Option<String>| match (self.dialect, column) {
            // SQLite keeps moments in whatever form they were written.
            (Dialect::Sqlite, _) | (_, None) => None,
            (dialect, Some(column)) => Some(Column::new(quoted(dialect, column), Kind::Time).into()),
        };
        match name.to_ascii_lowercase().as_str() {
            "id" => return Some(Column::text(self.exact(&self.rows.key), Text::Exact).into()),
            "meta.created" => return time(&self.rows.created),
            "meta.lastmodified" => return time(&self.rows.modified),
            _ => {}
        }
        let same = |slot: &&Slot| {
            let only = self.rows.slots.iter().filter(|other| other.path == slot.path).count() == 1;
            // The value of the only element that a row has room for.
            let value = path.sub().is_none_or(|sub| sub.as_str().eq_ignore_ascii_case("value"));
            slot.path == *path || (only && value && slot.path == path.parent())
        };
        let slot = self.rows.slots.iter().find(same)?;
        self.slot(slot).map(Mapped::from)
    }
}

impl Columns<'_> {
    fn slot(&self, slot: &Slot) -> Option<Column> {
        use tenure_scim::schema::AttributeType as Type;
        match slot.kind {
            Type::String | Type::Reference if slot.case_exact => {
                Some(Column::text(self.exact(&slot.column), Text::Exact))
            }
            Type::String | Type::Reference => {
                let user_name = slot.path.to_string() == "userName";
                let text = if user_name { Text::UserNameKey } else { Text::Key };
                Some(Column::text(self.key(&slot.column, user_name), text))
            }
            _ => None,
        }
    }

    /// An expression that is compared by code point.
    fn exact(&self, column: &str) -> String {
        let name = quoted(self.dialect, column);
        match self.dialect {
            Dialect::Mysql => format!("CAST(CONVERT({name} USING utf8mb4) AS BINARY)"),
            Dialect::Postgres => format!("CAST({name} AS text)"),
            _ => format!("{name} COLLATE BINARY"),
        }
    }

    fn key(&self, column: &str, user_name: bool) -> String {
        let name = quoted(self.dialect, column);
        match (self.dialect, self.functions) {
            (_, true) => format!("{}({name})", if user_name { USER_KEY } else { KEY }),
            (Dialect::Mysql, _) => format!("CAST(LOWER(CONVERT({name} USING utf8mb4)) AS BINARY)"),
            (Dialect::Postgres, _) => format!("lower(CAST({name} AS text))"),
            _ => format!("lower({name})"),
        }
    }
}

/// A condition on a key, for the pages after it.
pub(crate) fn after(rows: &Rows, id: &str, sql: &mut Sql) -> bool {
    let Some(key) = rows.key_of(id) else { return false };
    sql.push(" AND ").column(&rows.key).push(" > ").bind(key);
    true
}

/// A condition on a key, for one row.
pub(crate) fn keyed(rows: &Rows, key: Param, sql: &mut Sql) {
    sql.push(" AND ").column(&rows.key).push(" = ").bind(key);
}
