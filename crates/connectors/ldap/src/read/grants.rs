use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{ConnectorError, EntitlementRef, Fields, Object, ObjectClass, ObjectRef, Result};

use super::crowd::Crowd;
use super::members::MANY;
use super::walk::Walk;
use crate::connector::LdapConnector;
use crate::dn;
use crate::entry::Entry;
use crate::session::{Search, Session};

/// How many names are looked up for one step of a walk.
const CHUNK: usize = 500;

impl LdapConnector {
    /// The grants of one page of accounts with `memberOf`, or of groups with their members.
    pub(super) async fn grants_of(&self, walk: &mut Walk, entries: Vec<Entry>) -> Result<()> {
        if self.model.dialect.member_of {
            return self.grants_by_back_link(walk, &entries).await;
        }
        for mut group in entries {
            let Some(id) = self.model.id(&group) else { continue };
            let mut names = std::collections::VecDeque::new();
            if self.take_names(&mut group, &mut names).is_some() {
                names = self.member_names(&walk.session, &group.dn).await?;
            }
            match names.len() >= MANY {
                true => walk.crowds.push_back(Crowd::new(id, names.into_iter())),
                false => walk.names.extend(names.into_iter().map(|name| (id.clone(), name))),
            }
        }
        Ok(())
    }

    async fn grants_by_back_link(&self, walk: &mut Walk, entries: &[Entry]) -> Result<()> {
        for entry in entries {
            let Some(principal) = self.model.id(entry) else { continue };
            let mut held = Vec::new();
            for name in entry.texts("memberOf") {
                let key = dn::key(name);
                if !walk.groups.contains_key(&key) {
                    let group = self.group_id(&walk.session, name).await?;
                    walk.groups.insert(key.clone(), group);
                }
                held.extend(walk.groups.get(&key).cloned().flatten());
            }
            // The server gives the names in no order that would stay.
            held.sort();
            walk.ready.extend(held.into_iter().map(|group| grant(&principal, &group)));
        }
        Ok(())
    }

    /// The grants of the next names in groups. Groups in groups are no grants.
    pub(super) async fn grants_of_names(&self, walk: &mut Walk) -> Result<()> {
        let count = walk.names.len().min(CHUNK);
        let chunk: Vec<_> = walk.names.drain(..count).collect();
        let names = chunk.iter().map(|(_, name)| name.clone()).collect();
        let members = self.resolve(&walk.session, names).await?;
        for ((group, _), member) in chunk.iter().zip(members) {
            if let Some(member) = member.filter(|member| !member.group) {
                walk.ready.push_back(grant(&member.id, group));
            }
        }
        Ok(())
    }

    async fn group_id(&self, session: &Session, name: &str) -> Result<Option<String>> {
        let (shape, _) = self.model.shape(&ObjectClass::GROUP)?;
        let search = Search::entry(name, &shape.filter, self.model.identity());
        let found = session.few(&search).await?.pop();
        let ours = found.filter(|entry| dn::is_within(&entry.dn, &shape.base));
        Ok(ours.and_then(|entry| self.model.id(&entry)))
    }

    /// One entitlement or one grant, by its id.
    pub(super) async fn read_derived(
        &self,
        session: &Session,
        object: &ObjectRef,
        fields: &Fields,
    ) -> Result<Object> {
        let missing = || ConnectorError::not_found(object);
        let found = match object.class == ObjectClass::ENTITLEMENT {
            true => {
                let id = object.id.strip_prefix("group:").ok_or_else(missing)?;
                let group = ObjectRef::new(ObjectClass::GROUP, id);
                let attributes = self.model.attributes(&ObjectClass::GROUP)?;
                let entry = self.find(session, &group, attributes).await?.ok_or_else(missing)?;
                Object::from(&self.entitlement(&entry).ok_or_else(missing)?)
            }
            false => {
                let (principal, group) = object.id.split_once("/group:").ok_or_else(missing)?;
                let user = self.dn_of(session, &ObjectClass::USER, principal).await?.ok_or_else(missing)?;
                let dn = self.dn_of(session, &ObjectClass::GROUP, group).await?.ok_or_else(missing)?;
                if !self.holds(session, &dn, &user).await? {
                    return Err(missing());
                }
                grant(principal, group)
            }
        };
        let schema = self.model.compiled(&object.class)?;
        Ok(Object { resource: fields.project(&found.resource, schema), ..found })
    }

    /// Whether a name is in a group. Asks for the group with this member; its members are not read.
    pub(crate) async fn holds(&self, session: &Session, group: &str, member: &str) -> Result<bool> {
        let filter = format!("({}={})", self.model.dialect.member, crate::value::filter_text(member));
        let search = Search::entry(group, &filter, vec!["1.1".to_owned()]);
        Ok(!session.few(&search).await?.is_empty())
    }
}

pub(super) fn grant(principal: &str, group: &str) -> Object {
    Object::from(&GrantRecord::new(principal, EntitlementRef::new("group", group)))
}
