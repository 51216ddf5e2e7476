use tenure_connector::{
    Certainty, ConnectorError, ErrorKind, Fields, MemberPatch, Object, ObjectClass, ObjectRef, Result,
};
use tenure_scim::{CompareOp, Filter};

use crate::connector::LdapConnector;
use crate::dn;
use crate::entry::Entry;
use crate::model::Model;
use crate::session::{Search, Session};
use crate::show::Ids;
use crate::value::{filter_bytes, filter_text, guid_bytes};

impl LdapConnector {
    /// Reads one object with what it refers to.
    pub(crate) async fn read_one(
        &self,
        session: &Session,
        object: &ObjectRef,
        fields: &Fields,
    ) -> Result<Object> {
        if matches!(object.class.as_str(), "Entitlement" | "Grant") && self.model.groups.is_some() {
            return self.read_derived(session, object, fields).await;
        }
        let class = &object.class;
        let schema = self.model.compiled(class)?;
        let attributes = self.model.attributes(class)?;
        let found = self.find(session, object, attributes).await?;
        let entry = found.ok_or_else(|| ConnectorError::not_found(object))?;
        let mut found = self.shown(session, class, std::slice::from_ref(&entry)).await?.remove(0);
        if *class == ObjectClass::GROUP && MemberPatch::wanted(fields) {
            self.put_members(session, &entry.dn, &mut found).await?;
        }
        found.resource = fields.project(&found.resource, schema);
        Ok(found)
    }

    /// The entry of a reference; nothing when it is not there.
    pub(crate) async fn find(
        &self,
        session: &Session,
        object: &ObjectRef,
        attributes: Vec<String>,
    ) -> Result<Option<Entry>> {
        let (shape, mapping) = self.model.shape(&object.class)?;
        let bases = self.model.bases(&object.class);
        if object.id.is_empty()
            && let Some(dn) = object.secondary(ObjectRef::DN)
        {
            if !bases.iter().any(|base| dn::is_within(dn, base)) {
                return Ok(None);
            }
            return Ok(session.few(&Search::entry(dn, &shape.filter, attributes)).await?.pop());
        }
        let condition = if object.id.is_empty() {
            let name = match object.class == ObjectClass::USER {
                true => ("userName", ObjectRef::USER_NAME),
                false => ("displayName", ObjectRef::DISPLAY_NAME),
            };
            let known = [name, ("externalId", ObjectRef::EXTERNAL_ID), ("emails", ObjectRef::EMAIL)];
            let mut usable = known.into_iter().filter_map(|(path, name)| {
                let attribute = mapping.slots.iter().find(|slot| slot.path.to_string() == path)?;
                Some(format!("({}={})", attribute.ldap, filter_text(object.secondary(name)?)))
            });
            usable.next().ok_or_else(|| {
                let detail = format!("`{object}` has no identifier that the directory can look up");
                ConnectorError::invalid_input("object", detail)
            })?
        } else {
            match self.model.by_id(&object.id) {
                Some(condition) => condition,
                None => return Ok(None),
            }
        };
        let filter = format!("(&{}{condition})", shape.filter);
        // The name that the entry had when it was last seen is asked first: no server has to search for it.
        if let Some(dn) = object.secondary(ObjectRef::DN).filter(|_| !object.id.is_empty()) {
            let found = session.few(&Search::entry(dn, &filter, attributes.clone())).await?;
            if let Some(entry) = found.into_iter().find(|entry| lies(entry, &bases)) {
                return Ok(Some(entry));
            }
        }
        let mut found = self.in_all(session, &bases, &filter, &attributes).await?;
        // An entry that moved to a place already looked at, away from one not looked at yet, was in neither.
        if found.is_empty() && bases.len() > 1 {
            found = self.in_all(session, &bases, &filter, &attributes).await?;
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            several => Err(ConnectorError::new(ErrorKind::InvalidInput, Certainty::Refused)
                .with_detail(format!("`{object}` stands for {several} entries"))
                .with_help("refer to the object by its id")),
        }
    }

    /// What a filter finds in several places, one after the other. An entry that moved meanwhile and is found twice is
    /// where it was found last.
    async fn in_all(
        &self,
        session: &Session,
        bases: &[String],
        filter: &str,
        attributes: &[String],
    ) -> Result<Vec<Entry>> {
        let mut all: Vec<Entry> = Vec::new();
        for base in bases {
            let search = Search::below(base, filter.to_owned(), attributes.to_vec());
            let search = search.on_active_directory(self.model.dialect.active_directory);
            for entry in session.few(&search).await? {
                let id = self.model.id(&entry);
                all.retain(|earlier| id.is_none() || self.model.id(earlier) != id);
                all.push(entry);
            }
        }
        Ok(all)
    }

    /// Entries as objects, with the ids of the accounts that they name.
    pub(crate) async fn shown(
        &self,
        session: &Session,
        class: &ObjectClass,
        entries: &[Entry],
    ) -> Result<Vec<Object>> {
        let names = self.model.named_accounts(class, entries.iter());
        let mut ids = Ids::new();
        for member in self.resolve(session, names).await?.into_iter().flatten() {
            if !member.group {
                ids.insert(dn::key(&member.dn), member.id);
            }
        }
        entries.iter().map(|entry| self.model.object(class, entry, &ids)).collect()
    }

    /// The name of the entry of an account or a group, by its id.
    pub(crate) async fn dn_of(
        &self,
        session: &Session,
        class: &ObjectClass,
        id: &str,
    ) -> Result<Option<String>> {
        let object = ObjectRef::new(class.clone(), id);
        let found = self.find(session, &object, self.model.identity()).await?;
        Ok(found.map(|entry| entry.dn))
    }
}

impl Model {
    /// The condition that finds an id; nothing when no entry can have it.
    pub(crate) fn by_id(&self, id: &str) -> Option<String> {
        let bytes = guid_bytes(id)?;
        Some(match self.dialect.guid {
            true => format!("({}={})", self.dialect.id, filter_bytes(&bytes)),
            false => format!("({}={})", self.dialect.id, filter_text(id)),
        })
    }
}

fn lies(entry: &Entry, bases: &[String]) -> bool {
    bases.iter().any(|base| dn::is_within(&entry.dn, base))
}

/// A condition on the members of a group, or on the id: what only the directory can look up.
pub(crate) fn names_id(filter: &Filter) -> Option<(&'static str, &str)> {
    let Filter::Compare(comparison) = filter else { return None };
    let tenure_scim::Literal::String(text) = &comparison.value else { return None };
    let path = comparison.path.without_schema().to_string().to_ascii_lowercase();
    match (comparison.op, path.as_str()) {
        (CompareOp::Eq, "id") => Some(("id", text)),
        (CompareOp::Eq, "members" | "members.value") => Some(("members", text)),
        _ => None,
    }
}
