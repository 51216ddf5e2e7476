use tenure_connector::{
    AccountStatus, Certainty, ConnectorError, ErrorKind, IdempotencyKey, MemberPatch, ObjectClass, Outcome,
    Result, check_shape,
};
use tenure_scim::{Resource, ValueRef};
use uuid::Uuid;

use super::update::changed_attributes;
use crate::config::MadeBy;
use crate::connector::SqlConnector;
use crate::db::{Dialect, Param, Session, Sql};
use crate::error::unfit;
use crate::layout::{Mark, Rows};
use crate::read::{Wanted, by_id};

impl SqlConnector {
    pub(super) async fn create(
        &self,
        session: &mut dyn Session,
        key: &IdempotencyKey,
        class: &ObjectClass,
        resource: &Resource,
    ) -> Result<Outcome> {
        let rows = self.rows(class)?;
        check_shape(resource, self.compiled(class)?)?;
        let id = (rows.made_by == MadeBy::Uuid).then(|| made_from(key, rows));
        if let Some(id) = &id
            && let Some(before) =
                by_id(session, rows, id, &Wanted { deleted: true, ..Wanted::default() }).await?
        {
            return Ok(Outcome::already_so()
                .with_object(before.reference(rows))
                .with_version(before.version));
        }
        self.refuse_taken(session, rows, resource, None).await?;
        let mut sql = Sql::new(session.dialect(), "INSERT INTO ");
        sql.name(&rows.table).push(" (");
        let mut params = Vec::new();
        let mut column = |sql: &mut Sql, name: &str, param: Param| {
            sql.push(if params.is_empty() { "" } else { ", " }).column(name);
            params.push(param);
        };
        if let Some(id) = &id {
            column(&mut sql, &rows.key, Param::Text(id.clone()));
        }
        for (slot, value) in rows.slots.iter().zip(rows.values(sql.dialect, resource)?) {
            // What is not given is the table's own to decide.
            if value != Param::Null {
                column(&mut sql, &slot.column, value);
            }
        }
        if let Some(states) = &rows.status {
            let active = resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true);
            let status = if active { AccountStatus::Active } else { AccountStatus::Disabled };
            column(&mut sql, &states.column, states.write(status).1);
        }
        if let Some(deleted) = &rows.deleted {
            column(&mut sql, &deleted.column, deleted.live.param());
        }
        if let Some(version) = &rows.version {
            column(&mut sql, version, Param::Int(1));
        }
        for moment in [&rows.created, &rows.modified].into_iter().flatten() {
            column(&mut sql, moment, Param::Now);
        }
        for (name, mark) in &rows.fixed {
            column(&mut sql, name, mark.param());
        }
        sql.push(") VALUES (");
        for (n, param) in params.into_iter().enumerate() {
            sql.push(if n == 0 { "" } else { ", " }).bind(param);
        }
        sql.push(")");
        let id = match id {
            Some(id) => {
                session.execute(&sql).await.map_err(|error| taken(rows, error))?;
                id
            }
            None => insert(session, rows, sql).await.map_err(|error| taken(rows, error))?,
        };
        // What the table made of it: defaults, triggers, other spellings.
        let found = by_id(session, rows, &id, &Wanted::default()).await?;
        let found = found
            .ok_or_else(|| unfit(format!("the new row `{id}` of `{}` cannot be read back", rows.class)))?;
        if *class == ObjectClass::GROUP && self.links.is_some() {
            let members = MemberPatch { add: MemberPatch::listed(resource)?, ..MemberPatch::default() };
            self.change_members(session, &found.id, &members).await?;
        }
        let outcome = Outcome::done(true).with_object(found.reference(rows)).with_version(&*found.version);
        Ok(match changed_attributes(rows, resource, &found.resource) {
            Some(effect) => outcome.with_effect(effect),
            None => outcome,
        })
    }

    /// A table need not have a unique column.
    pub(super) async fn refuse_taken(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        resource: &Resource,
        own: Option<&str>,
    ) -> Result<()> {
        let Some(name) = resource.text(rows.naming()) else { return Ok(()) };
        let found = self.by_attribute(session, rows, rows.naming(), name, Wanted::default()).await?;
        match found.filter(|found| Some(found.id.as_str()) != own) {
            None => Ok(()),
            Some(other) => Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                .with_detail(format!("`{}` `{name}` is taken by `{}`", rows.naming(), other.id))
                .with_attribute(rows.naming())
                .with_conflicting(other.reference(rows))),
        }
    }
}

/// Inserts a row whose key the database makes.
async fn insert(session: &mut dyn Session, rows: &Rows, mut sql: Sql) -> Result<String> {
    let made = if sql.dialect == Dialect::Mysql {
        session.execute(&sql).await?
    } else {
        sql.push(" RETURNING ").shown(&rows.key);
        session.query(&sql).await?.into_iter().flatten().flatten().next()
    };
    made.ok_or_else(|| unfit(format!("expected the database to make a key in `{}`, found none", rows.key)))
}

pub(super) fn taken(rows: &Rows, error: ConnectorError) -> ConnectorError {
    if error.kind() == ErrorKind::AlreadyExists && rows.deleted.is_some() {
        return error.with_help("a deleted row may still hold the value; restore it, or delete it for good");
    }
    error
}

/// The same key makes the same row.
fn made_from(key: &IdempotencyKey, rows: &Rows) -> String {
    let fixed: Vec<_> = rows.fixed.iter().map(|(name, mark)| format!("{name}={}", text(mark))).collect();
    let name = format!("{}/{}/{}/{key}", rows.class, rows.table.join("."), fixed.join("&"));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

fn text(mark: &Mark) -> String {
    format!("{:?}", mark.param())
}
