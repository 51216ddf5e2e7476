//! For two valid resources, applying `diff(a, b)` to `a` gives `b`, and then nothing differs.
//!
//! Input: a byte that chooses the type, a resource, a line break, another resource.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tenure_scim::{Resource, ScimType, SchemaRegistry, diff};

static REGISTRY: LazyLock<SchemaRegistry> = LazyLock::new(SchemaRegistry::builtin);

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Some(end) = rest.iter().position(|b| *b == b'\n') else { return };
    let schema = REGISTRY.resource(if choice & 1 == 0 { "User" } else { "Group" }).expect("a type");
    let read = |text| Resource::from_slice(text).ok().and_then(|r| schema.validate_create(&r).ok());
    let (Some(a), Some(b)) = (read(&rest[..end]), read(&rest[end + 1..])) else { return };

    let patch = diff(&a, &b, schema);
    assert_eq!(patch.is_empty(), a == b, "{patch:?}");
    let mut after = a.clone();
    match patch.apply(&mut after, schema) {
        Ok(report) => {
            assert_eq!(report.changed, !patch.is_empty());
            assert!(after == b, "{a:?}\n{b:?}\n{patch:?}\n{after:?}");
            assert!(diff(&after, &b, schema).is_empty());
        }
        // An immutable attribute that differs is part of the difference and cannot be applied.
        Err(error) => assert_eq!(error.scim_type(), Some(&ScimType::Mutability), "{error}\n{patch:?}"),
    }
});
