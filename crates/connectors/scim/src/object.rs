use std::collections::BTreeSet;

use tenure_connector::{Fields, Object, ObjectClass, ObjectRef, Version};
use tenure_scim::{AttrPath, Resource};
use tenure_scim_client::{Projection, Reply};

/// How the peer names a resource.
pub(crate) fn reference(class: &ObjectClass, resource: &Resource) -> ObjectRef {
    let mut object = ObjectRef::new(class.clone(), resource.id().unwrap_or_default());
    for (name, path) in [
        (ObjectRef::USER_NAME, "userName"),
        (ObjectRef::EXTERNAL_ID, "externalId"),
        (ObjectRef::DISPLAY_NAME, "displayName"),
    ] {
        if name == ObjectRef::DISPLAY_NAME && *class == ObjectClass::USER {
            continue;
        }
        if let Some(text) = resource.text(path).filter(|text| !text.is_empty()) {
            object = object.with(name, text);
        }
    }
    match email(resource) {
        Some(email) => object.with(ObjectRef::EMAIL, email),
        None => object,
    }
}

fn email(resource: &Resource) -> Option<&str> {
    let emails = resource.attr("emails")?.as_array()?;
    let primary = emails.iter().find(|email| {
        email.as_object().and_then(|email| email.get("primary")).and_then(|flag| flag.as_bool()) == Some(true)
    });
    primary.or_else(|| emails.iter().next())?.as_object()?.get("value")?.as_str()
}

pub(crate) fn object(class: &ObjectClass, resource: Resource) -> Object {
    let version = resource.meta().and_then(|meta| meta.get("version")?.as_str().map(str::to_owned));
    let object = Object::new(reference(class, &resource), resource);
    match version.filter(|version| !version.is_empty()) {
        Some(version) => object.with_version(Version::new(version)),
        None => object,
    }
}

pub(crate) fn of_reply(class: &ObjectClass, reply: Reply<Resource>) -> Object {
    let version = reply.version.clone();
    let object = object(class, reply.value);
    match version {
        Some(version) => object.with_version(Version::new(version)),
        None => object,
    }
}

/// The wanted attributes, with those that name the object: without them a reference would be poorer than it can be.
pub(crate) fn projection(fields: &Fields, class: &ObjectClass) -> Projection {
    match fields {
        Fields::All => Projection::Default,
        Fields::Except(paths) => Projection::Except(paths.iter().cloned().collect()),
        Fields::Only(paths) => {
            let naming = match class {
                class if *class == ObjectClass::USER => &["userName", "externalId"][..],
                _ => &["displayName", "externalId"][..],
            };
            let naming = naming.iter().filter_map(|path| AttrPath::parse(path).ok());
            let all: BTreeSet<_> = paths.iter().cloned().chain(naming).collect();
            Projection::Only(all.into_iter().collect())
        }
    }
}
