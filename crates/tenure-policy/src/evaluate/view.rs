//! What conditions and mappings see: a person's attributes with those of one engagement laid over them.

use std::borrow::Cow;

use serde_json::Value;
use tenure_scim::{AttrName, AttrPath, Resource, SchemaUri};

use crate::identity::{Engagement, Person};

/// The attributes of a person in one engagement.
pub(crate) fn of_engagement<'a>(person: &'a Person, engagement: &Engagement) -> Cow<'a, Resource> {
    let mut view = Cow::Borrowed(&person.attributes);
    for (name, value) in engagement.attributes.attributes() {
        if name.eq_ignore_ascii_case("schemas") {
            continue;
        }
        match (SchemaUri::parse(name).ok().filter(|_| name.contains(':')), value.as_object()) {
            (Some(schema), Some(object)) => {
                for (inner, value) in object.iter() {
                    if let Ok(inner) = AttrName::parse(inner) {
                        view.to_mut().set(&AttrPath::new(Some(schema.clone()), inner, None), value.to_json());
                    }
                }
            }
            _ => {
                if let Ok(name) = AttrName::parse(name) {
                    view.to_mut().set(&AttrPath::from(name), value.to_json());
                }
            }
        }
    }
    if view.text("userType").is_none() && !engagement.kind.is_empty() {
        set(&mut view, "userType", engagement.kind.as_str().into());
    }
    if let Some(manager) = &engagement.manager
        && view.text(MANAGER_VALUE).is_none()
    {
        set(&mut view, MANAGER_VALUE, manager.as_str().into());
    }
    view
}

fn set(view: &mut Cow<'_, Resource>, path: &str, value: Value) {
    if let Ok(path) = AttrPath::parse(path) {
        view.to_mut().set(&path, value);
    }
}

const MANAGER_VALUE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
