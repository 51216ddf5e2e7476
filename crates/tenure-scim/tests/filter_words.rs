//! Operators of other query languages: the error says which one of SCIM is meant.
#![allow(clippy::unwrap_used, reason = "tests")]

use tenure_scim::Filter;

#[test]
fn operators_of_other_languages_are_answered_with_those_of_scim() {
    for (words, meant) in [
        ("is equals", "eq"),
        ("neq", "ne"),
        (">", "gt"),
        ("<", "lt"),
        (">= gte", "ge"),
        ("<= lte", "le"),
        ("contains like", "co"),
        ("startswith starts_with STARTSWITH", "sw"),
        ("endswith ends_with", "ew"),
        ("exists present", "pr"),
    ] {
        for word in words.split(' ') {
            let error = Filter::parse(&format!("title {word} \"x\"")).unwrap_err();
            assert_eq!(error.to_string(), format!("expected an operator after `title`, found `{word}`"));
            assert_eq!(error.help(), Some(format!("write `{meant}`").as_str()), "{word}");
        }
    }
}
