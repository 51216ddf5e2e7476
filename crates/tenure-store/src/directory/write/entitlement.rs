//! Entitlements: groups are memberships, roles are values of `roles`, everything else is a value of `entitlements`.

use serde_json::{Value, json};
use tenure_connector::{EntitlementRef, ErrorKind, ObjectClass, ObjectRef, OperationKind, Outcome};
use tenure_scim::Resource;

use super::members::Member;
use super::{Write, lacks};
use crate::directory::error::{Result, refused, unsupported};
use crate::directory::fields::{drop_attribute, put};
use crate::directory::row::{Stored, version};
use crate::directory::shape::{Shape, named};

/// The kind that means membership of a group.
const GROUP: &str = "group";

impl Write<'_> {
    /// Gives an entitlement.
    pub(super) async fn grant(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        what: &EntitlementRef,
    ) -> Result<Outcome> {
        let stored = self.find(shape, object, None).await?;
        if what.kind == GROUP {
            let groups = self.group_shape()?;
            let group = self
                .group(groups, what)
                .await?
                .ok_or_else(|| refused(ErrorKind::NotFound, format!("there is no group `{}`", what.id)))?;
            if !self.add_members(group.seq, &[Member::of(&stored.id)]).await? {
                return Ok(Outcome::already_so());
            }
            self.touch(&group).await?;
            return Ok(Outcome::done(true));
        }
        let attribute = attribute(shape, what)?;
        let mut resource = stored.resource(shape)?;
        let mut values = values(&resource, attribute);
        if values.iter().any(|value| is(value, attribute, what)) {
            return Ok(Outcome::already_so().with_version(version(stored.version)));
        }
        let keys = shape.keys(&resource)?;
        values.push(element(attribute, what));
        put(&mut resource, attribute, Value::Array(values));
        Ok(Outcome::done(true).with_version(version(self.save(shape, &stored, &keys, &resource).await?)))
    }

    /// Takes an entitlement away.
    pub(super) async fn revoke(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        what: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some(stored) = self.find_if_there(shape, object, None).await? else {
            return Ok(Outcome::already_gone());
        };
        if what.kind == GROUP {
            let groups = self.group_shape()?;
            let Some(group) = self.group(groups, what).await? else { return Ok(Outcome::already_gone()) };
            if !self.remove_members(group.seq, &[Member::of(&stored.id)]).await? {
                return Ok(Outcome::already_gone());
            }
            self.touch(&group).await?;
            return Ok(Outcome::done(true));
        }
        let attribute = attribute(shape, what)?;
        let mut resource = stored.resource(shape)?;
        let mut values = values(&resource, attribute);
        let before = values.len();
        values.retain(|value| !is(value, attribute, what));
        if values.len() == before {
            return Ok(Outcome::already_gone());
        }
        let keys = shape.keys(&resource)?;
        if values.is_empty() {
            drop_attribute(&mut resource, attribute);
        } else {
            put(&mut resource, attribute, Value::Array(values));
        }
        Ok(Outcome::done(true).with_version(version(self.save(shape, &stored, &keys, &resource).await?)))
    }

    /// A group is named by its id, or by its display name where no group has that id.
    async fn group(&self, shape: &Shape, what: &EntitlementRef) -> Result<Option<Stored>> {
        let by_id = ObjectRef::new(shape.class.clone(), what.id.clone());
        match self.find_if_there(shape, &by_id, None).await? {
            Some(group) => Ok(Some(group)),
            None => {
                let by_name = ObjectRef::by(shape.class.clone(), ObjectRef::DISPLAY_NAME, &what.id);
                self.find_if_there(shape, &by_name, None).await
            }
        }
    }

    fn group_shape(&self) -> Result<&Shape> {
        self.shapes
            .get(&ObjectClass::GROUP)
            .filter(|shape| shape.has_members)
            .ok_or_else(|| unsupported("this directory has no groups"))
    }
}

fn attribute(shape: &Shape, what: &EntitlementRef) -> Result<&'static str> {
    let attribute = if what.kind == "role" { "roles" } else { "entitlements" };
    if what.id.is_empty() {
        return Err(refused(ErrorKind::InvalidInput, format!("expected an entitlement id, found `{what}`")));
    }
    match named(attribute).and_then(|path| shape.schema.attribute(&path)) {
        Some(_) => Ok(attribute),
        None => Err(lacks(shape, OperationKind::Grant)),
    }
}

fn values(resource: &Resource, attribute: &str) -> Vec<Value> {
    let elements = resource.attr(attribute).and_then(|value| value.as_array());
    elements
        .into_iter()
        .flat_map(|elements| elements.iter().map(|v| v.to_json()).collect::<Vec<_>>())
        .collect()
}

fn is(value: &Value, attribute: &str, what: &EntitlementRef) -> bool {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    text("value") == Some(what.id.as_str())
        && (attribute == "roles" || text("type") == Some(what.kind.as_str()))
}

fn element(attribute: &str, what: &EntitlementRef) -> Value {
    if attribute == "roles" {
        json!({"value": what.id})
    } else {
        json!({"value": what.id, "type": what.kind})
    }
}
