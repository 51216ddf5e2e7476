use tenure_connector::{
    Certainty, ConnectorError, EntitlementRef, ErrorKind, ObjectClass, ObjectRef, Outcome, Result,
};

use crate::connector::SqlConnector;
use crate::db::{Param, Session, Sql};
use crate::error::unfit;
use crate::layout::{Found, Links};
use crate::read::{Wanted, linked};

impl SqlConnector {
    pub(super) async fn grant(
        &self,
        session: &mut dyn Session,
        user: &Found,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(group) = self.group(session, entitlement).await? else {
            return Err(ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no group `{}`, neither as an id nor as a name", entitlement.id)));
        };
        let (links, user, group) = self.ends(user, &group)?;
        if linked(session, links, &user, &group).await? {
            return Ok(Outcome::already_so());
        }
        let mut sql = Sql::new(session.dialect(), "INSERT INTO ");
        sql.name(&links.table).push(" (").column(&links.user).push(", ").column(&links.group);
        for (column, _) in &links.fixed {
            sql.push(", ").column(column);
        }
        sql.push(") VALUES (").bind(user).push(", ").bind(group);
        for (_, mark) in &links.fixed {
            sql.push(", ").bind(mark.param());
        }
        sql.push(")");
        match session.execute(&sql).await {
            // Someone else was faster; the transaction is undone.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Outcome::already_so()),
            done => done.map(|_| Outcome::done(true)),
        }
    }

    pub(super) async fn revoke(
        &self,
        session: &mut dyn Session,
        user: &Found,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(group) = self.group(session, entitlement).await? else { return Ok(Outcome::already_gone()) };
        let (links, user, group) = self.ends(user, &group)?;
        if !linked(session, links, &user, &group).await? {
            return Ok(Outcome::already_gone());
        }
        let mut sql = Sql::new(session.dialect(), "DELETE FROM ");
        sql.name(&links.table).push(" WHERE ").column(&links.user).push(" = ").bind(user);
        sql.push(" AND ").column(&links.group).push(" = ").bind(group);
        for (column, mark) in &links.fixed {
            sql.push(" AND ");
            mark.condition(column, &mut sql);
        }
        session.execute(&sql).await?;
        Ok(Outcome::done(true))
    }

    fn ends(&self, user: &Found, group: &Found) -> Result<(&Links, Param, Param)> {
        let found = self.links.as_ref().zip(self.groups.as_ref()).and_then(|(links, groups)| {
            Some((links, self.users.key_of(&user.id)?, groups.key_of(&group.id)?))
        });
        found.ok_or_else(|| unfit("expected the keys of an account and a group"))
    }

    /// A group by its id or its name.
    async fn group(&self, session: &mut dyn Session, entitlement: &EntitlementRef) -> Result<Option<Found>> {
        if entitlement.kind != "group" {
            return Ok(None);
        }
        let by_id = ObjectRef::new(ObjectClass::GROUP, &entitlement.id);
        if let Some(found) = self.find(session, &by_id, Wanted::default()).await? {
            return Ok(Some(found));
        }
        let by_name = ObjectRef::by(ObjectClass::GROUP, ObjectRef::DISPLAY_NAME, &entitlement.id);
        self.find(session, &by_name, Wanted::default()).await
    }
}
