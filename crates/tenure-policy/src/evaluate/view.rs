//! What conditions and mappings see: a person's attributes with those of one engagement laid over them.

use std::borrow::Cow;
use std::sync::LazyLock;

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
    let known = || USER_TYPE_NAME.as_ref().and_then(|name| view.as_object().named(name)?.as_str());
    if !engagement.kind.is_empty() && known().is_none() {
        fill(&mut view, &USER_TYPE, &engagement.kind);
    }
    if let Some(manager) = &engagement.manager {
        fill(&mut view, &MANAGER_VALUE, manager.as_str());
    }
    view
}

/// Sets the text at a path where there is none.
fn fill(view: &mut Cow<'_, Resource>, path: &LazyLock<Option<AttrPath>>, text: &str) {
    if let Some(path) = &**path
        && view.get(path).and_then(|value| value.as_str()).is_none()
    {
        view.to_mut().set(path, text);
    }
}

static USER_TYPE_NAME: LazyLock<Option<AttrName>> = LazyLock::new(|| AttrName::parse("userType").ok());
static USER_TYPE: LazyLock<Option<AttrPath>> = LazyLock::new(|| AttrPath::parse("userType").ok());
static MANAGER_VALUE: LazyLock<Option<AttrPath>> = LazyLock::new(|| {
    AttrPath::parse("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value").ok()
});
