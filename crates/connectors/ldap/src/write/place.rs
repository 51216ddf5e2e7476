//! Names and places of entries: modify DN, and the names in groups that go with it.

use std::time::Duration;

use ldap3::Mod;
use tenure_connector::{
    Certainty, ConnectorError, ErrorKind, ObjectClass, ObjectRef, Outcome, Result, Version,
};

use super::values::bytes;
use crate::connector::LdapConnector;
use crate::session::{Search, Session};
use crate::value::filter_text;
use crate::{code, dn};

/// How long the first and the last wait for the server's own integrity are, each twice the one before: 2.5 s in all.
const SETTLES_FROM: Duration = Duration::from_millis(5);
const SETTLES_TO: Duration = Duration::from_millis(1280);

impl LdapConnector {
    /// Renames an entry, moves it, or both; gives its new name.
    ///
    /// Where the server does not do it, the new name is put into the groups before and the old one is taken out after:
    /// no moment, and no crash between the steps, takes a membership away.
    pub(super) async fn place(
        &self,
        session: &Session,
        from: &str,
        name: Option<&str>,
        parent: Option<&str>,
    ) -> Result<String> {
        let first = name.unwrap_or_else(|| dn::first_part(from));
        let to = format!("{first},{}", parent.unwrap_or_else(|| dn::parent(from)));
        let integrity = self.model.dialect.integrity;
        let same = dn::key(from) == dn::key(&to);
        let groups = match integrity || same {
            true => Vec::new(),
            false => self.groups_with(session, from).await?,
        };
        for group in &groups {
            self.put_member(session, group, &to).await?;
        }
        let answer = session.rename(from, first, parent).await?;
        if answer.rc != 0 {
            for group in &groups {
                self.drop_member(session, group, &to).await?;
            }
            return Err(match answer.rc {
                // The entry was found a moment ago; what is missing is where it should go.
                code::NO_SUCH_OBJECT => {
                    let error = ConnectorError::new(ErrorKind::Conflict, Certainty::Refused);
                    error.with_detail(format!("`{from}` is gone, or there is no place `{}`", dn::parent(&to)))
                }
                _ => code::error("rename", &answer),
            });
        }
        for group in &groups {
            self.drop_member(session, group, from).await?;
        }
        if integrity && !same {
            self.settle(session, from, Some(&to)).await?;
        }
        Ok(to)
    }

    /// Waits until the server has taken a name out of the groups, or put another one in its place; what it has not done
    /// in time is done here.
    ///
    /// Active Directory has done it when it answers; the refint overlay of OpenLDAP begins after its answer. Whoever
    /// took the renamed one out of a group in between would find nothing to take out, and then the overlay puts it in.
    pub(super) async fn settle(&self, session: &Session, gone: &str, now: Option<&str>) -> Result<()> {
        let mut wait = SETTLES_FROM;
        let mut left = self.groups_with(session, gone).await?;
        while !left.is_empty() && wait <= SETTLES_TO {
            tokio::time::sleep(wait).await;
            wait *= 2;
            left = self.groups_with(session, gone).await?;
        }
        for group in &left {
            if let Some(now) = now {
                self.put_member(session, group, now).await?;
            }
            self.drop_member(session, group, gone).await?;
        }
        Ok(())
    }

    /// Moves an entry below another one of its class's places.
    pub(super) async fn move_to(
        &self,
        session: &Session,
        object: &ObjectRef,
        to: &str,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let bases = self.model.bases(&object.class);
        if !bases.iter().any(|base| dn::is_within(to, base)) {
            let detail = format!("expected a place at or below {}, found `{to}`", bases.join(" or "));
            return Err(ConnectorError::invalid_input("to", detail));
        }
        let found = self.expected(session, object, expected).await?;
        let entry = found.ok_or_else(|| ConnectorError::not_found(object))?;
        if dn::key(dn::parent(&entry.dn)) == dn::key(to) {
            return Ok(Outcome::already_so());
        }
        let dn = self.place(session, &entry.dn, None, Some(to)).await?;
        self.done(session, &object.class, &dn).await
    }

    /// The names of the groups that hold a name.
    pub(super) async fn groups_with(&self, session: &Session, member: &str) -> Result<Vec<String>> {
        let Ok((shape, _)) = self.model.shape(&ObjectClass::GROUP) else { return Ok(Vec::new()) };
        let filter = format!("(&{}({}={}))", shape.filter, self.model.dialect.member, filter_text(member));
        let search = Search::below(&shape.base, filter, vec!["1.1".to_owned()]);
        let mut groups = Vec::new();
        self.scan(session, &search, |entry| groups.push(entry.dn)).await?;
        Ok(groups)
    }

    /// Puts a name into a group; false when it is there. One value is sent, however many there are.
    pub(super) async fn put_member(&self, session: &Session, group: &str, member: &str) -> Result<bool> {
        let change = Mod::Add(bytes(&self.model.dialect.member), [bytes(member)].into());
        let answer = session.modify(group, vec![change], None).await?;
        match answer.rc {
            0 => Ok(true),
            // Active Directory says of a value that the entry exists.
            code::VALUE_EXISTS | code::ENTRY_EXISTS => Ok(false),
            _ => Err(code::error("add a member", &answer)),
        }
    }

    /// Takes a name out of a group; false when it is not there, or the group is not. The last one leaves the placeholder
    /// behind where a group must have a member.
    pub(super) async fn drop_member(&self, session: &Session, group: &str, member: &str) -> Result<bool> {
        let attribute = bytes(&self.model.dialect.member);
        let drop = || Mod::Delete(attribute.clone(), [bytes(member)].into());
        let mut answer = session.modify(group, vec![drop()], None).await?;
        if answer.rc == code::OBJECT_CLASS_VIOLATION
            && let Some(placeholder) = &self.model.dialect.placeholder
        {
            let put = Mod::Add(attribute.clone(), [bytes(placeholder)].into());
            answer = session.modify(group, vec![put, drop()], None).await?;
        }
        match answer.rc {
            0 => Ok(true),
            code::NO_SUCH_ATTRIBUTE | code::NO_SUCH_OBJECT => Ok(false),
            // Active Directory is not willing to remove who is not there.
            code::UNWILLING if !self.holds(session, group, member).await? => Ok(false),
            _ => Err(code::error("remove a member", &answer)),
        }
    }
}
