//! PATCH: twelve typical operations, and one member into or out of groups of any size.

use benchkit::{patch, user, Bench};
use serde_json::json;
use tenure_scim::{diff, Fired, Patch, Profile, Resource, ResourceSchema, SchemaRegistry};

const PEER: &str = "tenure-scim";

/// The twelve operations, parsed before, and their body from text.
pub fn operations(bench: &Bench) {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let profile = tolerant();
    let cases = patch::cases();
    let patches: Vec<Patch> = cases.iter().map(|c| read(&body([&c.op]), &profile)).collect();
    let base = resource(&user::user(0));
    let correct = cases
        .iter()
        .zip(&patches)
        .filter(|(case, patch)| {
            let mut after = base.clone();
            patch.apply_with(&mut after, users, &profile).is_ok() && patch::satisfied(case, &after.to_json())
        })
        .count();
    let check = format!("{correct}/12 correct");
    bench.op_on(PEER, "patch-12ops", 200, 12, &check, || base.clone(), |user| {
        for patch in &patches {
            patch.apply_with(user, users, &profile).unwrap();
        }
    });
    let all = body(cases.iter().map(|c| &c.op));
    bench.op(PEER, "patch-parse12", 1, "", || read(&all, &profile));
    let text = base.to_text();
    bench.op(PEER, "patch-12ops-text-to-text", 1, &check, || {
        let mut user: Resource = text.parse().unwrap();
        read(&all, &profile).apply_with(&mut user, users, &profile).unwrap();
        user.to_text()
    });
    let mut changed = base.clone();
    patches.iter().for_each(|p| drop(p.apply_with(&mut changed, users, &profile)));
    bench.op(PEER, "diff-user", 1, "", || diff(&base, &changed, users));
}

/// One member in a group that was read once.
pub fn members(bench: &Bench) {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    for size in [100, 10_000, 1_000_000] {
        let suffix = if size == 10_000 { String::new() } else { format!("-of-{size}") };
        if !["add", "remove"].iter().any(|work| bench.wants(PEER, &format!("group-{work}-member{suffix}"))) {
            continue;
        }
        let doc = user::group(size);
        let gone = doc["members"][size as usize * 3 / 4]["value"].as_str().unwrap().to_owned();
        let add = Patch::default().add(
            "members".parse::<tenure_scim::PatchPath>().unwrap(),
            json!([{"value": "00000000-0000-4000-8000-000000000001", "display": "Newcomer"}]),
        );
        let path = format!(r#"members[value eq "{gone}"]"#);
        let remove = Patch::default().remove(path.parse::<tenure_scim::PatchPath>().unwrap());
        // The first change builds the index; what is measured is every later one.
        let mut group = resource(&doc);
        add.apply(&mut group, groups).unwrap();
        let samples = if size > 100_000 { 2 } else { 20 };
        let mut without = group.clone();
        let back = Patch::default().remove(
            r#"members[value eq "00000000-0000-4000-8000-000000000001"]"#.parse::<tenure_scim::PatchPath>().unwrap(),
        );
        back.apply(&mut without, groups).unwrap();
        for (work, start, patch) in [("group-add-member", &without, &add), ("group-remove-member", &group, &remove)] {
            bench.op_on(PEER, &format!("{work}{suffix}"), samples, 1, "", || warm(start, groups), |group| {
                assert!(patch.apply(group, groups).unwrap().changed);
            });
        }
    }
}

/// A copy with its index and with room, as a group that has been changed before.
fn warm(group: &Resource, schema: &ResourceSchema) -> Resource {
    let mut group = group.clone();
    let members = "members".parse::<tenure_scim::PatchPath>().unwrap();
    let guest = r#"members[value eq "guest"]"#.parse::<tenure_scim::PatchPath>().unwrap();
    Patch::default().add(members, json!([{"value": "guest"}])).apply(&mut group, schema).unwrap();
    Patch::default().remove(guest).apply(&mut group, schema).unwrap();
    group
}

fn body<'a>(operations: impl IntoIterator<Item = &'a serde_json::Value>) -> String {
    let operations: Vec<_> = operations.into_iter().collect();
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}).to_string()
}

fn read(text: &str, profile: &Profile) -> Patch {
    Patch::from_json(serde_json::from_str(text).unwrap(), profile, &mut Fired::default()).unwrap()
}

fn resource(doc: &serde_json::Value) -> Resource {
    let mut limits = tenure_scim::ParseLimits::default();
    (limits.max_bytes, limits.max_values) = (usize::MAX, usize::MAX);
    Resource::from_slice_with(doc.to_string().as_bytes(), &limits).unwrap()
}

/// Every tolerance: the peers of the table are measured with theirs.
fn tolerant() -> Profile {
    tenure_scim::Tolerance::ALL.iter().fold(Profile::strict(), |profile, tolerance| profile.with(*tolerance))
}
