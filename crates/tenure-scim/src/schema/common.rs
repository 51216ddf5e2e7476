//! What every resource and every multi-valued attribute has.

use super::{Attribute, AttributeType, Mutability};

/// `schemas`, `id`, `externalId` and `meta`.
///
/// Spec: RFC 7643 sections 3 and 3.1.
pub(super) fn common_attributes() -> Vec<Attribute> {
    #[expect(clippy::expect_used, reason = "the text is part of the crate and a test reads it")]
    serde_json::from_str(include_str!("common.json")).expect("the common attributes are valid")
}

/// The attribute with the sub-attributes that it has without its schema saying so.
///
/// Spec: RFC 7643 section 2.4.
pub(super) fn with_implied(attribute: &Attribute) -> Attribute {
    let mut attribute = attribute.clone();
    if attribute.kind != AttributeType::Complex || !attribute.multi_valued {
        return attribute;
    }
    let has = |name: &str| attribute.sub_attributes.iter().any(|s| s.name == name);
    let none = attribute.sub_attributes.is_empty();
    let implied = [
        ("value", AttributeType::String, none),
        ("display", AttributeType::String, none || (has("value") && !has("display"))),
        ("type", AttributeType::String, none),
        ("primary", AttributeType::Boolean, !has("primary")),
        ("$ref", AttributeType::Reference, none),
    ];
    let read_only = attribute.mutability == Mutability::ReadOnly;
    for (name, kind, _) in implied.into_iter().filter(|(_, _, missing)| *missing) {
        if let Ok(parsed) = name.parse() {
            let mut sub = Attribute::new(parsed, kind);
            sub.mutability = match name {
                _ if read_only => Mutability::ReadOnly,
                "display" => Mutability::Immutable,
                _ => Mutability::ReadWrite,
            };
            attribute.sub_attributes.push(sub);
        }
    }
    attribute
}
