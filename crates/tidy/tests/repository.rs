//! Runs every rule on this repository.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tidy::{Workspace, rules};

#[test]
fn the_repository_keeps_its_promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut workspace = Workspace::load(root).unwrap();
    if update_golden() {
        let readme = fs::read_to_string(root.join("README.md")).unwrap();
        let rewritten = rules::rewrite_crate_table(&readme, &workspace.packages).expect("both markers");
        fs::write(root.join("README.md"), rewritten).unwrap();
        let guide = rules::rewrite_connector_lines(&workspace.files).expect("both markers");
        fs::write(root.join(rules::guide_path()), guide).unwrap();
        for package in workspace.packages.iter().filter(|package| package.published) {
            if let Some(readme) = rules::rewrite_crate_readme(&workspace.files, package) {
                fs::write(root.join(rules::readme_path(package)), readme).unwrap();
            }
        }
        workspace.files = tidy::Files::read(root).unwrap();
    }
    let mut report = String::new();
    for (sentence, rule) in rules::ALL {
        let findings = rule(&workspace);
        if !findings.is_empty() {
            writeln!(report, "\nbroken: {sentence}").unwrap();
        }
        for finding in findings {
            writeln!(report, "  {finding}").unwrap();
        }
    }
    println!("median length of a Rust file: {} lines", rules::median_lines(&workspace.files));
    assert!(report.is_empty(), "{report}");
}

#[expect(clippy::disallowed_methods, reason = "the switch that rewrites golden files")]
fn update_golden() -> bool {
    std::env::var("UPDATE_GOLDEN").is_ok()
}
