//! Applying a patch never panics; after an error nothing has changed, and what says "no change" has changed nothing.
//!
//! Input: a byte that chooses profile and type, a resource, a line break, the operations.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tenure_scim::{Fired, Patch, Profile, Resource, SchemaRegistry, Tolerance, uri};

static REGISTRY: LazyLock<SchemaRegistry> = LazyLock::new(SchemaRegistry::builtin);

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Some(end) = rest.iter().position(|b| *b == b'\n') else { return };
    let Ok(before) = Resource::from_slice(&rest[..end]) else { return };
    let Ok(operations) = serde_json::from_slice::<Value>(&rest[end + 1..]) else { return };
    let lenient = Tolerance::ALL.iter().copied().fold(Profile::strict(), Profile::with);
    let profile = if choice & 1 == 0 { Profile::strict() } else { lenient };
    let schema = REGISTRY.resource(if choice & 2 == 0 { "User" } else { "Group" }).expect("a type");

    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let Ok(patch) = Patch::from_json(body, &profile, &mut Fired::default()) else { return };
    let written = serde_json::to_value(&patch).expect("JSON");
    assert_eq!(Patch::from_json(written, &profile, &mut Fired::default()).as_ref(), Ok(&patch));

    let mut after = before.clone();
    match patch.apply_with(&mut after, schema, &profile) {
        Ok(report) if report.changed => {}
        Ok(_) => assert!(after == before, "no change was reported\n{before:?}\n{after:?}"),
        Err(_) => assert_eq!(after.to_json(), before.to_json(), "an error left something behind"),
    }
    // What editing did to the inside must not show: the text gives the same resource.
    let read = Resource::from_slice(after.to_string().as_bytes()).expect("a resource");
    assert!(read == after, "{read:?}\n{after:?}");
});
