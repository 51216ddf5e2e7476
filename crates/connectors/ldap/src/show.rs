//! Entries as SCIM resources.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tenure_connector::{Object, ObjectClass, ObjectRef, Result};
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrPath, Resource, uri};

use crate::dn::{self, Dn};
use crate::entry::Entry;
use crate::link::wrong;
use crate::mapping::{Kind, Mapping, Slot};
use crate::model::{ACCOUNT, Model};
use crate::session::unintelligible;
use crate::status::is_active;
use crate::value;

/// The ids of the accounts that entries name, by the key of their names.
pub(crate) type Ids = BTreeMap<String, String>;

impl Model {
    /// An entry as an object of a class. Accounts that it names are looked up in `ids`; an unknown one is left out.
    pub(crate) fn object(&self, class: &ObjectClass, entry: &Entry, ids: &Ids) -> Result<Object> {
        let (_, mapping) = self.shape(class)?;
        let id = self.id(entry).ok_or_else(|| {
            wrong(&format!("expected `{}` of `{}`, found none", self.dialect.id, entry.dn))
                .with_help("the connector's account may not see it, or the server has another flavour")
        })?;
        let user = *class == ObjectClass::USER;
        let mut resource = Resource::new(if user { uri::USER } else { uri::GROUP });
        resource.set_id(&id);
        for slot in &mapping.slots {
            if let Some(found) = read(slot, mapping, entry, ids) {
                if let Some(schema) = slot.path.schema() {
                    resource.add_schema(&schema.to_string());
                }
                put(&mut resource, slot, found);
            }
        }
        if user {
            self.put_account(&mut resource, entry);
        }
        resource.set(&path("meta")?, Value::Object(self.meta(class, entry)));
        let object = Object::new(self.reference(class, &id, entry, &resource), resource);
        Ok(match self.version(entry) {
            Some(version) => object.with_version(version),
            None => object,
        })
    }

    fn put_account(&self, resource: &mut Resource, entry: &Entry) {
        let mut account = Map::new();
        if let Some(active) = is_active(&self.dialect.disable, entry) {
            account.insert("status".to_owned(), json!(if active { "active" } else { "disabled" }));
            if let Ok(path) = AttrPath::parse("active") {
                resource.set(&path, active);
            }
        }
        let seen = self.dialect.last_login.iter().find_map(|name| {
            let text = entry.text(name)?;
            if self.dialect.active_directory { value::file_time(text) } else { value::moment(text) }
        });
        if let Some(seen) = seen {
            account.insert("lastLogin".to_owned(), json!(value::rfc3339(seen)));
        }
        for (name, value) in account {
            if let Ok(path) = AttrPath::parse(&format!("{ACCOUNT}:{name}")) {
                resource.add_schema(ACCOUNT);
                resource.set(&path, value);
            }
        }
    }

    fn meta(&self, class: &ObjectClass, entry: &Entry) -> Map<String, Value> {
        let mut meta = Map::new();
        meta.insert("resourceType".to_owned(), json!(class.as_str()));
        for (name, attribute) in [("created", self.dialect.created), ("lastModified", self.dialect.modified)]
        {
            if let Some(moment) = entry.text(attribute).and_then(value::moment) {
                meta.insert(name.to_owned(), json!(value::rfc3339(moment)));
            }
        }
        if let Some(version) = self.version(entry) {
            meta.insert("version".to_owned(), json!(version));
        }
        meta
    }

    fn reference(&self, class: &ObjectClass, id: &str, entry: &Entry, resource: &Resource) -> ObjectRef {
        let mut object = ObjectRef::new(class.clone(), id).with(ObjectRef::DN, &entry.dn);
        let name = match *class == ObjectClass::USER {
            true => (ObjectRef::USER_NAME, "userName"),
            false => (ObjectRef::DISPLAY_NAME, "displayName"),
        };
        for (name, path) in [name, (ObjectRef::EXTERNAL_ID, "externalId")] {
            if let Some(text) = resource.text(path) {
                object = object.with(name, text);
            }
        }
        match entry.text("mail") {
            Some(email) if *class == ObjectClass::USER => object.with(ObjectRef::EMAIL, email),
            _ => object,
        }
    }

    /// The names of accounts that entries of a class hold.
    pub(crate) fn named_accounts<'a>(
        &self,
        class: &ObjectClass,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Vec<String> {
        let Ok((_, mapping)) = self.shape(class) else { return Vec::new() };
        let slots: Vec<_> = mapping.slots.iter().filter(|slot| slot.kind == Kind::Account).collect();
        let mut names = BTreeMap::new();
        for entry in entries {
            for name in slots.iter().filter_map(|slot| entry.text(&slot.ldap)) {
                names.insert(dn::key(name), name.to_owned());
            }
        }
        names.into_values().collect()
    }
}

fn path(text: &str) -> Result<AttrPath> {
    AttrPath::parse(text).map_err(|_| unintelligible("an attribute"))
}

/// What an entry holds for a slot.
fn read(slot: &Slot, mapping: &Mapping, entry: &Entry, ids: &Ids) -> Option<Value> {
    match &slot.kind {
        Kind::One(kind) => {
            let text = one(slot, mapping, entry)?;
            Some(match kind {
                AttributeType::Boolean => json!(text.eq_ignore_ascii_case("TRUE")),
                AttributeType::Integer => json!(text.parse::<i64>().ok()?),
                AttributeType::DateTime => json!(value::rfc3339(value::moment(&text)?)),
                _ => json!(text),
            })
        }
        Kind::Account => ids.get(&dn::key(entry.text(&slot.ldap)?)).map(|id| json!(id)),
        Kind::Many => some(entry.texts(&slot.ldap).map(|text| json!({ "value": text })).collect()),
        Kind::Typed(kind) => {
            some(entry.texts(&slot.ldap).map(|text| json!({ "value": text, "type": kind })).collect())
        }
    }
}

fn some(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

/// The value of a slot that has one: of several, the one in the entry's name, else the first.
pub(crate) fn one(slot: &Slot, mapping: &Mapping, entry: &Entry) -> Option<String> {
    if slot.ldap.eq_ignore_ascii_case(&mapping.naming)
        && let Some(named) = Dn::parse(&entry.dn).and_then(|dn| dn.rdn_value(&slot.ldap).map(str::to_owned))
    {
        return Some(named);
    }
    entry.text(&slot.ldap).map(str::to_owned)
}

/// Several slots may share an attribute: one for each type of its values.
fn put(resource: &mut Resource, slot: &Slot, found: Value) {
    let before = resource.get(&slot.path).map(|value| value.to_json());
    match (before, found) {
        (Some(Value::Array(mut all)), Value::Array(more)) => {
            all.extend(more);
            resource.set(&slot.path, Value::Array(all));
        }
        (_, found) => resource.set(&slot.path, found),
    }
}
