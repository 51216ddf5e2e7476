//! What takes how many allocations: exact counts, the same on every machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use allocation_counter::measure;
use serde_json::json;
use tenure_scim::{Filter, Patch, PatchPath, Resource, SchemaRegistry, uri};

fn user(n: usize) -> Resource {
    let text = json!({
        "schemas": [uri::USER, uri::ENTERPRISE_USER], "id": n.to_string(), "userName": format!("user{n}@example.com"),
        "name": {"familyName": "Jensen", "givenName": "Barbara"}, "title": if n.is_multiple_of(2) { "Senior Engineer" } else { "Clerk" },
        "active": !n.is_multiple_of(3), "shoeSize": 43.5,
        "emails": [{"value": format!("user{n}@example.com"), "type": "work", "primary": true}, {"value": "h@x.org", "type": "home"}],
        "addresses": [{"type": "work", "country": "US"}, {"type": "home", "country": "DE"}],
        uri::ENTERPRISE_USER: {"department": if n.is_multiple_of(5) { "Support" } else { "Zürich" }, "manager": {"value": "9"}},
        "urn:x:Own": {"badge": [1, 2, {"a": null}]}
    });
    text.to_string().parse().unwrap()
}

fn allocations(work: impl FnOnce()) -> u64 {
    measure(work).count_total
}

/// RFC 7644 section 3.4.2.2, all of it, over resources with and without a match.
#[test]
fn a_compiled_filter_allocates_nothing() {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let mut people: Vec<Resource> = (0..200).map(user).collect();
    for changed in &mut people[..20] {
        changed.set(&"title".parse().unwrap(), "Senior Lead");
    }
    let enterprise = uri::ENTERPRISE_USER;
    for text in [
        r#"userName eq "USER7@example.com""#.to_owned(),
        r#"userName ne "ü" and title co "eng" or not (active eq false)"#.to_owned(),
        r#"emails[type eq "work" and value ew "@EXAMPLE.com"]"#.to_owned(),
        r#"addresses.country eq "de" and emails co "h@x""#.to_owned(),
        format!(r#"{enterprise}:department eq "ZÜRICH" and {enterprise}:manager.value pr"#),
        r#"title sw "Senior" and (name.familyName gt "A" and meta.created eq null)"#.to_owned(),
    ] {
        let filter = Filter::parse(&text).unwrap();
        for compiled in [filter.compile(users).unwrap(), filter.compile_open()] {
            // The first look may make what later ones need.
            let first = people.iter().filter(|p| compiled.matches(p)).count();
            let mut found = (0, 0);
            let one_by_one = allocations(|| found.0 = people.iter().filter(|p| compiled.matches(p)).count());
            let blocks = allocations(|| found.1 = compiled.select(&people).count());
            assert_eq!((one_by_one, blocks), (0, 1), "{text}: one for the block of all of them");
            assert_eq!(found, (first, first), "{text}");
        }
    }
}

#[test]
fn a_user_is_read_with_a_few_allocations() {
    let text = include_str!("data/rfc7643/enterprise_user.json");
    let mut read = None;
    let count = allocations(|| read = Some(text.parse::<Resource>().unwrap()));
    assert!(count <= 20, "{count} allocations");
    let clone = allocations(|| drop(read.clone()));
    assert!(clone <= 4, "{clone} allocations");
}

#[test]
fn a_member_costs_the_same_in_a_group_of_any_size() {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let change = |size: usize| -> Vec<u64> {
        let members: Vec<_> = (0..size).map(|n| json!({"value": format!("m{n}")})).collect();
        let text = json!({"schemas": [uri::GROUP], "displayName": "G", "members": members}).to_string();
        let mut group: Resource = text.parse().unwrap();
        let path: PatchPath = "members".parse().unwrap();
        let add = |who: &str| Patch::default().add(path.clone(), json!([{"value": who}]));
        let remove: Patch = Patch::default().remove("members[value eq \"m7\"]".parse::<PatchPath>().unwrap());
        // The first change builds the index of members, and room to grow.
        add("first").apply(&mut group, groups).unwrap();
        [add("second"), remove]
            .into_iter()
            .map(|patch| allocations(|| assert!(patch.apply(&mut group, groups).unwrap().changed)))
            .collect()
    };
    let small = change(100);
    assert!(small.iter().all(|count| *count <= 10), "{small:?}");
    assert_eq!(change(20_000), small);
}
