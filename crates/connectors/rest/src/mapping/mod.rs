mod field;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tenure_connector::{
    Certainty, ClassSchema, ConnectorError, ConnectorSchema, ErrorKind, Fields, Object, ObjectClass,
    ObjectRef, Result,
};
use tenure_scim::validate::{Unknown, ValidateOptions};
use tenure_scim::{AttrPath, Patch, Resource, ResourceSchema, Schema, SchemaRegistry, ValueRef};

use self::field::Access;
pub use self::field::Field;

/// The objects of one class: their schema, and how a vendor's JSON says the same, out of one table of [`Field`]s.
///
/// What is not in the table does not exist for the connector: an attribute that a caller wants to write is refused
/// instead of lost, and an update sends only members that differ.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use tenure_connector::ObjectClass;
/// use tenure_connector_rest::{Field, Mapping};
///
/// const FIELDS: [Field; 3] = [
///     Field::text("userName", "/email").required(),
///     Field::text("name.givenName", "/profile/first"),
///     Field::inverse("active", "/suspended"),
/// ];
/// let users = Mapping::new(ObjectClass::USER, "urn:ietf:params:scim:schemas:core:2.0:User", &FIELDS)?;
/// let anna = users.object("7", &json!({ "email": "anna@example.com", "profile": { "first": "Anna" } }))?;
/// assert_eq!(anna.resource.text("name.givenName"), Some("Anna"));
///
/// let stopped = users.body(&anna.resource.clone().with("active", false)?)?;
/// assert_eq!(stopped["suspended"], true);
/// assert_eq!(stopped["profile"]["first"], "Anna");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mapping {
    class: ObjectClass,
    main: &'static str,
    id: &'static str,
    prepare: fn(Value) -> Value,
    fields: &'static [Field],
    described: ClassSchema,
    registry: SchemaRegistry,
}

impl Mapping {
    /// Makes the schema of a class out of its fields. A path with a URN is one of an extension.
    ///
    /// # Errors
    ///
    /// `Config`, when a path is none, or the schema does not compile.
    pub fn new(class: ObjectClass, main: &'static str, fields: &'static [Field]) -> Result<Self> {
        let mut schemas: BTreeMap<&str, Vec<Value>> = BTreeMap::from([(main, Vec::new())]);
        for field in fields {
            AttrPath::parse(field.path).map_err(|error| broken(&error.to_string()))?;
            let (schema, name) = split(field.path);
            let attributes = schemas.entry(schema.unwrap_or(main)).or_default();
            match name.split_once('.') {
                None => attributes.push(field.attribute(name)),
                Some((parent, sub)) => add_sub(attributes, parent, field.attribute(sub)),
            }
        }
        let mut parsed = Vec::new();
        for (id, attributes) in schemas {
            let name = id.rsplit(':').next().unwrap_or(id);
            let schema = Schema::from_json(json!({ "id": id, "name": name, "attributes": attributes }));
            parsed.push(schema.map_err(|error| broken(&error.to_string()))?);
        }
        let main_at = parsed.iter().position(|schema| schema.id.as_str() == main);
        let main_schema = parsed.remove(main_at.ok_or_else(|| broken("no main schema"))?);
        let endpoint = format!("/{class}s");
        let described = ClassSchema::new(class.as_str(), &endpoint, main_schema, parsed);
        let registry = ConnectorSchema::new().with(class.clone(), described.clone()).registry()?;
        let prepare = std::convert::identity;
        Ok(Self { class, main, id: "/id", prepare, fields, described, registry })
    }

    /// Names the secondary identifiers that the connector can find an object by.
    #[must_use]
    pub fn found_by(mut self, names: &[&str]) -> Self {
        self.described = self.described.found_by(names);
        self
    }

    /// Says where the id stands, when not at `/id`.
    #[must_use]
    pub const fn identified_by(mut self, at: &'static str) -> Self {
        self.id = at;
        self
    }

    /// Lets every item pass through a function before it is read, which adds what the vendor says in other words.
    #[must_use]
    pub const fn prepared_by(mut self, prepare: fn(Value) -> Value) -> Self {
        self.prepare = prepare;
        self
    }

    /// The class of the objects.
    #[must_use]
    pub fn class(&self) -> &ObjectClass {
        &self.class
    }

    /// The secondary identifiers that the connector can find an object by.
    #[must_use]
    pub fn finders(&self) -> &[String] {
        &self.described.found_by
    }

    /// Describes the class.
    #[must_use]
    pub fn described(&self) -> ClassSchema {
        self.described.clone()
    }

    /// The vendor's JSON as an object. Its user name, e-mail address, display name and external id become secondary
    /// identifiers.
    ///
    /// # Errors
    ///
    /// `Protocol`, when the values do not make a resource.
    pub fn object(&self, id: &str, item: &Value) -> Result<Object> {
        let mut members = Map::new();
        let mut schemas = vec![self.main];
        for field in self.fields {
            let Some(value) = field.seen(item) else { continue };
            let (schema, name) = split(field.path);
            let place = match schema {
                Some(urn) if urn != self.main => {
                    if !schemas.contains(&urn) {
                        schemas.push(urn);
                    }
                    inner(&mut members, urn)
                }
                _ => &mut members,
            };
            match name.split_once('.') {
                None => drop(place.insert(name.to_owned(), value)),
                Some((parent, sub)) => drop(inner(place, parent).insert(sub.to_owned(), value)),
            }
        }
        members.insert("schemas".to_owned(), json!(schemas));
        members.insert("id".to_owned(), json!(id));
        let resource = Resource::from_json(members.into()).map_err(|error| {
            ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
                .with_detail(format!("the system's `{}` `{id}` makes no resource", self.class))
                .with_source(error)
        })?;
        let mut object = ObjectRef::new(self.class.clone(), id);
        for name in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID, ObjectRef::DISPLAY_NAME] {
            if let Some(value) = resource.text(name) {
                object = object.with(name, value);
            }
        }
        if let Some(Value::String(address)) = self.email().and_then(|field| field.seen(item)) {
            object = object.with(ObjectRef::EMAIL, address);
        }
        Ok(Object::new(object, resource))
    }

    /// The vendor's JSON as an object, with its id out of it.
    ///
    /// # Errors
    ///
    /// As [`object`](Self::object); `Protocol` also without an id.
    pub fn item(&self, item: &Value) -> Result<Object> {
        let item = (self.prepare)(item.clone());
        self.object(&crate::system::id_text(&item, self.id)?, &item)
    }

    /// The id in the vendor's JSON.
    ///
    /// # Errors
    ///
    /// `Protocol`, without one.
    pub fn id_of(&self, item: &Value) -> Result<String> {
        crate::system::id_text(item, self.id)
    }

    /// The value of a secondary identifier in a resource.
    #[must_use]
    pub fn identifier(&self, resource: &Resource, name: &str) -> Option<String> {
        match (name, self.email()) {
            (ObjectRef::EMAIL, Some(email)) => {
                email.sent(resource).ok().flatten()?.as_str().map(str::to_owned)
            }
            _ => resource.text(name).map(str::to_owned),
        }
    }

    /// The attribute that holds the e-mail address as a single text.
    fn email(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.path == "email" || field.path.ends_with(":email"))
    }

    /// What the vendor takes for a new object.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, naming the attribute, when it is not in the table, is of another type, or is missing.
    pub fn body(&self, resource: &Resource) -> Result<Map<String, Value>> {
        let accepted = self.accept(resource)?;
        let mut body = Map::new();
        for field in self.fields.iter().filter(|field| field.is_sent()) {
            if let Some(value) = field.sent(&accepted).map_err(|error| broken(&error.to_string()))? {
                field.put(&mut body, value);
            }
        }
        Ok(body)
    }

    /// What the vendor takes for a change: the members that differ, `null` for those that go. Empty, when the patch
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// As [`body`](Self::body); `InvalidInput` also for a patch that cannot be applied.
    pub fn changes(&self, before: &Resource, patch: &Patch) -> Result<Map<String, Value>> {
        let mut after = before.clone();
        patch.apply(&mut after, self.schema()?)?;
        let after = self.accept(&after)?;
        let mut changes = Map::new();
        for field in self.fields.iter().filter(|field| field.is_sent()) {
            let wire = |resource| field.sent(resource).map_err(|error| broken(&error.to_string()));
            let (old, new) = (wire(before)?, wire(&after)?);
            if old == new {
                continue;
            }
            if field.access == Access::Once {
                let detail = format!("the system does not change `{}` after the create", field.path);
                return Err(ConnectorError::invalid_input(field.path, detail));
            }
            field.put(&mut changes, new.unwrap_or_default());
        }
        Ok(changes)
    }

    /// What the vendor takes for an account that is to work, or not to work: the member of `active`. Empty, when it does so
    /// already.
    ///
    /// # Errors
    ///
    /// As [`item`](Self::item).
    pub fn activity(&self, item: &Value, active: bool) -> Result<Map<String, Value>> {
        let mut change = Map::new();
        let own = self.item(item)?.resource.attr("active").and_then(ValueRef::as_bool);
        if let Some(field) = self.fields.iter().find(|field| field.path == "active" && own != Some(active)) {
            field.put(&mut change, field.of_flag(active));
        }
        Ok(change)
    }

    /// Whether a patch makes the account work or stop working, where that is written [by a change of
    /// status](Field::by_status).
    ///
    /// # Errors
    ///
    /// As [`changes`](Self::changes).
    pub fn status(&self, before: &Resource, patch: &Patch) -> Result<Option<bool>> {
        if !self.fields.iter().any(|field| field.access == Access::Status) {
            return Ok(None);
        }
        let mut after = before.clone();
        patch.apply(&mut after, self.schema()?)?;
        let active = |resource: &Resource| resource.attr("active").and_then(ValueRef::as_bool);
        Ok(active(&after).filter(|wanted| active(before) != Some(*wanted)))
    }

    /// Leaves the attributes that a caller asked for.
    ///
    /// # Errors
    ///
    /// Never in practice: the schema was compiled before.
    pub fn project(&self, object: Object, fields: &Fields) -> Result<Object> {
        Ok(Object { resource: fields.project(&object.resource, self.schema()?), ..object })
    }

    fn schema(&self) -> Result<&ResourceSchema> {
        let found = self.registry.resource(self.class.as_str());
        found.ok_or_else(|| ConnectorError::unknown_class(&self.class))
    }

    fn accept(&self, resource: &Resource) -> Result<Resource> {
        let schema = self.schema()?;
        let refuse = |name: &str| {
            Err(ConnectorError::invalid_input(name, format!("the system has no attribute `{name}`")))
        };
        for (name, value) in resource.attributes() {
            if ["schemas", "id", "meta"].iter().any(|own| own.eq_ignore_ascii_case(name)) {
                continue;
            }
            if name.contains(':') {
                for (sub, _) in value.as_object().into_iter().flat_map(|members| members.iter()) {
                    if !self.has(Some(name), sub) {
                        return refuse(&format!("{name}:{sub}"));
                    }
                }
            } else if !self.has(None, name) {
                return refuse(name);
            }
        }
        let strict = ValidateOptions::default().with_unknown(Unknown::Refuse);
        Ok(schema.validate_create_with(resource, &strict)?.resource)
    }

    fn has(&self, schema: Option<&str>, name: &str) -> bool {
        self.fields.iter().any(|field| {
            let (own, path) = split(field.path);
            let first = path.split('.').next().unwrap_or(path);
            let same = match (own, schema) {
                (None, None) => true,
                (Some(own), Some(schema)) => own.eq_ignore_ascii_case(schema),
                _ => false,
            };
            same && first.eq_ignore_ascii_case(name)
        })
    }
}

/// The URN of an extension and what is left of a path.
fn split(path: &'static str) -> (Option<&'static str>, &'static str) {
    match path.rsplit_once(':') {
        Some((urn, name)) => (Some(urn), name),
        None => (None, path),
    }
}

fn inner<'a>(members: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let member = members.entry(name.to_owned()).or_insert_with(|| json!({}));
    if !member.is_object() {
        *member = json!({});
    }
    match member {
        Value::Object(inner) => inner,
        #[expect(clippy::unreachable, reason = "it was just made an object")]
        _ => unreachable!(),
    }
}

fn add_sub(attributes: &mut Vec<Value>, parent: &str, sub: Value) {
    let required = sub.get("required") == Some(&true.into());
    if let Some(known) = attributes.iter_mut().find(|known| known.get("name") == Some(&parent.into())) {
        if let Some(known) = known.as_object_mut().filter(|_| required) {
            known.insert("required".to_owned(), true.into());
        }
        if let Some(subs) = known.get_mut("subAttributes").and_then(Value::as_array_mut) {
            subs.push(sub);
        }
        return;
    }
    attributes.push(json!({
        "name": parent, "type": "complex", "required": required, "subAttributes": [sub],
    }));
}

fn broken(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
        .with_detail(format!("the connector's table of fields is wrong: {detail}"))
}
