//! Mistakes, and what the compiler says about them.

use crate::expand::expand;
use crate::input::Role;
use crate::names::camel_case;

fn error(role: Role, text: &str) -> String {
    expand(&syn::parse_str(text).unwrap(), role).unwrap_err().to_string()
}

#[test]
fn mistakes_are_explained() {
    let uri = r#"#[scim(schema = "urn:x:Y")]"#;
    let resource = |text: &str| error(Role::Resource, &format!("{uri} {text}"));
    for (found, expected) in [
        (
            error(Role::Resource, "struct Desk { #[scim(rest)] rest: Rest }"),
            "which schema is this? Name it above the struct: `#[scim(schema = \"urn:example:schemas:2.0:Desk\")]`",
        ),
        (resource("enum Desk { A }"), "`Resource` can be derived for a struct only"),
        (
            resource("struct Desk(String);"),
            "`Resource` needs fields with names: every field is one attribute",
        ),
        (
            resource("struct Desk<T> { a: T }"),
            "`Resource` cannot be derived for a generic struct: a schema has no parameters",
        ),
        (
            resource("struct Desk { floor: i64 }"),
            "attributes without a field would be lost: add a field `#[scim(rest)] pub rest: Rest` to `Desk`",
        ),
        (
            resource("struct Desk { #[scim(rest)] a: Rest, #[scim(rest)] b: Rest }"),
            "expected one field with `#[scim(rest)]`, found two",
        ),
        (
            resource(
                "struct Desk { room_no: i64, #[scim(rename = \"ROOMNO\")] other: i64, #[scim(rest)] r: Rest }",
            ),
            "fields `room_no` and `other` are the same attribute `ROOMNO`: names are the same in any case",
        ),
        (
            resource("struct Desk { #[scim(mutability = \"readonly\")] floor: i64 }"),
            "expected `readOnly`, `readWrite`, `immutable`, `writeOnly`, found `readonly`",
        ),
        (
            resource("struct Desk { #[scim(readonly)] floor: i64 }"),
            "unknown option; a field has `rename`, `required`, `case_exact`, `mutability`, `returned`, `uniqueness`, \
             `canonical`, `reference`, `extension` and `rest`",
        ),
        (
            resource("struct Desk { #[scim(rename = \"2nd\")] floor: i64 }"),
            "`2nd` is no attribute name: expected a letter, then letters, digits, `-`, `_` or `$`; choose one with \
             `#[scim(rename = \"...\")]`",
        ),
        (
            resource("struct Desk { schemas: Vec<String> }"),
            "`schemas` is kept for you: it follows from the resource type and the extensions in use",
        ),
        (
            error(Role::Extension, &format!("{uri} struct Desk {{ #[scim(extension)] a: A }}")),
            "only a resource has extensions",
        ),
        (
            error(Role::Complex, &format!("{uri} struct Desk {{ a: String }}")),
            "a complex value has no schema, name or endpoint of its own; derive `Resource` or `Extension` for what has",
        ),
        (
            error(Role::Complex, "struct Desk { #[scim(rest)] rest: Rest }"),
            "a complex value has at least one sub-attribute, beside `rest`",
        ),
        (
            error(Role::Resource, "#[scim(schema = \"Desk\")] struct Desk { a: String }"),
            "expected a URI for `schema`, such as `urn:example:schemas:2.0:Device`",
        ),
        (
            error(Role::Resource, "#[scim(uri = \"Desk\")] struct Desk { a: String }"),
            "unknown option; a struct has `schema`, `name`, `endpoint` and `crate`",
        ),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn fields_are_named_as_attributes_are() {
    for (field, name) in [
        ("user_name", "userName"),
        ("r#type", "type"),
        ("x509_certificates", "x509Certificates"),
        ("id", "id"),
        ("_hidden", "hidden"),
        ("a_b_c", "aBC"),
    ] {
        assert_eq!(camel_case(field), name);
    }
}
