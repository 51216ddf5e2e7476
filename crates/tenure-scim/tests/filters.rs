//! Filters at the edges: exact limits, presence inside of values, text rules of each attribute, unknown attributes, and what is brought into form.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::json;
use tenure_scim::filter::FilterLimits;
use tenure_scim::{CompareOp, Filter, Fired, Profile, Resource, ResourceSchema, SchemaRegistry, Tolerance};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn users(registry: &SchemaRegistry) -> &ResourceSchema {
    registry.resource("User").unwrap()
}

#[track_caller]
fn check(resource: &serde_json::Value, cases: &[(&str, bool)]) {
    let registry = SchemaRegistry::builtin();
    let resource = Resource::from_json(resource.clone()).unwrap();
    for (text, expected) in cases {
        let filter = Filter::parse(text).unwrap();
        let typed = filter.compile(users(&registry)).unwrap();
        assert_eq!(typed.matches(&resource), *expected, "{text} by the schema");
        assert_eq!(filter.compile_open().matches(&resource), *expected, "{text} without a schema");
    }
}

#[test]
fn a_filter_may_reach_its_limits_and_what_is_closed_counts_no_more() {
    let parse = |text: &str, max_length, max_depth| {
        let limits = FilterLimits { max_length, max_depth, max_terms: 8 };
        Filter::parse_with(text, &limits, &Profile::strict(), &mut Fired::default())
    };
    let text = "(a pr) and (b pr) and not (c pr) and d[e pr] and f[g pr]";
    assert_eq!(
        parse(text, text.len(), 1).unwrap().to_string(),
        "a pr and b pr and not (c pr) and d[e pr] and f[g pr]"
    );
    assert_eq!(parse(text, text.len() - 1, 1).unwrap_err().expected(), "at most 55 bytes");
    assert_eq!(parse("((a pr))", 100, 1).unwrap_err().expected(), "at most 1 levels of nesting");
}

#[test]
fn an_error_says_what_was_found_and_keeps_its_place() {
    let error = Filter::parse("title foo 1").unwrap_err();
    assert_eq!((error.found(), error.span()), ("`foo`", Some(6..9)));
    assert_eq!(error.in_text("foo").span(), Some(6..9), "the place was known");
}

#[test]
fn what_holds_nothing_but_empty_values_is_not_present() {
    let user = json!({
        "name": { "givenName": "", "middleName": [""] }, "emails": [{ "value": "" }], "phoneNumbers": [{}],
        "roles": [null, { "value": "a" }], "addresses": [{ "country": null }],
    });
    check(
        &user,
        &[
            ("name pr", false),
            ("emails pr", false),
            ("phoneNumbers pr", false),
            ("addresses pr", false),
            ("roles pr", true),
            ("name eq null", true),
            ("roles ne null", true),
        ],
    );
}

/// RFC 7644 section 7.8: wide letters are narrow ones in user names, and nowhere else.
#[test]
fn only_user_names_are_compared_by_precis() {
    let user = json!({ "userName": "jose", "displayName": "jose", "name": { "givenName": "jose" }, ENTERPRISE: { "department": "jose" } });
    let department = format!(r#"{ENTERPRISE}:department eq "ｊｏｓｅ""#);
    check(
        &user,
        &[
            (r#"userName eq "ｊｏｓｅ""#, true),
            (r#"displayName eq "ｊｏｓｅ""#, false),
            (r#"name.givenName eq "ｊｏｓｅ""#, false),
            (&department, false),
        ],
    );
}

#[test]
fn an_attribute_that_is_not_there_is_null_and_differs_from_everything() {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let group = Resource::from_json(json!({ "displayName": "Staff" })).unwrap();
    for (text, expected) in [
        ("userName eq null", true),
        ("userName ne null", false),
        (r#"userName ne "x""#, true),
        (r#"userName eq "x""#, false),
        (r#"userName gt "x""#, false),
        ("userName pr", false),
        ("emails[value pr]", false),
    ] {
        let filter = Filter::parse(text).unwrap().compile_lenient(groups).unwrap();
        assert_eq!(filter.matches(&group), expected, "{text}");
    }
}

#[test]
fn bare_names_of_extensions_are_qualified_in_every_part_of_a_filter() {
    let registry = SchemaRegistry::builtin();
    let qualified = |text: &str| Filter::parse(text).unwrap().qualified(users(&registry)).to_string();
    for text in
        ["title pr", "name.givenName pr", "emails[department pr]", "shoeSize pr", "urn:x:y:department pr"]
    {
        assert_eq!(qualified(text), text);
    }
    assert_eq!(
        qualified(r#"(department pr or not (title pr)) and costCenter eq "1" and manager[value pr]"#),
        format!(
            r#"({ENTERPRISE}:department pr or not (title pr)) and {ENTERPRISE}:costCenter eq "1" and {ENTERPRISE}:manager[value pr]"#
        )
    );
}

/// Entra writes booleans as text; text that looks like one stays text.
#[test]
fn only_the_literals_of_booleans_are_brought_into_form() {
    let registry = SchemaRegistry::builtin();
    let profile = Profile::strict().with(Tolerance::FilterBooleanText);
    for (text, expected) in [
        (r#"active eq "True" or not (active eq "FALSE")"#, Some("active eq true or not (active eq false)")),
        (
            r#"emails[primary eq "true" and not (primary eq "x")]"#,
            Some(r#"emails[primary eq true and not (primary eq "x")]"#),
        ),
        (r#"title eq "true" and emails[type eq "true" or value pr]"#, None),
        (r#"shoeSize eq "true" and shoes[lost eq "true"]"#, None),
    ] {
        let (mut filter, mut fired) = (Filter::parse(text).unwrap(), Fired::default());
        filter.normalise(users(&registry), &profile, &mut fired);
        assert_eq!(filter.to_string(), expected.unwrap_or(text));
        assert_eq!(fired.contains(Tolerance::FilterBooleanText), expected.is_some(), "{text}");
        let (mut untouched, mut fired) = (Filter::parse(text).unwrap(), Fired::default());
        untouched.normalise(users(&registry), &Profile::strict(), &mut fired);
        assert_eq!(untouched.to_string(), text);
    }
}

#[test]
fn a_filter_is_put_together_flat() {
    let part = |name: &str| Filter::present(name.parse().unwrap());
    let (two, three) =
        (Filter::and([part("a"), part("b")]), Filter::and([Filter::and([part("a"), part("b")]), part("c")]));
    assert_eq!(
        (two.to_string(), three.to_string()),
        ("a pr and b pr".to_owned(), "a pr and b pr and c pr".to_owned())
    );
    assert_eq!(three, Filter::And(vec![part("a"), part("b"), part("c")]));
    assert_eq!(
        Filter::or([Filter::or([part("a"), part("b")]), part("c")]),
        Filter::Or(vec![part("a"), part("b"), part("c")])
    );
    assert_eq!((Filter::and([part("a")]), Filter::or([part("a")])), (part("a"), part("a")));
    let level = |literal: Filter| literal.to_string();
    assert_eq!(level(Filter::compare("a".parse().unwrap(), CompareOp::Ge, 3_i64)), "a ge 3");
    assert_eq!(level(Filter::compare("a".parse().unwrap(), CompareOp::Ne, false)), "a ne false");
    assert_eq!(level(Filter::compare("a".parse().unwrap(), CompareOp::Co, "x".to_owned())), r#"a co "x""#);
}
