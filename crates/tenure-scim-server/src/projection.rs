//! What the connector has to read for an answer.

use std::collections::BTreeSet;

use tenure_connector::Fields;
use tenure_scim::schema::{Attribute, Returned};
use tenure_scim::value::ObjectRef;
use tenure_scim::{AttrPath, Projection, Resource, ResourceSchema, Schema, SchemaUri, ValueRef};

/// The whole attributes that an answer has a part of.
pub(crate) fn fields(projection: &Projection, schema: &ResourceSchema) -> Fields {
    if !projection.attributes().is_empty() {
        return Fields::Only(named(projection.attributes(), schema));
    }
    let except: BTreeSet<AttrPath> = projection
        .excluded()
        .iter()
        .filter(|path| path.sub().is_none() && whole_extension(path, schema).is_none())
        .map(|path| unqualified(path, schema))
        .filter(|path| schema.attribute(path).is_some_and(|a| a.returned != Returned::Always))
        .collect();
    if except.is_empty() { Fields::All } else { Fields::Except(except) }
}

/// The attributes that a body wrote, where the schema has some that are returned to their writer only.
pub(crate) fn written(resource: &Resource, schema: &ResourceSchema) -> BTreeSet<AttrPath> {
    let mut paths = BTreeSet::new();
    let extended = schema.extensions().flat_map(|(extension, _)| &extension.attributes);
    if !schema.attributes().iter().chain(extended).any(|a| is(a, Returned::Request)) {
        return paths;
    }
    for (name, value) in resource.attributes() {
        match (SchemaUri::parse(name), value.as_object()) {
            (Ok(schema), Some(members)) if name.contains(':') => paths.extend(
                members
                    .iter()
                    .filter_map(|(name, _)| AttrPath::parse(name).ok())
                    .map(|path| path.with_schema(schema.clone())),
            ),
            _ => paths.extend(AttrPath::parse(name)),
        }
    }
    paths
}

/// Whether a resource has nothing that the usual answer leaves out, so that it is the answer itself.
pub(crate) fn is_whole(projection: &Projection, schema: &ResourceSchema, resource: &Resource) -> bool {
    let hidden = |a: &&Attribute| is(a, Returned::Never) || is(a, Returned::Request);
    let has =
        |of: ObjectRef<'_>, all: &[Attribute]| all.iter().filter(hidden).any(|a| of.named(&a.name).is_some());
    let own = resource.as_object();
    projection.is_default()
        && !has(own, schema.attributes())
        && !schema.extensions().any(|(extension, _)| {
            let given = own.get(extension.id.as_str()).and_then(ValueRef::as_object);
            given.is_some_and(|given| has(given, &extension.attributes))
        })
}

/// Whether an attribute, or a part of it, is returned so.
fn is(attribute: &Attribute, returned: Returned) -> bool {
    attribute.returned == returned || attribute.sub_attributes.iter().any(|sub| sub.returned == returned)
}

/// The attributes that were named, and those that always come.
fn named(paths: &[AttrPath], schema: &ResourceSchema) -> BTreeSet<AttrPath> {
    let always = schema.attributes().iter().filter(|attribute| attribute.returned == Returned::Always);
    let mut wanted: BTreeSet<AttrPath> = always.map(|a| AttrPath::from(a.name.clone())).collect();
    for path in paths {
        match whole_extension(path, schema) {
            Some(extension) => wanted.extend(
                extension
                    .attributes
                    .iter()
                    .map(|a| AttrPath::from(a.name.clone()).with_schema(extension.id.clone())),
            ),
            None => {
                wanted.insert(unqualified(&path.parent(), schema));
            }
        }
    }
    wanted
}

/// A URN alone names a whole extension, although it reads like a schema and an attribute.
fn whole_extension<'a>(path: &AttrPath, schema: &'a ResourceSchema) -> Option<&'a Schema> {
    let text = path.to_string();
    schema.extensions().map(|(extension, _)| extension).find(|e| e.id.as_str().eq_ignore_ascii_case(&text))
}

fn unqualified(path: &AttrPath, schema: &ResourceSchema) -> AttrPath {
    if path.schema().is_some_and(|uri| *uri == schema.base().id) {
        path.without_schema()
    } else {
        path.clone()
    }
}

#[cfg(test)]
mod tests {
    use tenure_scim::SchemaRegistry;

    use super::*;

    #[test]
    fn only_what_nothing_is_left_out_of_is_the_answer_itself() {
        let registry = SchemaRegistry::builtin();
        let users = registry.resource("User").unwrap();
        let usual = Projection::default();
        let some = Projection::new(vec!["userName".parse().unwrap()], Vec::new()).unwrap();
        let cases = [
            (r#"{"userName":"a","name":{"givenName":"b"},"emails":[{"value":"c"}]}"#, &usual, true),
            (r#"{"userName":"a","password":"secret"}"#, &usual, false),
            (r#"{"userName":"a","PASSWORD":"secret"}"#, &usual, false),
            (r#"{"userName":"a"}"#, &some, false),
        ];
        for (text, projection, whole) in cases {
            let user: Resource = text.parse().unwrap();
            assert_eq!(is_whole(projection, users, &user), whole, "{text}");
            let applied = projection.apply(&user, users, &BTreeSet::new());
            assert!(!whole || applied == user, "{text}");
        }
    }
}
