use std::collections::BTreeSet;

use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::record::account_schema;
use tenure_connector::{ClassSchema, ConnectorSchema, ObjectClass, ObjectRef, Result};
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrName, Attribute, Schema, SchemaRegistry, SchemaUri, uri};

use super::slot::Holds;
use super::{Rows, Slot};
use crate::error::wrong;

/// The schema of what the tables hold.
pub(crate) fn schema(users: &Rows, groups: Option<&Rows>, linked: bool) -> Result<ConnectorSchema> {
    let mut schema =
        ConnectorSchema::new().with(ObjectClass::USER, class(users, uri::USER, "/Users", false)?);
    if let Some(groups) = groups {
        schema = schema.with(ObjectClass::GROUP, class(groups, uri::GROUP, "/Groups", linked)?);
        if linked {
            schema = schema
                .with(ObjectClass::ENTITLEMENT, entitlement_class())
                .with(ObjectClass::GRANT, grant_class());
        }
    }
    Ok(schema)
}

fn class(rows: &Rows, main: &str, endpoint: &str, linked: bool) -> Result<ClassSchema> {
    let model = SchemaRegistry::builtin();
    let whole = built_in(&model, main)?;
    let mut core = narrow(rows, whole.clone(), true);
    for attribute in &mut core.attributes {
        attribute.required |= *attribute.name.as_str() == *rows.naming();
    }
    if linked {
        core.attributes.extend(members()?);
    }
    let mut extensions = Vec::new();
    let enterprise = built_in(&model, uri::ENTERPRISE_USER)?;
    if rows.slots.iter().any(|slot| slot.path.schema() == Some(&enterprise.id)) {
        extensions.push(narrow(rows, enterprise, false));
    }
    extensions.extend(own(rows, &model));
    let mut known = Vec::new();
    if rows.status.is_some() {
        core.attributes.extend(whole.attributes.into_iter().filter(|one| *one.name.as_str() == *"active"));
        known.push("status");
    }
    known.extend(rows.last_login.as_ref().map(|_| "lastLogin"));
    if rows.class == ObjectClass::USER && !known.is_empty() {
        let mut account = account_schema();
        account.attributes.retain(|one| known.contains(&one.name.as_str()));
        extensions.push(account);
    }
    let mut found_by = vec![match rows.class == ObjectClass::USER {
        true => ObjectRef::USER_NAME,
        false => ObjectRef::DISPLAY_NAME,
    }];
    found_by.extend(
        rows.slots.iter().any(|slot| slot.path.to_string() == "externalId").then_some(ObjectRef::EXTERNAL_ID),
    );
    Ok(ClassSchema::new(rows.class.as_str(), endpoint, core, extensions).found_by(&found_by))
}

/// The members of a group, of which a table of memberships holds the ids.
fn members() -> Result<Option<Attribute>> {
    let group = built_in(&SchemaRegistry::builtin(), uri::GROUP)?;
    let mut members = group.attributes.into_iter().find(|one| *one.name.as_str() == *"members");
    if let Some(members) = &mut members {
        members.sub_attributes.retain(|sub| ["value", "type"].contains(&sub.name.as_str()));
    }
    Ok(members)
}

/// A schema with only those of its attributes that have a column.
fn narrow(rows: &Rows, mut schema: Schema, core: bool) -> Schema {
    let mut known: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mine = |slot: &&Slot| slot.path.schema().map_or(core, |uri| *uri == schema.id);
    for slot in rows.slots.iter().filter(mine) {
        let name = slot.path.name().as_str().to_owned();
        let mut put = |sub: Option<&str>| known.insert((name.clone(), sub.map(str::to_owned)));
        match &slot.holds {
            Holds::Whole => put(slot.path.sub().map(AttrName::as_str)),
            Holds::Only => put(Some("value")),
            Holds::Typed(_) => put(Some("value")) | put(Some("type")),
        };
    }
    schema.attributes.retain_mut(|attribute| {
        let has = |sub: Option<&AttrName>| {
            let sub = sub.map(AttrName::as_str);
            known.iter().any(|(name, own)| {
                attribute.name.as_str().eq_ignore_ascii_case(name)
                    && own.as_deref().map(str::to_ascii_lowercase) == sub.map(str::to_ascii_lowercase)
            })
        };
        let whole = has(None);
        let subs: Vec<_> =
            attribute.sub_attributes.iter().filter(|sub| has(Some(&sub.name))).cloned().collect();
        attribute.sub_attributes = subs;
        whole || !attribute.sub_attributes.is_empty()
    });
    schema
}

/// The schemas that are not the model's own: their attributes are texts.
fn own(rows: &Rows, model: &SchemaRegistry) -> Vec<Schema> {
    let mut schemas: Vec<Schema> = Vec::new();
    for slot in &rows.slots {
        let Some(uri) = slot.path.schema().filter(|uri| model.schema(uri).is_none()) else { continue };
        let attribute = Attribute::new(slot.path.name().clone(), AttributeType::String);
        match schemas.iter_mut().find(|schema| schema.id == *uri) {
            Some(schema) => schema.attributes.push(attribute),
            None => {
                let mut schema = Schema::new(uri.clone());
                schema.attributes.push(attribute);
                schemas.push(schema);
            }
        }
    }
    schemas
}

fn built_in(model: &SchemaRegistry, id: &str) -> Result<Schema> {
    let id = SchemaUri::parse(id).map_err(|error| wrong(error.to_string()))?;
    model.schema(&id).cloned().ok_or_else(|| wrong(format!("the model has no schema `{id}`")))
}
