//! Memberships, in the order of both keys.

use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{EntitlementRef, Object, Result};
use tenure_scim::{CompareOp, Filter, Literal};

use crate::connector::SqlConnector;
use crate::db::{Param, Row, Session, Sql};
use crate::error::unfit;
use crate::layout::{Links, Rows};

impl SqlConnector {
    /// The memberships behind a pair of keys.
    pub(super) async fn grants(
        &self,
        session: &mut dyn Session,
        filter: Option<&Filter>,
        after: Option<&(String, String)>,
        limit: usize,
    ) -> Result<Vec<(String, String)>> {
        let Some((links, groups)) = self.links.as_ref().zip(self.groups.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut sql = begin(session, links, &self.users, groups);
        if let Some((user, group)) = after {
            let (Some(user), Some(group)) = (self.users.key_of(user), groups.key_of(group)) else {
                return Ok(Vec::new());
            };
            // In a form that an index on both columns serves everywhere.
            sql.push(" AND m.").column(&links.user).push(" >= ").bind(user.clone());
            sql.push(" AND (m.").column(&links.user).push(" > ").bind(user);
            sql.push(" OR m.").column(&links.group).push(" > ").bind(group).push(")");
        }
        if let Some(filter) = filter
            && !narrow(links, &self.users, groups, filter, &mut sql)
        {
            return Ok(Vec::new());
        }
        sql.push(" ORDER BY m.").column(&links.user).push(", m.").column(&links.group);
        sql.push(&format!(" LIMIT {limit}"));
        session.query(&sql).await?.into_iter().map(pair).collect()
    }

    pub(super) async fn read_grant(&self, session: &mut dyn Session, id: &str) -> Result<Option<Object>> {
        let (Some((user, group)), Some(groups), Some(links)) = (grant_ids(id), &self.groups, &self.links)
        else {
            return Ok(None);
        };
        let (Some(user_key), Some(group_key)) = (self.users.key_of(user), groups.key_of(group)) else {
            return Ok(None);
        };
        let mut sql = begin(session, links, &self.users, groups);
        sql.push(" AND m.").column(&links.user).push(" = ").bind(user_key);
        sql.push(" AND m.").column(&links.group).push(" = ").bind(group_key);
        let found = session.query(&sql).await?.into_iter().map(pair).collect::<Result<Vec<_>>>()?;
        let exact = found.into_iter().find(|(one, other)| (one.as_str(), other.as_str()) == (user, group));
        Ok(exact.map(|(user, group)| grant(user, group)))
    }
}

impl SqlConnector {
    /// The ids of the accounts in a group, in their order.
    pub(crate) async fn members(&self, session: &mut dyn Session, group: &str) -> Result<Vec<String>> {
        let Some((links, groups)) = self.links.as_ref().zip(self.groups.as_ref()) else {
            return Ok(Vec::new());
        };
        let Some(key) = groups.key_of(group) else { return Ok(Vec::new()) };
        let mut sql = begin(session, links, &self.users, groups);
        sql.push(" AND m.").column(&links.group).push(" = ").bind(key);
        sql.push(" ORDER BY m.").column(&links.user);
        let found = session.query(&sql).await?.into_iter().map(pair).collect::<Result<Vec<_>>>()?;
        Ok(found.into_iter().filter(|(_, other)| other == group).map(|(user, _)| user).collect())
    }
}

/// Reads memberships whose account and group both count.
fn begin(session: &dyn Session, links: &Links, users: &Rows, groups: &Rows) -> Sql {
    let mut sql = Sql::new(session.dialect(), "SELECT ");
    let show = |sql: &mut Sql, of: &str, column: &str| {
        let mut name = Sql::new(sql.dialect, of);
        name.column(column);
        let cast = sql.dialect == crate::db::Dialect::Postgres;
        sql.push(&if cast { format!("CAST({} AS text)", name.text) } else { name.text });
    };
    show(&mut sql, "m.", &links.user);
    sql.push(", ");
    show(&mut sql, "m.", &links.group);
    sql.push(" FROM ").name(&links.table).push(" m WHERE 1 = 1");
    for (column, mark) in &links.fixed {
        sql.push(" AND m.");
        mark.condition(column, &mut sql);
    }
    for (rows, column) in [(users, &links.user), (groups, &links.group)] {
        sql.push(" AND EXISTS (SELECT 1 FROM ").name(&rows.table).push(" WHERE ");
        sql.name(&rows.table).push(".").column(&rows.key).push(" = m.").column(column);
        rows.ours(&mut sql, false);
        sql.push(")");
    }
    sql
}

/// Adds what the keys decide of a filter; false when no membership can match.
fn narrow(links: &Links, users: &Rows, groups: &Rows, filter: &Filter, sql: &mut Sql) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| narrow(links, users, groups, part, sql)),
        Filter::Compare(comparison) if comparison.op == CompareOp::Eq => {
            let name = comparison.path.name().as_str().to_ascii_lowercase();
            let of = match name.as_str() {
                "principal" => Some((&links.user, users)),
                "value" => Some((&links.group, groups)),
                _ => None,
            };
            let (Some((column, rows)), Literal::String(id)) = (of, &comparison.value) else { return true };
            let Some(key) = rows.key_of(id) else { return false };
            sql.push(" AND m.").column(column).push(" = ").bind(key);
            true
        }
        _ => true,
    }
}

fn pair(row: Row) -> Result<(String, String)> {
    match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(user), Some(group)]) => Ok((user, group)),
        _ => Err(unfit("expected two keys in a membership, found less")),
    }
}

pub(crate) fn grant(user: String, group: String) -> Object {
    Object::from(&GrantRecord::new(user, EntitlementRef::new("group", group)))
}

/// The keys in the id of a grant.
pub(crate) fn grant_ids(id: &str) -> Option<(&str, &str)> {
    id.split_once("/group:")
}

/// Whether a membership is there.
pub(crate) async fn linked(
    session: &mut dyn Session,
    links: &Links,
    user: &Param,
    group: &Param,
) -> Result<bool> {
    let mut sql = Sql::new(session.dialect(), "SELECT 'x' FROM ");
    sql.name(&links.table).push(" WHERE ").column(&links.user).push(" = ").bind(user.clone());
    sql.push(" AND ").column(&links.group).push(" = ").bind(group.clone());
    for (column, mark) in &links.fixed {
        sql.push(" AND ");
        mark.condition(column, &mut sql);
    }
    Ok(!session.query(&sql).await?.is_empty())
}
