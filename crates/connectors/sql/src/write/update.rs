use std::collections::BTreeSet;

use tenure_connector::{
    AccountStatus, ConnectorError, MemberPatch, ObjectClass, Outcome, Result, SideEffect, check_shape,
};
use tenure_scim::{Patch, Resource, ValueRef};

use super::create::taken;
use crate::connector::SqlConnector;
use crate::db::{Param, Session, Sql};
use crate::error::unfit;
use crate::filter::keyed;
use crate::layout::{Found, Rows};
use crate::read::{Wanted, by_id};

impl SqlConnector {
    pub(super) async fn update(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        found: Found,
        patch: &Patch,
    ) -> Result<Outcome> {
        let schema = self.compiled(&rows.class)?;
        let (members, patch) = match rows.class == ObjectClass::GROUP && self.links.is_some() {
            true => MemberPatch::split(patch)?,
            false => (MemberPatch::default(), patch.clone()),
        };
        let mut wanted = found.resource.clone();
        patch.apply(&mut wanted, schema).map_err(ConnectorError::from)?;
        check_shape(&wanted, schema)?;
        let dialect = session.dialect();
        let (before, after) = (rows.values(dialect, &found.resource)?, rows.values(dialect, &wanted)?);
        let mut changes: Vec<_> = rows
            .slots
            .iter()
            .zip(before.into_iter().zip(after))
            .filter(|(_, (before, after))| before != after)
            .map(|(slot, (_, after))| (slot.column.as_str(), after))
            .collect();
        let active =
            |resource: &Resource| resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true);
        if let Some(states) = &rows.status
            && active(&found.resource) != active(&wanted)
        {
            let status = if active(&wanted) { AccountStatus::Active } else { AccountStatus::Disabled };
            changes.push((&states.column, states.write(status).1));
        }
        let moved = !members.is_empty() && self.change_members(session, &found.id, &members).await?;
        if changes.is_empty() && !moved {
            return Ok(Outcome::already_so());
        }
        if found.resource.text(rows.naming()) != wanted.text(rows.naming()) {
            self.refuse_taken(session, rows, &wanted, Some(&found.id)).await?;
        }
        let after = self.change(session, rows, &found, changes).await?;
        let outcome = Outcome::done(true).with_object(after.reference(rows)).with_version(&*after.version);
        Ok(match changed_attributes(rows, &wanted, &after.resource) {
            Some(effect) => outcome.with_effect(effect),
            None => outcome,
        })
    }

    pub(super) async fn set_status(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        found: Found,
        status: AccountStatus,
    ) -> Result<Outcome> {
        let Some(states) = &rows.status else {
            return Err(ConnectorError::unsupported(&rows.class, tenure_connector::OperationKind::SetStatus));
        };
        let (becomes, value) = states.write(status);
        if found.status == Some(becomes) {
            return Ok(Outcome::already_so());
        }
        let after = self.change(session, rows, &found, vec![(&states.column, value)]).await?;
        Ok(Outcome::done(true).with_object(after.reference(rows)).with_version(after.version))
    }

    /// Writes columns of one row, counts its version up, and reads it back. Without columns of either kind there is nothing to
    /// write.
    pub(super) async fn change(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        found: &Found,
        changes: Vec<(&str, Param)>,
    ) -> Result<Found> {
        let gone = || unfit(format!("the row `{}` of `{}` cannot be read back", found.id, rows.class));
        let mut sql = Sql::new(session.dialect(), "UPDATE ");
        sql.name(&rows.table);
        let mut before = " SET ";
        for (column, value) in changes {
            sql.push(std::mem::replace(&mut before, ", ")).column(column).push(" = ").bind(value);
        }
        if let Some(version) = &rows.version {
            sql.push(std::mem::replace(&mut before, ", "));
            sql.column(version).push(" = COALESCE(").column(version).push(", 0) + 1");
        }
        if let Some(modified) = &rows.modified {
            sql.push(std::mem::replace(&mut before, ", ")).column(modified).push(" = ").bind(Param::Now);
        }
        if before == " SET " {
            return Ok(found.clone());
        }
        sql.push(" WHERE 1 = 1");
        keyed(rows, rows.key_of(&found.id).ok_or_else(gone)?, &mut sql);
        session.execute(&sql).await.map_err(|error| taken(rows, error))?;
        by_id(session, rows, &found.id, &Wanted { deleted: true, ..Wanted::default() })
            .await?
            .ok_or_else(gone)
    }
}

/// Says which attributes came out otherwise than they were written: a trigger, a default, another spelling.
pub(super) fn changed_attributes(rows: &Rows, wanted: &Resource, after: &Resource) -> Option<SideEffect> {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for slot in &rows.slots {
        let value =
            |of: &Resource| of.get(&slot.path).map(|value| value.to_json()).filter(|value| !value.is_null());
        // Moments may be written in another way, and elements may come in another order.
        if slot.kind == tenure_scim::schema::AttributeType::String
            && same(value(wanted), value(after)).is_none()
        {
            paths.insert(slot.path.to_string());
        }
    }
    let paths: Vec<_> = paths.into_iter().collect();
    (!paths.is_empty() && rows.class != ObjectClass::GRANT).then_some(SideEffect::ChangesAttributes { paths })
}

fn same(wanted: Option<serde_json::Value>, after: Option<serde_json::Value>) -> Option<()> {
    use serde_json::Value;
    let texts = |value: Option<Value>| match value {
        Some(Value::Array(all)) => {
            let values = all.iter().map(|one| one.get("value").unwrap_or(&Value::Null).to_string());
            values.collect::<BTreeSet<_>>()
        }
        value => value.iter().map(Value::to_string).collect(),
    };
    (texts(wanted) == texts(after)).then_some(())
}
