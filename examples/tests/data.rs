//! The example data are without errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use tenure_policy::{Policy, PolicyDocument};

#[test]
fn the_policy_of_the_example_company_has_no_errors() {
    let text = include_str!("../data/policy.yaml");
    let compiled = PolicyDocument::from_yaml("policy.yaml", text).and_then(Policy::compile);
    let errors = match compiled {
        Ok(_) => String::new(),
        Err(errors) => errors.iter().map(|e| format!("{e} ({})\n", e.help().unwrap_or_default())).collect(),
    };
    assert_eq!(errors, "");
}
