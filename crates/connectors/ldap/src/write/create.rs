use std::collections::{BTreeMap, HashSet};

use tenure_connector::{
    Certainty, ConnectorError, ErrorKind, ObjectClass, ObjectRef, Outcome, Result, check_shape,
};
use tenure_scim::{Resource, ValueRef};

use super::values::{bytes, naming, values};
use crate::connector::LdapConnector;
use crate::link::wrong;
use crate::mapping::Mapping;
use crate::session::{Search, Session};
use crate::status::{DISABLED_BIT, LOCKED_FOR_GOOD};
use crate::value::{filter_text, unicode_password};
use crate::{Disable, code, dn};

type Attributes = BTreeMap<String, HashSet<Vec<u8>>>;

/// NORMAL_ACCOUNT of `userAccountControl`.
const NORMAL_ACCOUNT: i64 = 0x200;
/// The longest `sAMAccountName` that Active Directory takes for a user.
const LONGEST_ACCOUNT_NAME: usize = 20;

impl LdapConnector {
    pub(super) async fn create(
        &self,
        session: &Session,
        class: &ObjectClass,
        resource: &Resource,
    ) -> Result<Outcome> {
        let (shape, mapping) = self.model.shape(class)?;
        check_shape(resource, self.model.compiled(class)?)?;
        let mut wanted = values(mapping, shape, resource)?;
        self.name_accounts(session, mapping, &mut wanted).await?;
        let name = naming(mapping, &wanted).map(str::to_owned).ok_or_else(|| {
            let detail = format!("expected a value for `{}`, which names the entry", shape.naming);
            ConnectorError::invalid_input("userName", detail)
        })?;
        if let Some(taken) = self.taken(session, class, mapping, &wanted, None).await? {
            return Err(taken);
        }
        let mut attributes = Attributes::new();
        let mut put = |name: &str, value: Vec<u8>| {
            attributes.entry(name.to_owned()).or_default().insert(value);
        };
        shape.object_classes.iter().for_each(|class| put("objectClass", bytes(class)));
        for (name, texts) in shape.constant.iter().chain(&wanted) {
            texts.iter().for_each(|text| put(name, bytes(text)));
        }
        put(&shape.naming, bytes(&name));
        let mut base = shape.base.as_str();
        if *class == ObjectClass::USER {
            check_account_name(&wanted)?;
            let active = resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true);
            match &self.model.dialect.disable {
                Disable::Ppolicy if !active => put("pwdAccountLockedTime", bytes(LOCKED_FOR_GOOD)),
                Disable::Attribute(name) if !active => put(name, bytes("TRUE")),
                Disable::MoveTo(former) if !active => base = former,
                Disable::UserAccountControl => {
                    let bits = if active { NORMAL_ACCOUNT } else { NORMAL_ACCOUNT | DISABLED_BIT };
                    put("userAccountControl", bytes(&bits.to_string()));
                    // An account without a password cannot be active. Nobody ever knows this one.
                    if active {
                        put("unicodePwd", unicode_password(&super::credential::generate()?));
                    }
                }
                _ => {}
            }
        } else {
            let members = self.member_ids(session, resource).await?;
            if members.is_empty()
                && let Some(placeholder) = &self.model.dialect.placeholder
            {
                put(&self.model.dialect.member, bytes(placeholder));
            }
            members.iter().for_each(|member| put(&self.model.dialect.member, bytes(member)));
        }
        let dn = format!("{},{base}", dn::part(&shape.naming, &name));
        let attributes = attributes.into_iter().map(|(name, values)| (bytes(&name), values)).collect();
        let answer = session.add(&dn, attributes).await?;
        match answer.rc {
            0 => self.done(session, class, &dn).await,
            code::NO_SUCH_OBJECT => {
                Err(wrong(&format!("the server has no entry `{base}`")).with_certainty(Certainty::Refused))
            }
            // The second: an overlay or a domain keeps other attributes unique.
            code::ENTRY_EXISTS | code::CONSTRAINT_VIOLATION => {
                let taken = self.taken(session, class, mapping, &wanted, None).await?;
                Err(taken.unwrap_or_else(|| code::error("add", &answer)))
            }
            _ => Err(code::error("add", &answer)),
        }
    }

    /// Who has the name that must be unique, as an error.
    pub(super) async fn taken(
        &self,
        session: &Session,
        class: &ObjectClass,
        mapping: &Mapping,
        wanted: &super::values::Values,
        own: Option<String>,
    ) -> Result<Option<ConnectorError>> {
        let key = if *class == ObjectClass::USER { "userName" } else { "displayName" };
        let Some(attribute) = mapping.of(key) else { return Ok(None) };
        let Some(name) = wanted.get(attribute).and_then(|values| values.first()) else { return Ok(None) };
        let (shape, _) = self.model.shape(class)?;
        for base in self.model.bases(class) {
            let filter = format!("(&{}({attribute}={}))", shape.filter, filter_text(name));
            let search = Search::below(&base, filter, self.model.identity())
                .on_active_directory(self.model.dialect.active_directory);
            for entry in session.few(&search).await? {
                if own.is_some() && self.model.id(&entry) == own {
                    continue;
                }
                let error = ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                    .with_attribute(key)
                    .with_detail(format!("`{name}` is taken by `{}`", entry.dn));
                let id = self.model.id(&entry).unwrap_or_default();
                let object = ObjectRef::new(class.clone(), id).with(ObjectRef::DN, &entry.dn);
                return Ok(Some(error.with_conflicting(object)));
            }
        }
        Ok(None)
    }

    /// Puts the names of entries in the place of the ids of accounts.
    pub(super) async fn name_accounts(
        &self,
        session: &Session,
        mapping: &Mapping,
        wanted: &mut super::values::Values,
    ) -> Result<()> {
        let slots = mapping.slots.iter().filter(|slot| slot.kind == crate::mapping::Kind::Account);
        for slot in slots {
            for id in wanted.get_mut(&slot.ldap).into_iter().flatten() {
                let dn = self.dn_of(session, &ObjectClass::USER, id).await?.ok_or_else(|| {
                    ConnectorError::invalid_input(&slot.path.to_string(), format!("no account `{id}`"))
                })?;
                *id = dn;
            }
        }
        Ok(())
    }
}

fn check_account_name(wanted: &super::values::Values) -> Result<()> {
    let name = wanted.get("sAMAccountName").and_then(|values| values.first());
    match name.map(|name| name.chars().count()).filter(|count| *count > LONGEST_ACCOUNT_NAME) {
        None => Ok(()),
        Some(count) => {
            let detail = format!(
                "expected at most {LONGEST_ACCOUNT_NAME} characters for `sAMAccountName`, found {count}"
            );
            Err(ConnectorError::invalid_input("userName", detail))
        }
    }
}
