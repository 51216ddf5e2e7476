use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_scim::{ResourceType, Schema, SchemaRegistry, SchemaUri, uri};

use crate::record::account_schema;
use crate::{Certainty, ConnectorError, EntitlementRef, ErrorKind, ObjectClass, ObjectRef, Result};

/// Describes the objects of a system with SCIM schemas, and which entitlements exclude each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectorSchema {
    /// The classes.
    pub classes: BTreeMap<ObjectClass, ClassSchema>,
    /// The groups of entitlements of which an account holds at most one, such as licence tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<ExclusiveGroup>,
}

/// Describes the objects of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSchema {
    /// The resource type: its main schema and its extensions.
    pub resource_type: ResourceType,
    /// The schemas that the resource type names.
    pub schemas: Vec<Schema>,
    /// The names of the secondary identifiers that the connector can find an object by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_by: Vec<String>,
}

/// A set of entitlements of which an account holds at most one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusiveGroup {
    /// The name, as an entitlement refers to it.
    pub name: String,
    /// The members.
    pub members: Vec<EntitlementRef>,
    /// The one that a revoke falls back to, when an account cannot be without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<EntitlementRef>,
}

impl ClassSchema {
    /// Describes a class by one main schema and extensions that need not be there.
    #[must_use]
    pub fn new(name: &str, endpoint: &str, main: Schema, extensions: Vec<Schema>) -> Self {
        let plain = ResourceType::new(name, endpoint, main.id.clone());
        let resource_type =
            extensions.iter().fold(plain, |kind, extension| kind.with_extension(extension.id.clone(), false));
        Self {
            resource_type,
            schemas: std::iter::once(main).chain(extensions).collect(),
            found_by: Vec::new(),
        }
    }

    /// Describes accounts as RFC 7643 users with the enterprise extension and
    /// [what a system knows besides](crate::record::account_schema).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_connector::{ClassSchema, ConnectorSchema, ObjectClass};
    ///
    /// let schema = ConnectorSchema::new().with(ObjectClass::USER, ClassSchema::user());
    /// let registry = schema.registry()?;
    /// assert!(registry.resource("User").is_some());
    /// # Ok::<(), tenure_connector::ConnectorError>(())
    /// ```
    #[must_use]
    pub fn user() -> Self {
        let enterprise = built_in(uri::ENTERPRISE_USER);
        Self::new("User", "/Users", built_in(uri::USER), vec![enterprise, account_schema()])
            .found_by(&[ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID])
    }

    /// Describes groups as RFC 7643 groups.
    #[must_use]
    pub fn group() -> Self {
        Self::new("Group", "/Groups", built_in(uri::GROUP), Vec::new()).found_by(&[ObjectRef::DISPLAY_NAME])
    }

    /// Names the secondary identifiers that the connector can find an object by.
    #[must_use]
    pub fn found_by(mut self, names: &[&str]) -> Self {
        self.found_by = names.iter().map(ToString::to_string).collect();
        self
    }
}

#[expect(clippy::expect_used, reason = "the model always has the schemas of RFC 7643")]
fn built_in(id: &str) -> Schema {
    let registry = SchemaRegistry::builtin();
    let id = SchemaUri::parse(id).expect("a URI of the model parses");
    registry.schema(&id).expect("the model has its own schemas").clone()
}

impl ConnectorSchema {
    /// Starts with no class.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a class.
    #[must_use]
    pub fn with(mut self, class: ObjectClass, schema: ClassSchema) -> Self {
        self.classes.insert(class, schema);
        self
    }

    /// Adds a group of entitlements that exclude each other.
    #[must_use]
    pub fn with_exclusive(mut self, group: ExclusiveGroup) -> Self {
        self.exclusive.push(group);
        self
    }

    /// Compiles the schemas of all classes into a registry, in which a class is found by its resource type's name.
    ///
    /// # Errors
    ///
    /// `Protocol`, when a resource type names a schema that the class does not bring.
    pub fn registry(&self) -> Result<SchemaRegistry> {
        let mut registry = SchemaRegistry::new();
        for class in self.classes.values() {
            class.schemas.iter().for_each(|schema| registry.add_schema(schema.clone()));
        }
        for class in self.classes.values() {
            registry.add_resource_type(class.resource_type.clone()).map_err(|error| {
                ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
                    .with_detail(format!("the schema of `{}` does not compile", class.resource_type.name))
                    .with_source(error)
            })?;
        }
        Ok(registry)
    }

    /// The exclusive group that an entitlement belongs to.
    #[must_use]
    pub fn exclusive_group(&self, entitlement: &EntitlementRef) -> Option<&ExclusiveGroup> {
        self.exclusive.iter().find(|group| group.members.contains(entitlement))
    }
}
