use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use tenure_connector::{
    Capabilities, ConnectorSchema, Context, EntitlementRef, ObjectClass, ObjectRef, Version,
};
use tenure_policy::{EntitlementKey, EntitlementKind, IdentityId, SeatPolicy, TargetId};
use tenure_scim::{Resource, ResourceSchema, SchemaRegistry, uri};
use tenure_store::{HeldRecord, LinkRecord};

use super::Catalogue;
use crate::{Engine, EngineError, Result};

/// One target: what it can do, and what it holds as last seen.
#[derive(Debug)]
pub(crate) struct TargetWorld {
    pub(crate) class: ObjectClass,
    pub(crate) capabilities: Capabilities,
    pub(crate) described: Arc<Described>,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Live links by identity.
    pub(crate) links: BTreeMap<IdentityId, LinkRecord>,
    /// Whose an account is or was.
    pub(crate) owners: BTreeMap<String, IdentityId>,
    pub(crate) held: BTreeMap<String, Vec<HeldRecord>>,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Why it could not be read.
    pub(crate) unread: Option<String>,
}

/// How a target describes its objects; compiled once for each engine.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) schema: ConnectorSchema,
    registry: SchemaRegistry,
    class: ObjectClass,
    resource_type: String,
}

impl Described {
    pub(crate) async fn read(engine: &Engine, target: &TargetId) -> Result<Arc<Self>> {
        if let Some(known) = engine.described.lock().unwrap_or_else(PoisonError::into_inner).get(target) {
            return Ok(Arc::clone(known));
        }
        let ctx = engine.context(Context::new(format!("schema/{target}")));
        let failed = |error| EngineError::Connector { system: target.to_string(), error };
        let schema = engine.connector(target)?.schema(&ctx).await.map_err(failed)?;
        let class = engine.account_class(target);
        let Some(found) = schema.classes.get(&class) else {
            let detail = format!("its schema does not describe the class `{class}`");
            return Err(EngineError::Unusable { system: target.to_string(), detail });
        };
        let resource_type = found.resource_type.name.clone();
        let registry = schema.registry().map_err(failed)?;
        let described = Arc::new(Self { schema, registry, class, resource_type });
        let mut known = engine.described.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(target.clone(), Arc::clone(&described));
        Ok(described)
    }

    /// The resource type of accounts.
    pub(crate) fn accounts(&self) -> Option<&ResourceSchema> {
        self.registry.resource(&self.resource_type)
    }

    /// The main schema of accounts.
    pub(crate) fn main_schema(&self) -> &str {
        self.schema.classes.get(&self.class).map_or(uri::USER, |class| class.resource_type.schema.as_str())
    }
}

/// An account as last seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    pub(crate) resource: Resource,
    pub(crate) version: Option<Version>,
}

impl Account {
    /// Whether the account works. A target that says nothing has no disabled accounts.
    pub(crate) fn is_active(&self) -> bool {
        self.resource.attr("active").and_then(tenure_scim::ValueRef::as_bool).unwrap_or(true)
    }
}

impl TargetWorld {
    /// The same target, of which nothing is known but what it can do and what it calls its entitlements.
    pub(super) fn bare(&self) -> Self {
        Self {
            class: self.class.clone(),
            capabilities: self.capabilities.clone(),
            described: Arc::clone(&self.described),
            accounts: BTreeMap::new(),
            links: BTreeMap::new(),
            owners: BTreeMap::new(),
            held: BTreeMap::new(),
            catalogue: Arc::clone(&self.catalogue),
            unread: self.unread.clone(),
        }
    }

    pub(crate) fn held_by(&self, account: &str) -> impl Iterator<Item = &HeldRecord> {
        self.held.get(account).into_iter().flatten()
    }

    pub(crate) fn object(&self, account: &str) -> ObjectRef {
        let mut object = ObjectRef::new(self.class.clone(), account);
        if let Some(resource) = self.accounts.get(account).map(|account| &account.resource) {
            for name in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID] {
                if let Some(value) = resource.text(name) {
                    object = object.with(name, value);
                }
            }
        }
        object
    }

    /// Whether what the target holds is a paid seat of a tier.
    pub(crate) fn is_seat(&self, seat: &SeatPolicy, kind: &str, value: &str) -> bool {
        EntitlementKind::parse(kind).is_ok_and(|kind| kind == seat.held_by)
            && self.catalogue.resolve(kind, &seat.tier).id == value
    }

    /// What the target calls what the policy names.
    pub(crate) fn entitlement(&self, key: &EntitlementKey) -> EntitlementRef {
        self.catalogue.resolve(key.kind.as_str(), key.value())
    }

    /// What the policy calls what the target holds.
    pub(crate) fn key_of(&self, target: &TargetId, held: &HeldRecord) -> Option<EntitlementKey> {
        let kind = EntitlementKind::parse(&held.kind).ok()?;
        let value = held.named.as_deref().unwrap_or(&held.value);
        EntitlementKey::of(target.clone(), kind, value).ok()
    }

    /// The name to show for an entitlement.
    pub(crate) fn show(&self, entitlement: &EntitlementRef) -> String {
        match self.catalogue.display(entitlement).flatten() {
            Some(display) => format!("{}:{display}", entitlement.kind),
            None => entitlement.to_string(),
        }
    }
}
