//! A filter that parses prints as a filter that parses to the same and selects the same; a refusal names its place.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tenure_scim::{Filter, FilterLimits, Fired, Profile, Resource, ScimError, SchemaRegistry};

static REGISTRY: LazyLock<SchemaRegistry> = LazyLock::new(SchemaRegistry::builtin);
static USER: LazyLock<Resource> =
    LazyLock::new(|| include_str!("../seeds/user.json").parse().expect("a resource"));
/// The same, changed there and back, so that every attribute is looked at.
static LOOKED_AT: LazyLock<Resource> = LazyLock::new(|| {
    let (mut user, path) = (USER.clone(), "zipper".parse().expect("a path"));
    user.set(&path, true);
    user.remove(&path);
    user
});

fuzz_target!(|text: &str| {
    let users = REGISTRY.resource("User").expect("users");
    for profile in [Profile::strict(), Profile::named("entra").expect("a profile")] {
        match Filter::parse_with(text, &FilterLimits::default(), &profile, &mut Fired::default()) {
            Ok(filter) => {
                let printed = filter.to_string();
                let again = Filter::parse(&printed).unwrap_or_else(|e| panic!("{printed}: {e}"));
                assert_eq!(again, filter, "{printed}");
                let open = filter.compile_open();
                assert_eq!(again.compile_open().matches(&USER), open.matches(&USER));
                // Seventy resources are three blocks, the last one not full.
                let selected = open.select(std::iter::repeat_n(&*USER, 70)).count();
                assert_eq!(selected, if open.matches(&USER) { 70 } else { 0 });
                match (filter.compile(users), again.compile(users)) {
                    (Ok(a), Ok(b)) => {
                        assert_eq!(a.matches(&USER), b.matches(&USER), "{printed}");
                        assert_eq!(a.matches(&USER), a.matches(&LOOKED_AT), "{printed}");
                        let selected = a.select([&*USER, &LOOKED_AT, &USER]).count();
                        assert_eq!(selected, if a.matches(&USER) { 3 } else { 0 }, "{printed}");
                    }
                    (Err(a), Err(b)) => assert_eq!(a, b),
                    _ => panic!("{printed}: the schema accepts one of two equal filters"),
                }
                let _ = filter.qualified(users);
                let mut normal = filter.clone();
                normal.normalise(users, &profile, &mut Fired::default());
                assert_eq!(Filter::parse(&normal.to_string()).as_ref(), Ok(&normal), "{printed}");
                assert!(normal.check(users).is_ok() || filter.check(users).is_err(), "{printed} got worse");
            }
            Err(error) => {
                let span = error.span().expect("a span");
                assert!(text.get(span.clone()).is_some(), "{span:?} in {text:?}");
                assert_eq!(ScimError::from(error).status(), 400);
            }
        }
    }
});
