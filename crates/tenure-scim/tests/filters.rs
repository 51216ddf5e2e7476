//! Filters at the edges: exact limits, presence inside of values, text rules of each attribute, unknown attributes, and what is brought into form.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use serde_json::json;
use tenure_scim::filter::FilterLimits;
use tenure_scim::{
    CompareOp, Filter, Fired, Profile, Resource, ResourceSchema, ResourceType, Schema, SchemaRegistry,
    Tolerance,
};

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

/// The user name is the one of the resource, whatever an extension or a part of an attribute is called.
#[test]
fn what_is_called_user_name_elsewhere_is_compared_as_any_text() {
    let mut registry = SchemaRegistry::builtin();
    let login = json!({"name": "login", "type": "complex", "subAttributes": [{"name": "userName"}]});
    for (id, attributes) in [
        ("urn:x:Account", json!([{"name": "userName"}, login])),
        ("urn:x:Old", json!([{"name": "userName"}])),
    ] {
        registry.add_schema(Schema::from_json(json!({"id": id, "attributes": attributes})).unwrap());
    }
    let kind = ResourceType::new("Account", "/Accounts", "urn:x:Account".parse().unwrap())
        .with_extension("urn:x:Old".parse().unwrap(), false);
    registry.add_resource_type(kind).unwrap();
    let account =
        json!({"userName": "jose", "login": {"userName": "jose"}, "urn:x:Old": {"userName": "jose"}});
    let account = Resource::from_json(account).unwrap();
    for (path, wide) in [("userName", true), ("login.userName", false), ("urn:x:Old:userName", false)] {
        for (text, expected) in [("JOSE", true), ("ｊｏｓｅ", wide)] {
            let filter = Filter::parse(&format!("{path} eq \"{text}\"")).unwrap();
            let filter = filter.compile(registry.resource("Account").unwrap()).unwrap();
            assert_eq!(filter.matches(&account), expected, "{path} {text}");
        }
    }
}

#[test]
fn a_boolean_in_quotes_is_answered_with_advice_and_other_text_without() {
    let registry = SchemaRegistry::builtin();
    for (text, help) in [
        ("true", Some("booleans stand without quotes")),
        ("False", Some("booleans stand without quotes")),
        ("yes", None),
    ] {
        let filter = Filter::parse(&format!("active eq \"{text}\"")).unwrap();
        let error = filter.check(users(&registry)).unwrap_err();
        assert_eq!(
            error.to_string().split(';').next(),
            Some(&*format!("expected a boolean for `active`, found `\"{text}\"`"))
        );
        assert_eq!(error.help(), help, "{text}");
    }
}

#[test]
fn a_part_of_the_type_stands_beside_what_else_a_value_must_have() {
    let user = json!({
        "emails": [{ "type": "work", "value": "anna@example.com" }, { "type": "home", "value": "a@b.org" }],
        "addresses": [{ "type": "work", "country": "NO", "locality": "Bergen" }, { "type": "home", "country": "SE" }],
    });
    let mut cases = Vec::new();
    for (part, expected) in [
        (r#"type sw "wo""#, true),
        (r#"type ew "rk""#, true),
        (r#"type sw "w""#, true),
        (r#"type eq "work""#, true),
        (r#"type sw "ho""#, false),
        (r#"type ew "me""#, false),
    ] {
        cases.push((format!(r#"emails[{part} and value ew "@example.com"]"#), expected));
        cases.push((format!(r#"emails[value ew "@example.com" and {part}]"#), expected));
        cases.push((format!(r#"addresses[{part} and country eq "NO"]"#), expected));
        cases.push((format!(r#"addresses[locality eq "Bergen" and {part}]"#), expected));
    }
    let cases: Vec<_> = cases.iter().map(|(text, expected)| (text.as_str(), *expected)).collect();
    check(&user, &cases);
}

/// Without a schema a complex value stands for its `value`, and for nothing where that is missing or complex.
#[test]
fn a_complex_value_without_a_value_differs_from_everything() {
    let resource = json!({
        "parts": { "size": 3 }, "nested": { "value": { "value": "a" } }, "plain": { "value": "a" }, "on": { "value": true },
    });
    let resource = Resource::from_json(resource).unwrap();
    for (text, expected) in [
        (r#"plain eq "a""#, true),
        (r#"plain ne "a""#, false),
        (r#"nested eq "a""#, false),
        (r#"nested ne "a""#, true),
        (r#"parts eq "a""#, false),
        (r#"parts co "a""#, false),
        ("parts eq 3", false),
        ("parts gt 1", false),
        ("parts eq true", false),
        ("on eq true", true),
        ("on ne true", false),
        ("on eq false", false),
        (r#"parts ne "a""#, true),
    ] {
        assert_eq!(Filter::parse(text).unwrap().compile_open().matches(&resource), expected, "{text}");
    }
}

/// An order of times is one of instants, and `ne` is the opposite of `eq` for every kind of value.
#[test]
fn times_and_numbers_are_compared_by_what_they_say_and_not_by_their_text() {
    let mut registry = SchemaRegistry::builtin();
    let attributes = json!([{"name": "level", "type": "integer"}, {"name": "price", "type": "decimal"}]);
    registry.add_schema(Schema::from_json(json!({"id": "urn:x:Seat", "attributes": attributes})).unwrap());
    registry.add_resource_type(ResourceType::new("Seat", "/Seats", "urn:x:Seat".parse().unwrap())).unwrap();
    let seats = registry.resource("Seat").unwrap();
    let seat = json!({ "level": 10, "price": 2.50, "meta": { "created": "2026-01-31T12:00:00Z" } });
    let seat = Resource::from_json(seat).unwrap();
    for (text, expected) in [
        ("level gt 9", true),
        ("level eq 10", true),
        ("level ne 10", false),
        ("level ne 9", true),
        ("level le 9", false),
        ("price eq 2.5", true),
        ("price ne 2.5", false),
        ("price ne 2.51", true),
        ("price lt 10", true),
        (r#"meta.created gt "2026-01-31T12:30:00+01:00""#, true),
        (r#"meta.created lt "2026-01-31T12:30:00+01:00""#, false),
        (r#"meta.created ge "2026-01-31T13:00:00+01:00""#, true),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert_eq!(filter.compile(seats).unwrap().matches(&seat), expected, "{text} by the schema");
        assert_eq!(filter.compile_open().matches(&seat), expected, "{text} without a schema");
    }
    for (text, expected) in [
        (r#"meta.created eq "2026-01-31T13:00:00+01:00""#, true),
        (r#"meta.created ne "2026-01-31T13:00:00+01:00""#, false),
        (r#"meta.created ne "2026-01-31T13:00:00Z""#, true),
    ] {
        assert_eq!(Filter::parse(text).unwrap().compile(seats).unwrap().matches(&seat), expected, "{text}");
    }
    // Without a schema it may be any text, and equal texts are the same.
    for (text, expected) in [
        (r#"meta.created eq "2026-01-31T13:00:00+01:00""#, false),
        (r#"meta.created eq "2026-01-31T12:00:00Z""#, true),
        (r#"meta.created sw "2026-01-31T12:00:00Z""#, true),
    ] {
        assert_eq!(Filter::parse(text).unwrap().compile_open().matches(&seat), expected, "{text}");
    }
    let error = Filter::parse(r#"level eq "10""#).unwrap().check(seats).unwrap_err();
    assert_eq!((error.expected(), error.help()), ("an integer for `level`", None));
}

#[test]
fn text_without_quotes_is_answered_with_advice() {
    let registry = SchemaRegistry::builtin();
    for text in ["title eq 1", "title eq true", "profileUrl eq 1"] {
        let error = Filter::parse(text).unwrap().check(users(&registry)).unwrap_err();
        assert_eq!(error.help(), Some("text stands in double quotes"), "{text}");
    }
    let error = Filter::parse("x509Certificates.value eq 1").unwrap().check(users(&registry)).unwrap_err();
    assert_eq!(error.help(), None);
}

#[test]
fn a_null_among_values_is_no_value_that_differs() {
    let user = json!({
        "schemas": ["urn:x", null], "emails": [{ "value": "a" }, { "value": null }], "roles": [null],
    });
    check(
        &user,
        &[
            (r#"schemas ne "urn:x""#, false),
            (r#"emails.value ne "a""#, false),
            (r#"emails.value ne "b""#, true),
            (r#"roles.value ne "a""#, true),
            (r#"schemas eq "urn:x""#, true),
        ],
    );
}

/// A comparison behind `[ ]` is about the `value`, for those who asked for it.
#[test]
fn what_is_compared_behind_brackets_is_refused_by_those_who_did_not_ask_for_it() {
    let text = r#"emails[type eq "work"] co "example.com""#;
    let parse = |profile: &Profile| {
        let mut fired = Fired::default();
        let filter = Filter::parse_with(text, &FilterLimits::default(), profile, &mut fired);
        (filter.map(|filter| filter.to_string()), fired.contains(Tolerance::FilterOperatorAfterValuePath))
    };
    let (filter, fired) = parse(&Profile::strict().with(Tolerance::FilterOperatorAfterValuePath));
    assert_eq!(filter.as_deref(), Ok(r#"emails[type eq "work" and value co "example.com"]"#));
    assert!(fired);
    let (filter, fired) = parse(&Profile::strict());
    let error = filter.unwrap_err();
    assert_eq!(error.help(), Some(r#"move the condition inside: `emails[... and value eq ...]`"#));
    assert!(!fired);
}

#[test]
fn control_characters_in_a_text_are_written_as_json_writes_them() {
    let filter = Filter::compare("title".parse().unwrap(), CompareOp::Eq, "a\u{1}\u{7f}\n\t\"é".to_owned());
    assert_eq!(filter.to_string(), r#"title eq "a\u0001\u007f\n\t\"é""#);
    assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
}

#[test]
fn a_plain_value_has_no_sub_attributes() {
    let user =
        json!({ "name": "Berg", "active": true, "emails": "a@example.com", "title": { "value": "Berg" } });
    check(
        &user,
        &[
            (r#"name.familyName eq "Berg""#, false),
            (r#"name.familyName ne "Berg""#, true),
            (r#"emails.type sw "a""#, false),
            (r#"emails[type eq "a@example.com"]"#, false),
        ],
    );
}

#[test]
fn no_more_is_read_ahead_than_is_said() {
    let users: Vec<Resource> = (0..1000)
        .map(|number| Resource::from_json(json!({ "userName": format!("user-{number}") })).unwrap())
        .collect();
    for (text, read) in [(r#"userName eq "user-0""#, 128), (r#"userName sw "user""#, 32)] {
        let filter = Filter::parse(text).unwrap().compile_open();
        let seen = std::cell::Cell::new(0);
        let from = users.iter().inspect(|_| seen.set(seen.get() + 1));
        assert_eq!(filter.select(from).next().and_then(|user| user.text("userName")), Some("user-0"));
        assert_eq!(seen.get(), read, "{text}");
    }
}
