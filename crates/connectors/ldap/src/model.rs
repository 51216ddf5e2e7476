use std::collections::BTreeSet;

use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::record::{ACCOUNT_SCHEMA, account_schema};
use tenure_connector::{ClassSchema, ConnectorError, ConnectorSchema, ObjectClass, ObjectRef, Result};
use tenure_scim::{ResourceSchema, Schema, SchemaRegistry, SchemaUri, uri};

use crate::entry::Entry;
use crate::flavour::{Dialect, Shape};
use crate::link::wrong;
use crate::mapping::Mapping;
use crate::{Disable, LdapConfig};

/// What the configuration says, compiled: the dialect, the mappings and the schema.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) dialect: Dialect,
    pub(crate) people: Mapping,
    pub(crate) groups: Option<Mapping>,
    pub(crate) schema: ConnectorSchema,
    registry: SchemaRegistry,
}

impl Model {
    pub(crate) fn new(config: &LdapConfig) -> Result<Self> {
        let dialect = Dialect::of(config);
        let mapping = |class: &str, shape: &Shape| {
            let id = Some(dialect.id).filter(|_| !dialect.guid);
            Mapping::new(class, shape, id, dialect.created, dialect.modified)
        };
        let people = mapping("User", &dialect.people)?;
        let groups = dialect.groups.as_ref().map(|shape| mapping("Group", shape)).transpose()?;
        for base in dialect.people_bases().iter().chain(dialect.groups.as_ref().map(|shape| &shape.base)) {
            if base.is_empty() || crate::dn::Dn::parse(base).is_none() {
                return Err(wrong(&format!("expected the name of an entry as base, found `{base}`")));
            }
        }
        let mut schema = ConnectorSchema::new().with(ObjectClass::USER, user_class(&people, &dialect)?);
        if let Some(groups) = &groups {
            schema = schema
                .with(ObjectClass::GROUP, group_class(groups)?)
                .with(ObjectClass::ENTITLEMENT, entitlement_class())
                .with(ObjectClass::GRANT, grant_class());
        }
        let registry = schema.registry()?;
        Ok(Self { dialect, people, groups, schema, registry })
    }

    /// The compiled schema of a class.
    pub(crate) fn compiled(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        self.registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    /// How the entries of a class look; accounts and groups only.
    pub(crate) fn shape(&self, class: &ObjectClass) -> Result<(&Shape, &Mapping)> {
        if *class == ObjectClass::USER {
            return Ok((&self.dialect.people, &self.people));
        }
        match (&self.dialect.groups, &self.groups) {
            (Some(shape), Some(mapping)) if *class == ObjectClass::GROUP => Ok((shape, mapping)),
            _ => Err(ConnectorError::unknown_class(class)),
        }
    }

    /// Where the entries of a class may be.
    pub(crate) fn bases(&self, class: &ObjectClass) -> Vec<String> {
        match &self.dialect.groups {
            Some(shape) if *class == ObjectClass::GROUP => vec![shape.base.clone()],
            _ => self.dialect.people_bases(),
        }
    }

    /// What is read of an entry: never its members, which may be very many.
    pub(crate) fn attributes(&self, class: &ObjectClass) -> Result<Vec<String>> {
        let (shape, mapping) = self.shape(class)?;
        let dialect = &self.dialect;
        let mut names: BTreeSet<String> = mapping.ldap_attributes();
        names.insert(shape.naming.clone());
        for name in ["objectClass", dialect.id, dialect.created, dialect.modified] {
            names.insert(name.to_owned());
        }
        names.extend(dialect.version.map(str::to_owned));
        if *class == ObjectClass::USER {
            names.extend(dialect.last_login.iter().map(|name| (*name).to_owned()));
            names.extend(status_attribute(&dialect.disable).map(str::to_owned));
        }
        Ok(names.into_iter().collect())
    }

    pub(crate) fn version<'a>(&self, entry: &'a Entry) -> Option<&'a str> {
        self.dialect.version.and_then(|name| entry.text(name))
    }

    pub(crate) fn id(&self, entry: &Entry) -> Option<String> {
        entry.id(self.dialect.id, self.dialect.guid)
    }

    /// Whether an entry is a group by its class.
    pub(crate) fn is_group(&self, entry: &Entry) -> bool {
        let class = self.dialect.groups.as_ref().and_then(|shape| shape.object_classes.first());
        class.is_some_and(|class| entry.has("objectClass", class))
    }

    /// The attributes that tell what an entry is, and its id.
    pub(crate) fn identity(&self) -> Vec<String> {
        vec!["objectClass".to_owned(), self.dialect.id.to_owned()]
    }
}

/// The attribute that says whether an account works.
pub(crate) fn status_attribute(disable: &Disable) -> Option<&str> {
    match disable {
        Disable::Ppolicy => Some("pwdAccountLockedTime"),
        Disable::UserAccountControl => Some("userAccountControl"),
        Disable::Attribute(name) => Some(name),
        Disable::MoveTo(_) | Disable::Never => None,
    }
}

fn user_class(mapping: &Mapping, dialect: &Dialect) -> Result<ClassSchema> {
    let model = SchemaRegistry::builtin();
    let whole = built_in(&model, uri::USER)?;
    let mut main = mapping.narrow(whole.clone(), true);
    if dialect.disable != Disable::Never {
        main.attributes.extend(whole.attributes.into_iter().filter(|one| *one.name.as_str() == *"active"));
    }
    let mut extensions = Vec::new();
    let enterprise = built_in(&model, uri::ENTERPRISE_USER)?;
    if mapping.uses(&enterprise.id) {
        extensions.push(mapping.narrow(enterprise, false));
    }
    extensions.extend(mapping.further_schemas(&model));
    let mut account = account_schema();
    account.attributes.retain(|one| matches!(one.name.as_str(), "status" | "lastLogin"));
    extensions.push(account);
    let mut found_by = vec![ObjectRef::USER_NAME, ObjectRef::DN];
    if mapping.of("externalId").is_some() {
        found_by.push(ObjectRef::EXTERNAL_ID);
    }
    Ok(ClassSchema::new("User", "/Users", main, extensions).found_by(&found_by))
}

fn group_class(mapping: &Mapping) -> Result<ClassSchema> {
    let model = SchemaRegistry::builtin();
    let whole = built_in(&model, uri::GROUP)?;
    let mut main = mapping.narrow(whole.clone(), true);
    for mut members in whole.attributes.into_iter().filter(|one| *one.name.as_str() == *"members") {
        members.sub_attributes.retain(|one| matches!(one.name.as_str(), "value" | "type"));
        main.attributes.push(members);
    }
    let further = mapping.further_schemas(&model);
    Ok(ClassSchema::new("Group", "/Groups", main, further)
        .found_by(&[ObjectRef::DISPLAY_NAME, ObjectRef::DN]))
}

fn built_in(model: &SchemaRegistry, id: &str) -> Result<Schema> {
    let id = SchemaUri::parse(id).map_err(|error| wrong(&error.to_string()))?;
    model.schema(&id).cloned().ok_or_else(|| wrong(&format!("the model has no schema `{id}`")))
}

/// The schema of what is known of an account besides SCIM's own attributes.
pub(crate) const ACCOUNT: &str = ACCOUNT_SCHEMA;
