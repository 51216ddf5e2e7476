//! A path that parses prints as a path that parses to the same; a refusal is `invalidPath` or `invalidFilter`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_scim::{AttrPath, PatchPath, ScimError, ScimType};

fuzz_target!(|text: &str| {
    if let Ok(path) = AttrPath::parse(text) {
        assert_eq!(AttrPath::parse(&path.to_string()).as_ref(), Ok(&path));
        assert_eq!(PatchPath::parse(text).as_ref().map(PatchPath::attribute), Ok(&path));
    }
    match PatchPath::parse(text) {
        Ok(path) => assert_eq!(PatchPath::parse(&path.to_string()), Ok(path)),
        Err(error) => {
            if let Some(span) = error.span() {
                assert!(text.get(span).is_some());
            }
            let error = ScimError::from(error);
            assert!(matches!(error.scim_type(), Some(ScimType::InvalidPath | ScimType::InvalidFilter)));
        }
    }
});
