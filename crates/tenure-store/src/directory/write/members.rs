//! Members as rows: adding one to a group of a million writes one row.

use rusqlite::params;
use serde_json::Value;
use tenure_connector::ErrorKind;
use tenure_scim::Resource;

use super::Write;
use crate::directory::error::{Result, refused};
use crate::directory::row;

/// One element of `members`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    value: String,
    kind: Option<String>,
    shown: Option<String>,
}

impl Member {
    /// Reads an element. A missing `value` is the caller's mistake.
    pub(super) fn read(value: &Value) -> Result<Self> {
        let text = |name: &str| {
            let object = value.as_object()?;
            object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .and_then(|(_, value)| value.as_str())
        };
        let id = text("value").filter(|id| !id.is_empty()).ok_or_else(|| {
            refused(ErrorKind::InvalidInput, "expected a `value` in each element of `members`".to_owned())
        })?;
        Ok(Self {
            value: id.to_owned(),
            kind: text("type").map(str::to_owned),
            shown: text("display").map(str::to_owned),
        })
    }

    /// Names a member by its id.
    pub(super) fn of(id: &str) -> Self {
        Self { value: id.to_owned(), kind: None, shown: None }
    }
}

/// The members that a resource lists.
pub(super) fn listed(resource: &Resource) -> Vec<Member> {
    let elements = resource.attr("members").and_then(|members| members.as_array());
    elements
        .into_iter()
        .flat_map(|elements| elements.iter().map(|element| element.to_json()).collect::<Vec<_>>())
        .filter_map(|element| Member::read(&element).ok())
        .collect()
}

impl Write<'_> {
    /// Adds those that are not there. Returns whether there was one.
    pub(super) fn add_members(&self, owner: i64, members: &[Member]) -> Result<bool> {
        let mut added = 0;
        let mut statement = self.connection.prepare_cached(
            "insert or ignore into member (owner, value, kind, shown) values (?1, ?2, ?3, ?4)",
        )?;
        for member in members {
            added += statement.execute(params![owner, member.value, member.kind, member.shown])?;
        }
        Ok(added > 0)
    }

    /// Removes those that are there. Returns whether there was one.
    pub(super) fn remove_members(&self, owner: i64, members: &[Member]) -> Result<bool> {
        let mut removed = 0;
        let mut statement =
            self.connection.prepare_cached("delete from member where owner = ?1 and value = ?2")?;
        for member in members {
            removed += statement.execute(params![owner, member.value])?;
        }
        Ok(removed > 0)
    }

    /// Leaves exactly these members. Returns whether that is a change.
    pub(super) fn replace_members(&self, owner: i64, members: &[Member]) -> Result<bool> {
        let before = row::members(self.connection, owner)?;
        let keep: std::collections::BTreeSet<&str> =
            members.iter().map(|member| member.value.as_str()).collect();
        let gone: Vec<Member> = before
            .iter()
            .filter_map(|element| element.get("value").and_then(Value::as_str))
            .filter(|id| !keep.contains(id))
            .map(Member::of)
            .collect();
        let removed = self.remove_members(owner, &gone)?;
        let added = self.add_members(owner, members)?;
        Ok(removed || added)
    }

    /// Takes a resource out of every group, and returns the rows of those groups.
    pub(super) fn leave_all(&self, id: &str) -> Result<Vec<i64>> {
        let mut statement =
            self.connection.prepare_cached("delete from member where value = ?1 returning owner")?;
        let owners = statement.query_map([id], |row| row.get(0))?;
        Ok(owners.collect::<rusqlite::Result<_>>()?)
    }
}
