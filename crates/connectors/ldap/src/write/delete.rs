use ldap3::controls::RawControl;
use tenure_connector::{ObjectRef, Outcome, Result, SideEffect, Version};

use crate::code;
use crate::connector::LdapConnector;
use crate::session::Session;

const NOT_ALLOWED_ON_NON_LEAF: u32 = 66;
const TREE_DELETE: &str = "1.2.840.113556.1.4.805";

impl LdapConnector {
    pub(super) async fn delete(
        &self,
        session: &Session,
        object: &ObjectRef,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let Some(entry) = self.expected(session, object, expected).await? else {
            return Ok(Outcome::already_gone());
        };
        let integrity = self.model.dialect.integrity;
        // Names first: the entry is what a repeat finds, so it goes last.
        if !integrity {
            for group in self.groups_with(session, &entry.dn).await? {
                self.drop_member(session, &group, &entry.dn).await?;
            }
        }
        let mut answer = session.delete(&entry.dn, self.assertion(expected)?).await?;
        // Active Directory hangs devices and the like below an account.
        if answer.rc == NOT_ALLOWED_ON_NON_LEAF && self.model.dialect.active_directory {
            let control = RawControl { ctype: TREE_DELETE.to_owned(), crit: true, val: None };
            answer = session.delete(&entry.dn, Some(control)).await?;
        }
        match answer.rc {
            0 => {
                if integrity {
                    self.settle(session, &entry.dn, None).await?;
                }
                Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
            }
            code::NO_SUCH_OBJECT => Err(super::gone_meanwhile(&entry.dn)),
            _ => Err(code::error("delete", &answer)),
        }
    }
}
