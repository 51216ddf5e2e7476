use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::ScimError;
use crate::profile::{Fired, Profile, Tolerance};
use crate::resource::Resource;
use crate::schema::SchemaRegistry;

fn barbara() -> Resource {
    Resource::from_json(json!({
        "schemas": [crate::uri::USER, crate::uri::ENTERPRISE_USER],
        "id": "2819c223",
        "userName": "bjensen@example.com",
        "name": {"familyName": "O'Malley", "givenName": "Barbara"},
        "title": "Tour Guide",
        "userType": "Employee",
        "nickName": "",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"}
        ],
        "addresses": [{"type": "work", "country": "US"}, {"type": "home", "country": "FR"}],
        "schemasSeen": [],
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "manager": {"value": "26118915", "displayName": "John Smith"}
        }
    }))
    .unwrap()
}

fn holds(text: &str, resource: &Resource) -> (bool, bool) {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let filter = Filter::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let typed = filter.compile(users).unwrap_or_else(|e| panic!("{text}: {e}")).matches(resource);
    (typed, filter.compile_open().matches(resource))
}

fn check(text: &str, expected: bool) {
    assert_eq!(holds(text, &barbara()), (expected, expected), "{text}");
}

/// RFC 7644 section 3.4.2.2, figure 2 (with the double quotes that its text intends).
#[test]
fn examples_of_figure_2_hold_or_not() {
    check(r#"userName eq "bjensen@example.com""#, true);
    check(r#"name.familyName co "O'Malley""#, true);
    check(r#"userName sw "J""#, false);
    check(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B""#, true);
    check("title pr", true);
    check(r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false);
    check(r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true);
    check(r#"meta.lastModified lt "2011-05-13T04:42:35Z""#, true);
    check(r#"meta.lastModified le "2011-05-13T06:42:34+02:00""#, true);
    check(r#"title pr and userType eq "Employee""#, true);
    check(r#"title pr or userType eq "Intern""#, true);
    check(r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true);
    check(r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#, true);
    check(
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        false,
    );
    check(r#"userType eq "Employee" and (emails.type eq "work")"#, true);
    check(r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#, true);
    check(
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        true,
    );
}

/// RFC 7644 section 3.4.2.2: operators and names in any case; `and` before `or`; statement 31.
#[test]
fn case_and_precedence() {
    check(r#"USERNAME EQ "BJENSEN@EXAMPLE.COM""#, true);
    check(r#"userType eq "x" AND title pr OR active eq true"#, true);
    check(r#"active eq true Or userType eq "x" aNd title eq "y""#, true);
    check(r#"(active eq true or userType eq "x") and title eq "y""#, false);
    check(r#"not(title pr)"#, false);
    check(r#"NOT (title eq "x")"#, true);
}

/// RFC 7644 section 3.4.2.2: `[ ]` is about one and the same value; statement 33.
#[test]
fn brackets_group_conditions_on_one_value() {
    check(r#"addresses[type eq "work" and country eq "FR"]"#, false);
    check(r#"addresses.type eq "work" and addresses.country eq "FR""#, true);
    check(r#"addresses[type eq "home" and not (country eq "US")]"#, true);
    check(r#"emails[primary eq true]"#, true);
    check(r#"schemas[value eq "urn:ietf:params:scim:schemas:core:2.0:User"]"#, true);
}

/// RFC 7644 section 3.4.2.2, `pr`; RFC 7643 section 2.5; statement 35.
#[test]
fn presence_needs_a_value() {
    check("nickName pr", false);
    check("photos pr", false);
    check("name pr", true);
    check("name.middleName pr", false);
    check("emails.primary pr", true);
    check("title eq null", false);
    check("displayName eq null", true);
    check("title ne null", true);
    check("emails pr", true);
}

#[test]
fn a_missing_value_differs_from_every_value() {
    check(r#"displayName ne "x""#, true);
    check(r#"displayName eq "x""#, false);
    check(r#"title ne "Tour Guide""#, false);
    check(r#"emails.type ne "work""#, true);
    check(r#"photos.type ne "photo""#, true);
}

/// RFC 7643 section 2.2 and RFC 7644 section 3.4.2.2: `caseExact` decides; statement 36.
#[test]
fn case_follows_the_attribute() {
    check(r#"id eq "2819C223""#, false);
    check(r#"id eq "2819c223""#, true);
    check(r#"title eq "tour guide""#, true);
    check(r#"title ew "GUIDE""#, true);
    check(r#"title co "R G""#, true);
    check(r#"title gt "TOUR""#, true);
    check(r#"title lt "tour guidf""#, true);
}

/// RFC 7644 section 3.10, statement 55.
#[test]
fn qualified_names_reach_extensions() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(&format!(r#"{urn}:employeeNumber eq "701984""#), true);
    check(&format!(r#"{}:EMPLOYEENUMBER eq "701984""#, urn.to_uppercase()), true);
    check(&format!(r#"{urn}:manager.displayName co "smith""#), true);
    check(&format!(r#"{urn}:manager eq "26118915""#), true);
    check(&format!("{urn}:department pr"), false);
    check(r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "barbara""#, true);
}

/// RFC 7644 section 7.8, statement 60.
#[test]
fn user_names_compare_by_precis() {
    let mut user = barbara();
    user.set(&"userName".parse().unwrap(), "Jose\u{301}");
    assert_eq!(holds(r#"userName eq "JOS\u00c9""#, &user), (true, true));
    assert_eq!(holds(r#"userName sw "ｊｏ""#, &user), (true, true));
    assert_eq!(holds(r#"userName eq "jose""#, &user), (false, false));
}

/// RFC 7643 section 2.3.1: text is compared by its characters, however they were put together.
#[test]
fn other_text_is_compared_in_normalisation_form_c() {
    let mut user = barbara();
    user.set(&"displayName".parse().unwrap(), "Zoe\u{308} A\u{30a}berg");
    assert_eq!(holds("displayName eq \"Zo\u{eb} \u{c5}berg\"", &user), (true, true));
    assert_eq!(holds("displayName co \"\u{e5}B\"", &user), (true, true));
    assert_eq!(holds(r#"displayName sw "zoe ""#, &user), (false, false));
}

/// RFC 7644 section 3.4.2.2: literals are those of JSON.
#[test]
fn escapes_in_literals_are_those_of_json() {
    let mut user = barbara();
    user.set(&"displayName".parse().unwrap(), "a\"b\\c/d\n\u{1f600}");
    check_text(r#""a\"b\\c\/d\n\ud83d\ude00""#, &user, true);
    check_text(r#""\u0061\u0022b\u005Cc/d\u000a😀""#, &user, true);
    check_text(r#""a\"b\\c\/d\n""#, &user, false);
    for broken in [r#""\x""#, r#""\u12""#, r#""\ud83d""#, "\"a\nb\"", r#""a"#, r#""a\""#] {
        assert!(Filter::parse(&format!("displayName eq {broken}")).is_err(), "{broken}");
    }
}

fn check_text(literal: &str, user: &Resource, expected: bool) {
    let filter = format!("displayName eq {literal}");
    assert_eq!(holds(&filter, user), (expected, expected), "{filter}");
    let again = Filter::parse(&filter).unwrap().to_string();
    assert_eq!(holds(&again, user), (expected, expected), "{again}");
}

#[test]
fn a_value_of_another_type_is_only_unequal() {
    let user = Resource::from_json(json!({"title": 7, "active": "true", "userName": null})).unwrap();
    for (text, expected) in [
        (r#"title eq "7""#, false),
        (r#"title ne "7""#, true),
        (r#"title co "7""#, false),
        ("active eq true", false),
        ("userName pr", false),
        (r#"userName ne "x""#, true),
    ] {
        assert_eq!(holds(text, &user), (expected, expected), "{text}");
    }
}

#[test]
fn numbers_compare_by_value() {
    let seat = Resource::from_json(json!({"cost": 12.5, "count": 9007199254740993_i64})).unwrap();
    for (text, expected) in [
        ("cost gt 12", true),
        ("cost eq 12.50", true),
        ("cost lt 1.25e1", false),
        ("count eq 9007199254740993", true),
        ("count eq 9007199254740992", false),
        ("count gt 9007199254740992.5", true),
        (r#"cost gt "12""#, false),
    ] {
        assert_eq!(Filter::parse(text).unwrap().compile_open().matches(&seat), expected, "{text}");
    }
}

fn refused(text: &str) -> (String, Option<std::ops::Range<usize>>, Option<String>) {
    let error = Filter::parse(text).map(|f| f.to_string()).expect_err(text);
    (error.to_string(), error.span(), error.help().map(ToOwned::to_owned))
}

#[test]
fn errors_name_the_place_and_help() {
    let cases: &[(&str, &str, std::ops::Range<usize>, Option<&str>)] = &[
        ("", "expected an attribute, `not` or `(`, found the end", 0..0, None),
        ("title is \"x\"", "expected an operator after `title`, found `is`", 6..8, Some("write `eq`")),
        (
            "title foo \"x\"",
            "expected an operator after `title`, found `foo`",
            6..9,
            Some("operators are eq ne co sw ew gt ge lt le pr"),
        ),
        (
            "title eq work",
            "expected a value after `eq`, found `work`",
            9..13,
            Some("text stands in double quotes"),
        ),
        ("active eq True", "expected a value after `eq`, found `True`", 10..14, Some("write `true`")),
        ("title eq \"x", "expected a closing `\"`, found the end", 9..11, None),
        (
            "(title pr",
            "expected `and`, `or` or `)`, found the end",
            9..9,
            Some("the `(` at byte 0 is not closed"),
        ),
        ("title pr)", "expected the end, found `)`", 8..9, Some("there is no `(` for this `)`")),
        ("title pr title pr", "expected `and`, `or` or the end, found `title`", 9..14, None),
        ("not title pr", "expected `(` after `not`, found `title`", 4..9, Some("write `not (...)`")),
        ("title pr and", "expected an attribute, `not` or `(`, found the end", 12..12, None),
        (
            "emails[type[value pr] pr]",
            "expected an operator, found `[`",
            11..12,
            Some("`[ ]` cannot stand inside `[ ]`"),
        ),
        (
            "emails.value[type pr]",
            "expected an operator, found `[`",
            12..13,
            Some("`[ ]` follows a whole attribute: `emails[...]`"),
        ),
        (
            "emails[a.b pr]",
            "expected the name of a sub-attribute, found `a.b`",
            7..10,
            Some("inside `[ ]` names are relative to the value before it"),
        ),
        ("emails[type pr", "expected `and`, `or` or `]`, found the end", 14..14, None),
        (
            "emails[type eq \"work\"].value eq \"x\"",
            "expected `and`, `or` or the end, found `.value`",
            22..28,
            Some("move the condition inside: `emails[... and value eq ...]`"),
        ),
        ("\"title\" pr", "expected an attribute, `not` or `(`, found the text \"title\"", 0..7, None),
    ];
    for (text, message, span, help) in cases {
        assert_eq!(
            refused(text),
            ((*message).to_owned(), Some(span.clone()), help.map(str::to_owned)),
            "{text}"
        );
    }
}

#[test]
fn limits_hold_while_parsing() {
    let limits = FilterLimits { max_length: 100, max_depth: 3, max_terms: 4 };
    let parse = |text: &str| Filter::parse_with(text, &limits, &Profile::strict(), &mut Fired::default());
    assert!(parse("(((a pr)))").is_ok());
    assert_eq!(parse("((((a pr))))").unwrap_err().expected(), "at most 3 levels of nesting");
    assert_eq!(parse("not (not (a[not (b pr)]))").unwrap_err().expected(), "at most 3 levels of nesting");
    assert!(parse("a pr and b pr and c pr and d pr").is_ok());
    assert_eq!(parse("a pr or b pr or c[d pr or e pr]").unwrap_err().expected(), "at most 4 comparisons");
    assert_eq!(parse(&"a".repeat(101)).unwrap_err().expected(), "at most 100 bytes");
    let deep = "(".repeat(50_000);
    assert_eq!(Filter::parse(&deep).unwrap_err().expected(), "at most 32 levels of nesting");
}

/// Microsoft's documented filter, outside the ABNF.
#[test]
fn entra_filters_behind_a_value_path() {
    let text = r#"emails[type eq "work"].value eq "bjensen@example.com" and active eq true"#;
    assert!(Filter::parse(text).is_err());
    let mut fired = Fired::default();
    let profile = Profile::strict().with(Tolerance::FilterSubAfterValuePath);
    let filter = Filter::parse_with(text, &FilterLimits::default(), &profile, &mut fired).unwrap();
    assert_eq!(
        filter.to_string(),
        r#"emails[type eq "work" and value eq "bjensen@example.com"] and active eq true"#
    );
    assert!(fired.contains(Tolerance::FilterSubAfterValuePath));
    assert!(filter.compile_open().matches(&barbara()));
}

/// RFC 7644 section 3.4.2.2, statement 32: 400 invalidFilter.
#[test]
fn the_schema_refuses_what_makes_no_sense() {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let cases = [
        ("shoeSize eq 1", "expected an attribute of resource type `User`, found `shoeSize`"),
        ("emails[colour pr]", "expected an attribute of `emails`, found `colour`"),
        ("active gt true", "expected `eq`, `ne` or `pr` for `active`, which is a boolean, found `gt`"),
        (
            r#"x509Certificates.value ge "x""#,
            "expected `eq`, `ne` or `pr` for `x509Certificates.value`, which is binary, found `ge`",
        ),
        (r#"active eq "true""#, r#"expected a boolean for `active`, found `"true"`"#),
        ("title eq 1", "expected a string for `title`, found `1`"),
        (
            "active co true",
            "expected a comparison of whole values for `active`, which is a boolean, found `co`",
        ),
        (r#"meta.created gt "today""#, r#"expected a date and time for `meta.created`, found `"today"`"#),
        (r#"name eq "x""#, "expected a sub-attribute of `name`, found `name`"),
        ("title gt null", "expected `eq` or `ne` before `null`, found `gt`"),
        (r#"schemas[x eq "y"]"#, "expected `value` inside the `[ ]` of `schemas`, found `x`"),
    ];
    for (text, message) in cases {
        let error = Filter::parse(text).unwrap().check(users).expect_err(text);
        assert_eq!(error.to_string(), message);
        let error = ScimError::from(error.in_text(text));
        assert_eq!((error.status(), error.scim_type().unwrap().as_str()), (400, "invalidFilter"));
    }
    let error = Filter::parse("title pr and shoeSize pr").unwrap().check(users).unwrap_err();
    assert_eq!(error.in_text("title pr and shoeSize pr").span(), Some(13..21));
}

/// RFC 7644 section 3.4.2.2: a part of a date and time is a part of its text.
#[test]
fn a_time_is_compared_in_part_as_it_is_written() {
    check(r#"meta.lastModified sw "2011-05""#, true);
    check(r#"meta.lastModified co "T04:""#, true);
    check(r#"meta.lastModified ew ":34Z""#, true);
    check(r#"meta.lastModified sw "2011-06""#, false);
    check(r#"meta.lastModified sw "2011-05-13T06:42:34+02:00""#, false);
}

/// The parser makes none of these, who builds a filter may.
#[test]
fn below_a_sub_attribute_of_an_element_its_own_value_is_compared() {
    let user: Resource = r#"{"emails": [{"type": "work", "value": {"first": "a"}}]}"#.parse().unwrap();
    let first = |text: &str| Filter::compare("value.first".parse().unwrap(), CompareOp::Eq, text);
    for (text, expected) in [("a", true), ("b", false)] {
        let filter = Filter::element("emails".parse().unwrap(), first(text)).compile_open();
        assert_eq!((filter.matches(&user), filter.matches(&without_digest(&user))), (expected, expected));
    }
}

/// RFC 7644 section 3.4.2.1, statement 30.
#[test]
fn at_the_root_an_unknown_attribute_has_no_value() {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let group = Resource::new(crate::uri::GROUP).with("displayName", "Staff").unwrap();
    for (text, expected) in [
        (r#"userName eq "x""#, false),
        (r#"userName eq "x" or displayName eq "staff""#, true),
        (r#"not (userName pr)"#, true),
        (r#"userName ne "x""#, true),
        (r#"emails[type eq "work"]"#, false),
    ] {
        let filter = Filter::parse(text).unwrap();
        assert!(filter.compile(groups).is_err());
        assert_eq!(filter.compile_lenient(groups).unwrap().matches(&group), expected, "{text}");
    }
    assert!(Filter::parse(r#"displayName eq 1"#).unwrap().compile_lenient(groups).is_err());
}

#[test]
fn a_filter_serialises_as_its_text() {
    let filter: Filter = serde_json::from_value(json!("a eq \"x\\ny\"")).unwrap();
    assert_eq!(serde_json::to_value(&filter).unwrap(), json!("a eq \"x\\ny\""));
    let error = serde_json::from_value::<Filter>(json!("a =")).unwrap_err();
    assert_eq!(error.to_string(), "expected an operator after `a`, found `=` at byte 2; write `eq`");
}

#[test]
fn constants_display_as_what_they_mean() {
    for (filter, expected) in [(Filter::And(vec![]), true), (Filter::Or(vec![]), false)] {
        assert_eq!(filter.compile_open().matches(&barbara()), expected);
        for text in [filter.to_string(), Filter::not(Filter::not(filter.clone())).to_string()] {
            assert_eq!(Filter::parse(&text).unwrap().compile_open().matches(&barbara()), expected, "{text}");
        }
        let nested = Filter::And(vec![filter.clone(), filter]);
        let again = Filter::parse(&nested.to_string()).unwrap();
        assert_eq!(again.compile_open().matches(&barbara()), expected, "{again}");
    }
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::from),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?"
            .prop_map(|t| Literal::Number(Number::parse(&t).unwrap())),
        any::<String>().prop_map(Literal::String),
    ]
}

fn op() -> impl Strategy<Value = CompareOp> {
    prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
        .prop_map(|op| CompareOp::parse(op).unwrap())
}

fn term(path: &'static str) -> impl Strategy<Value = Filter> {
    prop_oneof![
        (path, op(), literal()).prop_map(|(p, op, v)| Filter::compare(p.parse().unwrap(), op, v)),
        path.prop_map(|p| Filter::present(p.parse().unwrap())),
    ]
}

fn tree(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Filter::and),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Filter::or),
            inner.prop_map(Filter::not),
        ]
    })
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let element = ("[a-z][a-zA-Z0-9_-]{0,5}", tree(term("(\\$ref|[a-z]{1,6})")))
        .prop_map(|(p, f)| Filter::element(p.parse().unwrap(), f));
    tree(prop_oneof![
        4 => term("(urn:x:[a-zA-Z]{1,3}:2\\.0:)?[a-zA-Z][a-zA-Z0-9$_-]{0,6}(\\.[a-z]{1,4})?"),
        1 => element,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn display_round_trips(filter in any_filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?, filter);
    }

    #[test]
    fn any_text_parses_or_is_refused_inside_itself(text in "[a-z \\(\\)\\[\\]\"\\\\.:0-9é-]{0,40}") {
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter),
            Err(error) => {
                let span = error.span().unwrap();
                prop_assert!(text.get(span).is_some());
            }
        }
    }
}

#[test]
fn an_extension_may_have_a_name_of_the_standard_schemas() {
    let mut registry = SchemaRegistry::builtin();
    let schema = serde_json::json!({"id": "urn:x:Own", "attributes": [{"name": "title"}]});
    registry.add_schema(crate::Schema::from_json(schema).unwrap());
    let user = crate::ResourceType::new("Person", "/People", crate::uri::USER.parse().unwrap());
    registry.add_resource_type(user.with_extension("urn:x:Own".parse().unwrap(), false)).unwrap();
    let people = registry.resource("Person").unwrap();
    let filter = Filter::parse(r#"urn:x:Own:title eq "a""#).unwrap().compile(people).unwrap();
    let resource: Resource = r#"{"title": "b", "urn:x:Own": {"title": "a"}}"#.parse().unwrap();
    assert!(filter.matches(&resource) && filter.select([&resource]).count() == 1);
}

/// Users with and without each of the attributes that [`condition`] asks for.
fn user() -> impl Strategy<Value = Resource> {
    let text = || {
        prop::sample::select(vec![
            "work",
            "Work",
            "home",
            "a@example.com",
            "workers@Example.com",
            "Zoë",
            "é",
            "\u{212a}",
            "",
        ])
    };
    let email =
        (text(), prop::option::of(text()), any::<bool>()).prop_map(|(value, kind, primary)| match kind {
            Some(kind) => serde_json::json!({"value": value, "type": kind, "primary": primary}),
            None => serde_json::json!({"value": value}),
        });
    let address = (text(), prop::option::of(text()))
        .prop_map(|(country, kind)| serde_json::json!({"country": country, "type": kind}));
    let parts = (
        prop::option::of(text()),
        prop::option::of(any::<bool>()),
        prop::collection::vec(email, 0..3),
        prop::collection::vec(address, 0..3),
        prop::option::of(text()),
        prop::sample::select(vec!["userName", "USERNAME"]),
        any::<bool>(),
    );
    parts.prop_map(|(name, active, emails, addresses, department, spelling, simple)| {
        let mut user = serde_json::json!({
            "active": active, "emails": emails, "addresses": addresses, "urn:x:Own": {"colour": name},
        });
        user[spelling] = name.into();
        if let Some(department) = department {
            user[crate::uri::ENTERPRISE_USER] = serde_json::json!({"department": department});
        }
        if simple {
            user["photos"] = serde_json::json!(["work", null, {"value": "home"}]);
            user["title"] = serde_json::json!([user[spelling]]);
            user["active"] = serde_json::json!([active]);
            user["addresses"] = serde_json::json!([{"type": ["work"], "country": name}]);
            user["emails"] = match &user["emails"][0] {
                serde_json::Value::Null => serde_json::json!([user[spelling], {"value": [user[spelling]]}]),
                first => first.clone(),
            };
        }
        Resource::from_json(user).unwrap()
    })
}

/// The same resource, changed there and back, so that every attribute of it is looked at.
fn without_digest(user: &Resource) -> Resource {
    let (mut user, path) = (user.clone(), "zipper".parse().unwrap());
    user.set(&path, true);
    user.remove(&path);
    user
}

fn condition() -> impl Strategy<Value = Filter> {
    let department = format!("{}:department", crate::uri::ENTERPRISE_USER);
    let path = prop::sample::select(vec![
        "userName".to_owned(),
        "title".to_owned(),
        "active".to_owned(),
        "emails".to_owned(),
        "emails.type".to_owned(),
        "photos.value".to_owned(),
        "addresses.country".to_owned(),
        "name.familyName".to_owned(),
        "urn:x:Own:colour".to_owned(),
        department,
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "WORK",
            "work",
            "@example",
            "workers",
            "@example.com",
            "Zo\u{308}e",
            "k",
            ""
        ])
        .prop_map(Literal::from),
        any::<bool>().prop_map(Literal::Bool),
        Just(Literal::Null),
    ];
    let compare =
        (path.clone(), op(), value).prop_map(|(p, op, v)| Filter::compare(p.parse().unwrap(), op, v)).boxed();
    let present = path.prop_map(|p| Filter::present(p.parse().unwrap()));
    let inner = |text: &'static str| {
        let name = prop::sample::select(vec!["type", text, "primary"]);
        (name, op(), any::<bool>()).prop_map(|(p, op, v)| {
            let value = match p {
                "primary" => Literal::Bool(v),
                "value" if v => Literal::from("@example.com"),
                _ => Literal::from("work"),
            };
            Filter::compare(p.parse().unwrap(), op, value)
        })
    };
    let of = |list: &'static str, text| {
        tree(inner(text)).prop_map(move |f| Filter::element(list.parse().unwrap(), f))
    };
    let element = prop_oneof![of("emails", "value"), of("photos", "value"), of("addresses", "country")];
    tree(prop_oneof![4 => compare, 1 => present, 2 => element])
}

/// The answer put together from the answers to single comparisons, each asked by itself, of one element where it is about one.
fn naive(filter: &Filter, user: &Resource, compile: &impl Fn(&Filter) -> CompiledFilter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| naive(part, user, compile)),
        Filter::Or(parts) => parts.iter().any(|part| naive(part, user, compile)),
        Filter::Not(part) => !naive(part, user, compile),
        Filter::Element(element) => {
            let (path, filter) = (&element.path, &*element.filter);
            let inside = |part: &Filter| Filter::element(path.clone(), part.clone());
            let elements = match user.get(path).map(|value| value.to_json()) {
                Some(serde_json::Value::Array(elements)) => elements,
                None | Some(serde_json::Value::Null) => vec![],
                Some(single) => vec![single],
            };
            elements.into_iter().any(|element| {
                let alone = Resource::from_json(serde_json::json!({(path.to_string()): [element]})).unwrap();
                match filter {
                    Filter::And(parts) => parts.iter().all(|part| naive(&inside(part), &alone, compile)),
                    Filter::Or(parts) => parts.iter().any(|part| naive(&inside(part), &alone, compile)),
                    Filter::Not(part) => !naive(&inside(part), &alone, compile),
                    _ => compile(&inside(filter)).matches(&alone),
                }
            })
        }
        _ => compile(filter).matches(&without_digest(user)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn terms_decide_together_what_they_decide_alone(
        filter in condition(),
        users in prop::collection::vec(user(), 1..8),
    ) {
        let registry = SchemaRegistry::builtin();
        let users_schema = registry.resource("User").unwrap();
        let open = filter.compile_open();
        for user in &users {
            prop_assert_eq!(open.matches(user), naive(&filter, user, &Filter::compile_open), "{} {}", filter, user);
        }
        if let Ok(compiled) = filter.compile_lenient(users_schema) {
            let compile = |term: &Filter| term.compile_lenient(users_schema).unwrap();
            for user in &users {
                prop_assert_eq!(compiled.matches(user), naive(&filter, user, &compile), "{} {}", filter, user);
            }
        }
    }

    #[test]
    fn many_together_are_judged_as_one_by_one(
        filter in condition(),
        users in prop::collection::vec(user(), 0..70),
    ) {
        let registry = SchemaRegistry::builtin();
        let open = filter.compile_open();
        let compiled = filter.compile_lenient(registry.resource("User").unwrap()).unwrap_or_else(|_| open.clone());
        for filter in [open, compiled] {
            let one_by_one: Vec<_> = users.iter().filter(|u| filter.matches(u)).collect();
            prop_assert_eq!(filter.select(&users).collect::<Vec<_>>(), one_by_one);
            for user in &users {
                prop_assert_eq!(filter.matches(&without_digest(user)), filter.matches(user));
            }
        }
    }
}
