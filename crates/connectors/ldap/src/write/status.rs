use tenure_connector::{ConnectorError, ObjectRef, Outcome, Result, Version};

use super::gone_meanwhile;
use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::session::Session;
use crate::status::{changed_meanwhile, changes, is_active};
use crate::{Disable, code};

impl LdapConnector {
    pub(super) async fn set_status(
        &self,
        session: &Session,
        object: &ObjectRef,
        active: bool,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let Some(entry) = self.expected(session, object, expected).await? else {
            return match active {
                true => Err(ConnectorError::not_found(object)),
                false => Ok(Outcome::already_gone()),
            };
        };
        if is_active(&self.model.dialect.disable, &entry) == Some(active) {
            return Ok(Outcome::already_so());
        }
        let dn = match self.place_of_status(&entry, active) {
            Some(parent) => self.place(session, &entry.dn, None, Some(parent)).await?,
            None => {
                let changes = changes(&self.model.dialect.disable, &entry, active)?;
                let answer = session.modify(&entry.dn, changes, self.assertion(expected)?).await?;
                match answer.rc {
                    0 => entry.dn,
                    code::NO_SUCH_OBJECT => return Err(gone_meanwhile(&entry.dn)),
                    _ if expected.is_some() => return Err(code::error("set the status", &answer)),
                    _ => return Err(changed_meanwhile(code::error("set the status", &answer))),
                }
            }
        };
        self.done(session, &object.class, &dn).await
    }

    /// Where an entry has to lie for its status, when that is what says it and it lies elsewhere.
    pub(super) fn place_of_status(&self, entry: &Entry, active: bool) -> Option<&str> {
        let Disable::MoveTo(former) = &self.model.dialect.disable else { return None };
        if is_active(&self.model.dialect.disable, entry) == Some(active) {
            return None;
        }
        Some(if active { &self.model.dialect.people.base } else { former })
    }
}
