use tenure_connector::{
    Certainty, ConnectorError, EntitlementRef, ErrorKind, ObjectClass, ObjectRef, Outcome, Result,
};

use crate::connector::LdapConnector;
use crate::session::Session;

impl LdapConnector {
    pub(super) async fn grant(
        &self,
        session: &Session,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let account =
            self.account(session, object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        let group = self.group(session, entitlement).await?.ok_or_else(|| {
            ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no group `{}`, neither as an id nor as a name", entitlement.id))
        })?;
        match self.put_member(session, &group, &account).await? {
            true => Ok(Outcome::done(true)),
            false => Ok(Outcome::already_so()),
        }
    }

    pub(super) async fn revoke(
        &self,
        session: &Session,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(account) = self.account(session, object).await? else { return Ok(Outcome::already_gone()) };
        let Some(group) = self.group(session, entitlement).await? else { return Ok(Outcome::already_gone()) };
        if self.drop_member(session, &group, &account).await? {
            return Ok(Outcome::done(true));
        }
        // An account that was renamed since is in the group by its new name.
        match self.account(session, object).await? {
            Some(now) if now != account && self.drop_member(session, &group, &now).await? => {
                Ok(Outcome::done(true))
            }
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn account(&self, session: &Session, object: &ObjectRef) -> Result<Option<String>> {
        if object.class != ObjectClass::USER {
            let detail = format!("expected an account to be a member, found `{object}`");
            return Err(ConnectorError::invalid_input("object", detail));
        }
        Ok(self.find(session, object, self.model.identity()).await?.map(|entry| entry.dn))
    }

    /// The name of a group, by its id or by what it is called.
    async fn group(&self, session: &Session, entitlement: &EntitlementRef) -> Result<Option<String>> {
        if entitlement.kind != "group" {
            return Ok(None);
        }
        if let Some(dn) = self.dn_of(session, &ObjectClass::GROUP, &entitlement.id).await? {
            return Ok(Some(dn));
        }
        let named = ObjectRef::by(ObjectClass::GROUP, ObjectRef::DISPLAY_NAME, &entitlement.id);
        Ok(self.find(session, &named, self.model.identity()).await?.map(|entry| entry.dn))
    }
}
