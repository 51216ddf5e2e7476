use ldap3::Mod;
use tenure_connector::{
    ConnectorError, MemberPatch, ObjectClass, ObjectRef, Outcome, Result, Version, check_shape,
};
use tenure_scim::{Patch, ValueRef};

use super::gone_meanwhile;
use super::values::{Values, bytes, changes, current, is_named_by_slot, naming, values};
use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::mapping::{Kind, Mapping};
use crate::session::{Change, Session};
use crate::status::{changed_meanwhile, is_active};
use crate::{code, dn};

impl LdapConnector {
    /// Carries out a patch: at most one rename and one modification, which is all or nothing.
    pub(super) async fn update(
        &self,
        session: &Session,
        object: &ObjectRef,
        patch: &Patch,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let class = &object.class;
        let (shape, mapping) = self.model.shape(class)?;
        let schema = self.model.compiled(class)?;
        let found = self.expected(session, object, expected).await?;
        let entry = found.ok_or_else(|| ConnectorError::not_found(object))?;
        let (members, patch) = match *class == ObjectClass::GROUP {
            true => MemberPatch::split(patch)?,
            false => (MemberPatch::default(), patch.clone()),
        };
        let before = self.shown(session, class, std::slice::from_ref(&entry)).await?.remove(0).resource;
        let mut after = before.clone();
        patch.apply(&mut after, schema).map_err(ConnectorError::from)?;
        check_shape(&after, schema)?;
        let from = current(mapping, &entry);
        let mut to = values(mapping, shape, &after)?;
        to.retain(|name, _| from.contains_key(name));
        self.name_accounts(session, mapping, &mut to).await?;
        keep_unseen(mapping, &from, &mut to);

        let mut wanted = changes(mapping, &entry, &from, &to);
        let active = after.attr("active").and_then(ValueRef::as_bool);
        let turned = active.filter(|active| is_active(&self.model.dialect.disable, &entry) == Some(!active));
        let parent = turned.and_then(|active| self.place_of_status(&entry, active));
        if let Some(active) = turned.filter(|_| parent.is_none()) {
            wanted.extend(crate::status::changes(&self.model.dialect.disable, &entry, active)?);
        }
        if !members.is_empty() {
            wanted.extend(self.member_changes(session, &entry.dn, &members).await?);
        }
        let name = new_name(mapping, &entry, &from, &to)?;
        if wanted.is_empty() && name.is_none() && parent.is_none() {
            return Ok(Outcome::already_so());
        }
        if self.key_changes(class, mapping, &from, &to)
            && let Some(taken) = self.taken(session, class, mapping, &to, self.model.id(&entry)).await?
        {
            return Err(taken);
        }
        let moved = name.is_some() || parent.is_some();
        let dn = match moved {
            true => self.place(session, &entry.dn, name.as_deref(), parent).await?,
            false => entry.dn.clone(),
        };
        // After a rename the version is another one; it was compared before.
        let expected = expected.filter(|_| !moved);
        if let Err(error) = self.change(session, object, &dn, wanted, expected).await {
            if moved {
                // Nothing of a refused patch may stay.
                let back = Some(dn::first_part(&entry.dn));
                let parent = Some(dn::parent(&entry.dn)).filter(|_| parent.is_some());
                self.place(session, &dn, back, parent).await?;
            }
            return Err(error);
        }
        self.done(session, class, &dn).await
    }

    async fn change(
        &self,
        session: &Session,
        object: &ObjectRef,
        dn: &str,
        wanted: Vec<Change>,
        expected: Option<&Version>,
    ) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let control = self.assertion(expected)?;
        let mut answer = session.modify(dn, wanted.clone(), control.clone()).await?;
        // The last member went, and the group must have one.
        if answer.rc == code::OBJECT_CLASS_VIOLATION
            && object.class == ObjectClass::GROUP
            && let Some(placeholder) = &self.model.dialect.placeholder
        {
            let put = Mod::Add(bytes(&self.model.dialect.member), [bytes(placeholder)].into());
            let wanted = std::iter::once(put).chain(wanted).collect();
            answer = session.modify(dn, wanted, control).await?;
        }
        match answer.rc {
            0 => Ok(()),
            code::NO_SUCH_OBJECT => Err(gone_meanwhile(dn)),
            _ if expected.is_some() => Err(code::error("modify", &answer)),
            _ => Err(changed_meanwhile(code::error("modify", &answer))),
        }
    }

    fn key_changes(&self, class: &ObjectClass, mapping: &Mapping, from: &Values, to: &Values) -> bool {
        let key = if *class == ObjectClass::USER { "userName" } else { "displayName" };
        mapping.of(key).is_some_and(|attribute| from.get(attribute) != to.get(attribute))
    }
}

/// Leaves names of accounts as they are where SCIM saw none, or saw the same one.
fn keep_unseen(mapping: &Mapping, from: &Values, to: &mut Values) {
    for slot in mapping.slots.iter().filter(|slot| slot.kind == Kind::Account) {
        let (Some(from), Some(to)) = (from.get(&slot.ldap), to.get_mut(&slot.ldap)) else { continue };
        let same = from.iter().map(|name| dn::key(name)).eq(to.iter().map(|name| dn::key(name)));
        if same {
            to.clone_from(from);
        }
    }
}

/// The new first part of the entry's name, when what stands in it changes.
fn new_name(mapping: &Mapping, entry: &Entry, from: &Values, to: &Values) -> Result<Option<String>> {
    if !is_named_by_slot(mapping) || naming(mapping, from) == naming(mapping, to) {
        return Ok(None);
    }
    match naming(mapping, to) {
        Some(name) => Ok(Some(dn::part(&mapping.naming, name))),
        None => {
            let detail = format!("`{}` is named by it, so it cannot be empty", entry.dn);
            Err(ConnectorError::invalid_input(&mapping.naming, detail))
        }
    }
}
