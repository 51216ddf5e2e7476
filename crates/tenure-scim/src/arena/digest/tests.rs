//! Digests against the resources that they are of.

use super::*;
use crate::Resource;

/// A probe for an attribute, or for the `value` of a list.
fn probe(name: &str, part: Part, value: &str) -> Option<Probe> {
    Probe::text(None, name, part, value).or_else(|| Probe::of_list(name, "value", None, part, value))
}

fn check(text: &str, name: &str, value: &str, expected: bool) {
    let resource: Resource = text.parse().unwrap();
    let probe = probe(name, Part::Whole, value).unwrap();
    assert_eq!(resource.may_have(&probe), expected, "{text} {name} {value}");
}

#[test]
fn what_is_there_is_never_denied() {
    for text in [
        r#"{"userName": "anna"}"#,
        r#"{"USERNAME": "Anna"}"#,
        r#"{"userName": "\u0061nna"}"#,
        r#"{"userName": "ａnna"}"#,
        r#"{"userName": {"value": "anna"}}"#,
        r#"{"userName": ["anna"]}"#,
    ] {
        check(text, "userName", "anna", true);
    }
    let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    check(&format!(r#"{{"{extension}": {{"department": "IT"}}}}"#), "department", "it", true);
}

#[test]
fn what_is_not_there_is_mostly_denied() {
    check(r#"{"userName": "anna"}"#, "userName", "bert", false);
    check(r#"{"userName": "anna"}"#, "displayName", "anna", false);
    check(r#"{"userName": 5, "title": null}"#, "userName", "5", false);
    check("{}", "title", "clerk", false);
}

#[test]
fn extensions_that_are_not_standard_are_looked_at() {
    assert!(Probe::text(Some("urn:example:2.0:Desk"), "department", Part::Whole, "it").is_none());
    assert!(
        Probe::text(Some(crate::uri::ENTERPRISE_USER), "emails", Part::Whole, "anna").is_none()
            && Probe::of_list("emails", "display", None, Part::Whole, "anna").is_none()
            && Probe::text(None, "title", Part::Whole, "é").is_none()
    );
}

#[test]
fn the_start_and_the_end_are_known_where_they_are_long_enough() {
    let check = |text: &str, name: &str, part: Part, value: &str, expected: Option<bool>| {
        let resource: Resource = text.parse().unwrap();
        let probe = probe(name, part, value);
        assert_eq!(probe.map(|probe| resource.may_have(&probe)), expected, "{text} {part:?} {value}");
    };
    let title = r#"{"title": "Senior Clerk"}"#;
    for (start, expected) in
        [("SENIOR C", Some(true)), ("Seni", Some(true)), ("Lead ", Some(false)), ("Sen", None)]
    {
        check(title, "title", Part::Start, start, expected);
    }
    check(r#"{"title": "Se"}"#, "title", Part::Start, "Senior", Some(false));
    check(title, "title", Part::End, "or Clerk", None);
    let emails =
        r#"{"emails": [{"type": "work", "VALUE": "anna@x.example.com"}, {"display": "none"}, {"value": 5}]}"#;
    check(emails, "emails", Part::Whole, "Anna@X.example.com", Some(true));
    for (end, expected) in [(".Example.Com", Some(true)), (".example.org", Some(false)), ("org", None)] {
        check(emails, "emails", Part::End, end, expected);
    }
    for looked_at in [
        r#"{"emails": "anna@x.example.com"}"#,
        r#"{"emails": {"value": "anna@x.example.com"}}"#,
        r#"{"emails": ["anna@x.example.com"]}"#,
        r#"{"emails": [{"value": ["anna@x.example.com"]}]}"#,
        r#"{"emails": [{"value": "änna@x.example.com"}]}"#,
    ] {
        check(looked_at, "emails", Part::Whole, "anna@x.example.com", Some(true));
        check(looked_at, "emails", Part::End, "@x.example.com", Some(true));
    }
    check(r#"{"emails": [], "userName": "anna@x.org"}"#, "emails", Part::Whole, "anna@x.org", Some(false));
}

#[test]
fn texts_that_differ_in_the_middle_are_told_apart() {
    let users: Vec<String> =
        (0..1000).map(|i| format!(r#"{{"userName": "user-{i:06}@example.com"}}"#)).collect();
    let users = users.iter().map(|text| text.parse::<Resource>().unwrap());
    let probe = Probe::text(None, "userName", Part::Whole, "user-000500@example.com").unwrap();
    assert!(users.filter(|user| user.may_have(&probe)).count() < 10);
}

#[test]
fn a_change_is_seen() {
    let mut resource: Resource = r#"{"userName": "anna"}"#.parse().unwrap();
    resource.set(&"userName".parse().unwrap(), "bert");
    assert!(resource.may_have(&Probe::text(None, "userName", Part::Whole, "bert").unwrap()));
}

#[test]
fn what_an_element_has_is_known_together_with_its_type() {
    let check = |addresses: &str, kind: Option<&str>, country: &str, expected: bool| {
        let resource: Resource = format!(r#"{{"addresses": {addresses}}}"#).parse().unwrap();
        let probe = Probe::of_list("addresses", "country", kind, Part::Whole, country).unwrap();
        assert_eq!(resource.may_have(&probe), expected, "{addresses} {kind:?} {country}");
    };
    let two = r#"[{"type": "Work", "country": "DE"}, {"TYPE": "home", "Country": "us"}]"#;
    check(two, Some("work"), "de", true);
    check(two, Some("HOME"), "US", true);
    check(two, Some("work"), "US", false);
    check(two, Some("home"), "DE", false);
    check(two, None, "US", true);
    check(two, None, "FR", false);
    // What is no ASCII text cannot be asked for by its type alone.
    check(two, Some("wörk"), "US", true);
    for looked_at in [
        r#"[{"type": ["work"], "country": "DE"}]"#,
        r#"[{"type": "wörk", "country": "DE"}]"#,
        r#"[{"type": "work", "country": ["DE"]}]"#,
        r#"[{"type": "work", "country": "Österreich"}]"#,
        r#"["DE"]"#,
        r#"{"type": "work", "country": "DE"}"#,
    ] {
        check(looked_at, Some("work"), "DE", true);
    }
    check(r#"[{"country": "DE"}, {"type": null, "country": "DE"}]"#, Some("work"), "DE", false);
}

#[test]
fn a_boolean_is_known_for_certain() {
    let check = |text: &str, yes: Answer, no: Answer| {
        let resource: Resource = text.parse().unwrap();
        let ask = |value| resource.ask(&Probe::flag("ACTIVE", value).unwrap());
        assert_eq!((ask(true), ask(false)), (yes, no), "{text}");
    };
    check(r#"{"active": true}"#, Answer::Yes, Answer::No);
    check(r#"{"Active": false}"#, Answer::No, Answer::Yes);
    for not_assigned in ["{}", r#"{"active": null}"#, r#"{"active": 1}"#] {
        check(not_assigned, Answer::No, Answer::No);
    }
    for looked_at in [r#"{"active": [true]}"#, r#"{"active": "true"}"#, r#"{"active": {"value": true}}"#] {
        check(looked_at, Answer::Perhaps, Answer::Perhaps);
    }
    let mut resource: Resource = r#"{"active": true}"#.parse().unwrap();
    resource.set(&"active".parse().unwrap(), false);
    assert_eq!(resource.ask(&Probe::flag("active", true).unwrap()), Answer::Perhaps);
    assert!(Probe::flag("primary", true).is_none());
}

#[test]
fn a_digest_stays_small() {
    assert_eq!((size_of::<Digest>(), size_of::<Resource>()), (68, 136));
}
