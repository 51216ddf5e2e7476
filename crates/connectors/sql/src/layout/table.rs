use std::collections::BTreeMap;

use serde_json::Value;
use tenure_connector::{AccountStatus, ObjectClass, Result};

use super::{Mark, Slot};
use crate::config::{KeyKind, MadeBy, Memberships, Status, Table};
use crate::db::{Dialect, Param, Sql};
use crate::error::wrong;

/// The rows of a class.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) class: ObjectClass,
    pub(crate) table: Vec<String>,
    pub(crate) key: String,
    pub(crate) key_kind: KeyKind,
    pub(crate) made_by: MadeBy,
    pub(crate) slots: Vec<Slot>,
    pub(crate) status: Option<States>,
    pub(crate) deleted: Option<Deleted>,
    pub(crate) version: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) last_login: Option<String>,
    pub(crate) fixed: Vec<(String, Mark)>,
}

/// What the status column holds in which state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct States {
    pub(crate) column: String,
    pub(crate) active: Mark,
    others: Vec<(AccountStatus, Mark)>,
}

/// What tells a deleted row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deleted {
    pub(crate) column: String,
    pub(crate) live: Mark,
    pub(crate) gone: Mark,
}

/// The table of the memberships.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    pub(crate) table: Vec<String>,
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) fixed: Vec<(String, Mark)>,
}

impl Rows {
    pub(crate) fn new(class: ObjectClass, table: &Table) -> Result<Self> {
        let slots = table.columns.iter().map(|(scim, column)| Slot::new(class.as_str(), scim, column));
        let kind = table.key.kind.unwrap_or(match table.key.made_by {
            MadeBy::Database => KeyKind::Integer,
            MadeBy::Uuid => KeyKind::Text,
        });
        if (table.key.made_by, kind) == (MadeBy::Uuid, KeyKind::Integer) {
            return Err(wrong(format!(
                "the key `{}` cannot hold a UUID: it is a whole number",
                table.key.column
            )));
        }
        let deleted = table.deleted.as_ref().map(|deletion| {
            let (live, gone) = (Mark::new(&deletion.live)?, Mark::new(&deletion.gone)?);
            Ok::<_, tenure_connector::ConnectorError>(Deleted { column: deletion.column.clone(), live, gone })
        });
        let rows = Self {
            table: names_of(&table.table)?,
            key: table.key.column.clone(),
            key_kind: kind,
            made_by: table.key.made_by,
            slots: slots.collect::<Result<_>>()?,
            status: table.status.as_ref().map(States::new).transpose()?,
            deleted: deleted.transpose()?,
            version: table.version.clone(),
            created: table.created.clone(),
            modified: table.modified.clone(),
            last_login: table.last_login.clone(),
            fixed: fixed(&table.fixed)?,
            class,
        };
        rows.sound()?;
        Ok(rows)
    }

    fn sound(&self) -> Result<()> {
        let naming = self.naming();
        if !self.slots.iter().any(|slot| slot.path.to_string() == naming) {
            return Err(wrong(format!("expected a column for `{naming}` of `{}`, found none", self.class)));
        }
        let mut seen = Vec::new();
        for column in self.columns().into_iter().chain(self.fixed.iter().map(|(name, _)| name)) {
            if column.is_empty() || column.contains('\0') {
                return Err(wrong(format!("expected the name of a column, found `{column}`")));
            }
            if seen.contains(&column) {
                return Err(wrong(format!("the column `{column}` stands for two things")));
            }
            seen.push(column);
        }
        Ok(())
    }

    /// The attribute that names an object.
    pub(crate) fn naming(&self) -> &'static str {
        if self.class == ObjectClass::USER { "userName" } else { "displayName" }
    }

    /// What is read of each row, in order.
    pub(crate) fn columns(&self) -> Vec<&String> {
        let mut columns = vec![&self.key];
        columns.extend(self.slots.iter().map(|slot| &slot.column));
        columns.extend(self.status.as_ref().map(|status| &status.column));
        columns.extend(self.deleted.as_ref().map(|deleted| &deleted.column));
        let more = [&self.version, &self.created, &self.modified, &self.last_login];
        columns.extend(more.into_iter().flatten());
        columns
    }

    /// Begins a statement that reads rows of ours, to which conditions can be added. With `deleted` those that are kept
    /// after their deletion come, too.
    pub(crate) fn select(&self, dialect: Dialect, deleted: bool) -> Sql {
        let mut sql = Sql::new(dialect, "SELECT ");
        for (n, column) in self.columns().into_iter().enumerate() {
            sql.push(if n == 0 { "" } else { ", " }).shown(column);
        }
        sql.push(" FROM ").name(&self.table).push(" WHERE 1 = 1");
        self.ours(&mut sql, deleted);
        sql
    }

    /// Adds the conditions that tell rows of ours.
    pub(crate) fn ours(&self, sql: &mut Sql, deleted: bool) {
        for (column, mark) in &self.fixed {
            sql.push(" AND ");
            mark.condition(column, sql);
        }
        if let Some(kept) = self.deleted.as_ref().filter(|_| !deleted) {
            sql.push(" AND ");
            kept.live.condition(&kept.column, sql);
        }
    }

    /// The id as the value of the key column; nothing when no row can have it.
    pub(crate) fn key_of(&self, id: &str) -> Option<Param> {
        match self.key_kind {
            KeyKind::Integer => id.parse().ok().map(Param::Int),
            KeyKind::Text => Some(Param::Text(id.to_owned())),
        }
    }
}

impl States {
    fn new(status: &Status) -> Result<Self> {
        let mut others = vec![(AccountStatus::Disabled, Mark::new(&status.disabled)?)];
        for (state, value) in
            [(AccountStatus::Suspended, &status.suspended), (AccountStatus::Archived, &status.archived)]
        {
            if let Some(value) = value {
                others.push((state, Mark::new(value)?));
            }
        }
        let active = Mark::new(&status.active)?;
        if others.iter().any(|(_, mark)| *mark == active) {
            return Err(wrong(format!(
                "`{}` does not tell an active account from another one",
                status.column
            )));
        }
        Ok(Self { column: status.column.clone(), active, others })
    }

    /// The status that a cell tells. What the configuration does not know is no working account.
    pub(crate) fn read(&self, cell: Option<&str>) -> AccountStatus {
        // What stands for any value is asked last.
        let other = |any: bool| {
            let mut others = self.others.iter().filter(move |(_, mark)| (*mark == Mark::Now) == any);
            others.find(|(_, mark)| mark.matches(cell)).map(|(state, _)| *state)
        };
        let exact = self.active != Mark::Now && self.active.matches(cell);
        match (exact, other(false)) {
            (true, _) => AccountStatus::Active,
            (_, Some(state)) => state,
            _ if self.active.matches(cell) => AccountStatus::Active,
            _ => other(true).unwrap_or(AccountStatus::Disabled),
        }
    }

    /// What is written for a status, and the status that it then has.
    pub(crate) fn write(&self, status: AccountStatus) -> (AccountStatus, Param) {
        if status.is_active() {
            return (AccountStatus::Active, self.active.param());
        }
        let own = self.others.iter().find(|(state, _)| *state == status).or(self.others.first());
        own.map_or((AccountStatus::Disabled, Param::Null), |(state, mark)| (*state, mark.param()))
    }
}

impl Mark {
    /// Adds the condition that a column is in this state.
    pub(crate) fn condition(&self, column: &str, sql: &mut Sql) {
        sql.column(column);
        match self {
            Self::Nothing => sql.push(" IS NULL"),
            Self::Now => sql.push(" IS NOT NULL"),
            Self::Is(param) => sql.push(" = ").bind(param.clone()),
        };
    }
}

impl Links {
    pub(crate) fn new(memberships: &Memberships) -> Result<Self> {
        Ok(Self {
            table: names_of(&memberships.table)?,
            user: memberships.user.clone(),
            group: memberships.group.clone(),
            fixed: fixed(&memberships.fixed)?,
        })
    }
}

fn fixed(values: &BTreeMap<String, Value>) -> Result<Vec<(String, Mark)>> {
    values.iter().map(|(column, value)| Ok((column.clone(), Mark::new(value)?))).collect()
}

/// The parts of `schema.table`.
fn names_of(table: &str) -> Result<Vec<String>> {
    let parts: Vec<_> = table.split('.').map(str::to_owned).collect();
    if parts.iter().any(|part| part.is_empty() || part.contains('\0')) || parts.len() > 3 {
        return Err(wrong(format!("expected the name of a table, found `{table}`")));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_is_read_as_it_was_written() {
        let read = |status: Value, cell: Option<&str>| {
            States::new(&serde_json::from_value(status).unwrap()).unwrap().read(cell)
        };
        let words = json!({ "column": "s", "active": "on", "disabled": "off", "suspended": "paused" });
        assert_eq!(read(words.clone(), Some("on")), AccountStatus::Active);
        assert_eq!(read(words.clone(), Some("paused")), AccountStatus::Suspended);
        assert_eq!(read(words.clone(), Some("strange")), AccountStatus::Disabled);
        assert_eq!(read(words, None), AccountStatus::Disabled);
        let since = json!({ "column": "s", "active": null, "disabled": "now()" });
        assert_eq!(read(since.clone(), None), AccountStatus::Active);
        assert_eq!(read(since, Some("2026-01-01")), AccountStatus::Disabled);
        let until = json!({ "column": "s", "active": "now()", "disabled": null });
        assert_eq!(read(until.clone(), Some("2026-01-01")), AccountStatus::Active);
        assert_eq!(read(until, None), AccountStatus::Disabled);
        let same = json!({ "column": "s", "active": 1, "disabled": 1 });
        assert!(States::new(&serde_json::from_value(same).unwrap()).is_err());
    }

    #[test]
    fn a_column_stands_for_one_thing() {
        let table = |json: Value| Rows::new(ObjectClass::USER, &serde_json::from_value(json).unwrap());
        let key = json!({ "column": "id", "made_by": "database" });
        assert!(table(json!({ "table": "t", "key": key, "columns": { "userName": "login" } })).is_ok());
        for (columns, version) in [
            (json!({ "userName": "id" }), "v"),
            (json!({ "userName": "login" }), "login"),
            (json!({ "title": "t" }), "v"),
        ] {
            assert!(
                table(json!({ "table": "t", "key": key, "columns": columns, "version": version })).is_err()
            );
        }
        assert!(table(json!({ "table": "a..b", "key": key, "columns": { "userName": "login" } })).is_err());
    }
}
