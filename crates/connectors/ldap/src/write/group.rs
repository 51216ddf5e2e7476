//! Members in creates and updates of groups. A change names only who comes and who goes: the others are not read.

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use ldap3::Mod;
use tenure_connector::{ConnectorError, MemberPatch, ObjectClass, Result};
use tenure_scim::Resource;

use super::values::bytes;
use crate::connector::LdapConnector;
use crate::dn;
use crate::session::{Change, Session};

/// How many entries are asked for at the same time.
const AT_ONCE: usize = 32;

impl LdapConnector {
    /// The names of the members that a resource lists by id.
    pub(super) async fn member_ids(&self, session: &Session, resource: &Resource) -> Result<Vec<String>> {
        self.names_of(session, &MemberPatch::listed(resource)?).await
    }

    /// The modifications for what a patch says of members, without those that hold already.
    pub(super) async fn member_changes(
        &self,
        session: &Session,
        group: &str,
        patch: &MemberPatch,
    ) -> Result<Vec<Change>> {
        let mut add = self.names_of(session, &patch.add).await?;
        let mut remove = Vec::new();
        if patch.all {
            let now = self.member_names(session, group).await?;
            let keep: Vec<_> = add.iter().map(|name| dn::key(name)).collect();
            let held: Vec<_> = now.iter().map(|name| dn::key(name)).collect();
            remove.extend(now.iter().filter(|name| !keep.contains(&dn::key(name))).cloned());
            add.retain(|name| !held.contains(&dn::key(name)));
        } else {
            // Who has no entry is in no group.
            for id in &patch.remove {
                remove.extend(self.name_of(session, id).await?);
            }
            add = self.held_or_not(session, group, add, false).await?;
            remove = self.held_or_not(session, group, remove, true).await?;
        }
        let member = || bytes(&self.model.dialect.member);
        let values = |names: &[String]| names.iter().map(|name| bytes(name)).collect();
        let mut changes = Vec::new();
        if !add.is_empty() {
            changes.push(Mod::Add(member(), values(&add)));
        }
        if !remove.is_empty() {
            changes.push(Mod::Delete(member(), values(&remove)));
        }
        Ok(changes)
    }

    async fn held_or_not(
        &self,
        session: &Session,
        group: &str,
        names: Vec<String>,
        wanted: bool,
    ) -> Result<Vec<String>> {
        let asked: Vec<_> = names.iter().map(|name| self.holds(session, group, name).boxed()).collect();
        let held: Vec<bool> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        Ok(names.into_iter().zip(held).filter(|(_, held)| *held == wanted).map(|(name, _)| name).collect())
    }

    async fn names_of(&self, session: &Session, ids: &[String]) -> Result<Vec<String>> {
        let asked: Vec<_> = ids.iter().map(|id| self.name_of(session, id).boxed()).collect();
        let found: Vec<Option<String>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let missing =
            |id: &String| ConnectorError::invalid_input("members", format!("no account or group `{id}`"));
        ids.iter().zip(found).map(|(id, name)| name.ok_or_else(|| missing(id))).collect()
    }

    async fn name_of(&self, session: &Session, id: &str) -> Result<Option<String>> {
        match self.dn_of(session, &ObjectClass::USER, id).await? {
            Some(dn) => Ok(Some(dn)),
            None => self.dn_of(session, &ObjectClass::GROUP, id).await,
        }
    }
}
