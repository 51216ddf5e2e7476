use serde_json::json;
use tenure_scim::{AttrPath, Resource, ResourceSchema, ValueRef};

use super::stored::Stored;
use super::{Tenant, page};
use crate::entitlement::GrantRecord;
use crate::record::ACCOUNT_SCHEMA;
use crate::{ConnectorError, Fields, ListQuery, Object, ObjectClass, ObjectRef, Page, Result, Version};

impl Tenant {
    /// Reads one object; see [`Connector::get`](crate::Connector::get).
    ///
    /// # Errors
    ///
    /// `NotFound`, `Unsupported` for an unknown class, `InvalidInput` for a reference without a usable identifier.
    pub fn get(&self, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let schema = self.class_schema(&object.class)?;
        let mut found = if self.is_derived(&object.class) {
            let mut all = self.derived(&object.class);
            let at = all.iter().position(|candidate| candidate.object.id == object.id);
            all.swap_remove(at.ok_or_else(|| ConnectorError::not_found(object))?)
        } else {
            let id = self.resolve(object)?.ok_or_else(|| ConnectorError::not_found(object))?;
            let stored = self.stored(&object.class, &id).ok_or_else(|| ConnectorError::not_found(object))?;
            self.show(&object.class, &id, stored)
        };
        found.resource = fields.project(&found.resource, schema);
        Ok(found)
    }

    /// Reads one page of a class; see [`Connector::list`](crate::Connector::list).
    ///
    /// # Errors
    ///
    /// `Unsupported` for an unknown class, `InvalidInput` for a filter that the class's schema does not allow or a
    /// cursor of another system.
    pub fn list(&self, query: &ListQuery) -> Result<Page> {
        let schema = self.class_schema(&query.class)?;
        let mut objects = if self.is_derived(&query.class) {
            self.derived(&query.class)
        } else {
            let present = self.objects.get(&query.class).into_iter().flatten();
            let present = present.filter(|(_, stored)| !stored.deleted);
            present.map(|(id, stored)| self.show(&query.class, id, stored)).collect()
        };
        self.narrow(&mut objects, query, schema)?;
        page::sort(&mut objects, query.sort.as_ref(), schema);
        let total = u64::try_from(objects.len()).ok();
        let size = query.page_size.unwrap_or(self.rules.max_page_size).clamp(1, self.rules.max_page_size);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let (mut items, next) = page::cut(objects, query.cursor.as_ref(), size, query.sort.as_ref(), schema)?;
        for item in &mut items {
            self.shorten(item);
            item.resource = query.fields.project(&item.resource, schema);
        }
        Ok(Page { next, total, ..Page::last(items) })
    }

    fn narrow(&self, objects: &mut Vec<Object>, query: &ListQuery, schema: &ResourceSchema) -> Result<()> {
        let Some(filter) = &query.filter else { return Ok(()) };
        let compiled = filter
            .compile(schema)
            .map_err(|error| ConnectorError::invalid_input("filter", error.to_string()).with_source(error))?;
        objects.retain(|object| compiled.matches(&object.resource));
        Ok(())
    }

    /// The id that a reference stands for, by its primary id or else by its user name, external id or group name.
    pub(super) fn resolve(&self, object: &ObjectRef) -> Result<Option<String>> {
        if !object.id.is_empty() {
            return Ok(Some(object.id.clone()));
        }
        let class = &object.class;
        let key = Self::key_attribute(class).and_then(|attribute| object.secondary(attribute));
        if let Some(name) = key {
            return Ok(self.id_by_key(class, name).map(str::to_owned));
        }
        if let Some(external) = object.secondary(ObjectRef::EXTERNAL_ID) {
            let objects = self.objects.get(class).into_iter().flatten();
            let mut same = objects.filter(|(_, stored)| stored.resource.external_id() == Some(external));
            return Ok(same.next().map(|(id, _)| id.clone()));
        }
        Err(ConnectorError::invalid_input(
            "id",
            format!("expected an id or a name to find `{object}` by, found neither"),
        ))
    }

    pub(super) fn find(&self, object: &ObjectRef) -> Option<&Stored> {
        let id = self.resolve(object).ok().flatten()?;
        self.stored(&object.class, &id)
    }

    pub(super) fn stored(&self, class: &ObjectClass, id: &str) -> Option<&Stored> {
        self.objects.get(class)?.get(id).filter(|stored| !stored.deleted)
    }

    pub(super) fn reference(class: &ObjectClass, id: &str, resource: &Resource) -> ObjectRef {
        let mut object = ObjectRef::new(class.clone(), id);
        if let Some((attribute, name)) =
            Self::key_attribute(class).and_then(|attribute| Some((attribute, resource.text(attribute)?)))
        {
            object = object.with(attribute, name);
        }
        match resource.external_id() {
            Some(external) => object.with(ObjectRef::EXTERNAL_ID, external),
            None => object,
        }
    }

    pub(super) fn show(&self, class: &ObjectClass, id: &str, stored: &Stored) -> Object {
        let mut resource = stored.resource.clone();
        if *class == ObjectClass::USER {
            self.add_account(&mut resource, stored);
        }
        Object {
            version: Some(Version::new(stored.revision.to_string())),
            ..Object::new(Self::reference(class, id, &resource), resource)
        }
    }

    fn add_account(&self, resource: &mut Resource, stored: &Stored) {
        let mut put = |name: &str, value: serde_json::Value| {
            if let Ok(path) = AttrPath::parse(&format!("{ACCOUNT_SCHEMA}:{name}")) {
                resource.set(&path, value);
            }
        };
        put("status", json!(stored.status.as_str()));
        if let Some(login) = stored.last_login {
            put("lastLogin", json!(login.to_rfc3339()));
        }
    }

    fn shorten(&self, object: &mut Object) {
        let (Some(limit), Ok(path)) = (self.rules.listed_members, AttrPath::parse("members")) else { return };
        let Some(members) = object.resource.get(&path).and_then(ValueRef::as_array) else { return };
        if members.len() > limit {
            let shown: Vec<_> = members.iter().take(limit).map(ValueRef::to_json).collect();
            object.resource.set(&path, shown);
            object.partial.insert(path);
        }
    }

    fn is_derived(&self, class: &ObjectClass) -> bool {
        [ObjectClass::ENTITLEMENT, ObjectClass::GRANT].contains(class)
    }

    /// The objects that are another view of the state: the catalogue and who holds what.
    fn derived(&self, class: &ObjectClass) -> Vec<Object> {
        if *class == ObjectClass::ENTITLEMENT {
            return self.catalogue().iter().map(Object::from).collect();
        }
        self.grants().iter().map(Object::from).collect()
    }

    /// Who holds what, group memberships included.
    #[must_use]
    pub fn grants(&self) -> Vec<GrantRecord> {
        let direct = self.held.iter().flat_map(|(principal, held)| {
            held.iter().map(move |(entitlement, held)| GrantRecord {
                immutable: held.immutable,
                parameters: held.parameters.clone(),
                ..GrantRecord::new(principal, entitlement.clone())
            })
        });
        let mut grants: Vec<_> = direct.chain(self.memberships()).collect();
        grants.sort_by_key(GrantRecord::object_id);
        grants
    }
}
