//! Members as rows: adding one to a group of a million writes one row.

use serde_json::Value;
use tenure_connector::ErrorKind;
use tenure_scim::Resource;
use tenure_scim::precis::text_key;

use super::Write;
use crate::directory::db::{Param, Statement};
use crate::directory::error::{Result, refused};
use crate::directory::row::{self, Stored};

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
    pub(super) async fn add_members(&self, owner: i64, members: &[Member]) -> Result<bool> {
        let sql = "INSERT INTO member (owner, value, key, kind, shown, kind_key, shown_key) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (owner, value) DO NOTHING";
        let add = members.iter().map(|member| {
            let (kind, shown) = (member.kind.as_deref(), member.shown.as_deref());
            let key = |text: Option<&str>| {
                text.map_or(Param::Null, |text| Param::from(text_key(text).into_owned()))
            };
            let params = [
                owner.into(),
                member.value.as_str().into(),
                key(Some(&member.value)),
                kind.into(),
                shown.into(),
                key(kind),
                key(shown),
            ];
            Statement::new(sql, params)
        });
        Ok(self.session.execute_all(&add.collect::<Vec<_>>()).await? > 0)
    }

    /// Removes those that are there. Returns whether there was one.
    pub(super) async fn remove_members(&self, owner: i64, members: &[Member]) -> Result<bool> {
        let sql = "DELETE FROM member WHERE owner = ?1 AND value = ?2";
        let remove =
            members.iter().map(|member| Statement::new(sql, [owner.into(), member.value.as_str().into()]));
        Ok(self.session.execute_all(&remove.collect::<Vec<_>>()).await? > 0)
    }

    /// Removes all. Returns whether there was one.
    pub(super) async fn remove_all_members(&self, owner: i64) -> Result<bool> {
        Ok(self.session.execute("DELETE FROM member WHERE owner = ?1", &[owner.into()]).await? > 0)
    }

    /// Leaves exactly these members. Returns whether that is a change.
    pub(super) async fn replace_members(&self, group: &Stored, members: &[Member]) -> Result<bool> {
        let before = self.members_of(group).await?;
        let keep: std::collections::BTreeSet<&str> =
            members.iter().map(|member| member.value.as_str()).collect();
        let gone: Vec<Member> = before
            .iter()
            .filter_map(|element| element.get("value").and_then(Value::as_str))
            .filter(|id| !keep.contains(id))
            .map(Member::of)
            .collect();
        let removed = self.remove_members(group.seq, &gone).await?;
        let added = self.add_members(group.seq, members).await?;
        Ok(removed || added)
    }

    /// The members that readers see.
    pub(super) async fn members_of(&self, group: &Stored) -> Result<Vec<Value>> {
        let mut all = row::members(self.session, std::slice::from_ref(group)).await?;
        Ok(all.remove(&group.seq).unwrap_or_default())
    }

    /// The rows of the groups that a resource is in.
    pub(super) async fn groups_of(&self, id: &str) -> Result<Vec<i64>> {
        let sql = "SELECT owner FROM member WHERE key = ?1 AND value = ?1";
        let rows = self.session.query(sql, &[id.into()]).await?;
        rows.into_iter().map(|mut row| row.int(0)).collect()
    }

    /// Takes a resource out of every group, and returns the rows of those groups.
    pub(super) async fn leave_all(&self, id: &str) -> Result<Vec<i64>> {
        let sql = "DELETE FROM member WHERE key = ?1 AND value = ?1 RETURNING owner";
        let rows = self.session.query(sql, &[id.into()]).await?;
        rows.into_iter().map(|mut row| row.int(0)).collect()
    }
}
