use tenure_connector::{
    Certainty, ConnectorError, EntitlementRef, ErrorKind, MemberPatch, ObjectClass, ObjectRef, Outcome,
    Result,
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
        let (links, user, group) = self.ends(&user.id, &group.id)?;
        match link(session, links, user, group).await {
            // Someone else was faster; the transaction is undone.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Outcome::already_so()),
            Ok(false) => Ok(Outcome::already_so()),
            done => done.map(Outcome::done),
        }
    }

    pub(super) async fn revoke(
        &self,
        session: &mut dyn Session,
        user: &Found,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(group) = self.group(session, entitlement).await? else { return Ok(Outcome::already_gone()) };
        let (links, user, group) = self.ends(&user.id, &group.id)?;
        Ok(if unlink(session, links, user, group).await? {
            Outcome::done(true)
        } else {
            Outcome::already_gone()
        })
    }

    /// Carries out what a patch says of the members of a group; tells whether anything changed.
    pub(super) async fn change_members(
        &self,
        session: &mut dyn Session,
        group: &str,
        patch: &MemberPatch,
    ) -> Result<bool> {
        let mut remove = patch.remove.clone();
        if patch.all {
            let now = self.members(session, group).await?;
            remove.extend(now.into_iter().filter(|id| !patch.add.contains(id)));
        }
        let mut changed = false;
        for id in &remove {
            // Who has no account is in no group.
            if let Ok((links, user, group)) = self.ends(id, group) {
                changed |= unlink(session, links, user, group).await?;
            }
        }
        for id in &patch.add {
            let account = ObjectRef::new(ObjectClass::USER, id.as_str());
            let known = self.find(session, &account, Wanted::default()).await?;
            let known = known
                .ok_or_else(|| ConnectorError::invalid_input("members", format!("no account `{id}`")))?;
            let (links, user, group) = self.ends(&known.id, group)?;
            changed |= link(session, links, user, group).await?;
        }
        Ok(changed)
    }

    fn ends(&self, user: &str, group: &str) -> Result<(&Links, Param, Param)> {
        let found = self
            .links
            .as_ref()
            .zip(self.groups.as_ref())
            .and_then(|(links, groups)| Some((links, self.users.key_of(user)?, groups.key_of(group)?)));
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

/// Makes an account a member; false when it is one.
async fn link(session: &mut dyn Session, links: &Links, user: Param, group: Param) -> Result<bool> {
    if linked(session, links, &user, &group).await? {
        return Ok(false);
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
    session.execute(&sql).await?;
    Ok(true)
}

/// Makes an account no member; false when it is none.
async fn unlink(session: &mut dyn Session, links: &Links, user: Param, group: Param) -> Result<bool> {
    if !linked(session, links, &user, &group).await? {
        return Ok(false);
    }
    let mut sql = Sql::new(session.dialect(), "DELETE FROM ");
    sql.name(&links.table).push(" WHERE ").column(&links.user).push(" = ").bind(user);
    sql.push(" AND ").column(&links.group).push(" = ").bind(group);
    for (column, mark) in &links.fixed {
        sql.push(" AND ");
        mark.condition(column, &mut sql);
    }
    session.execute(&sql).await?;
    Ok(true)
}
