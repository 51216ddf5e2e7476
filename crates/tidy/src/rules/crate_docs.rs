use super::crate_readme::{documentation, root};
use crate::{Finding, Package, Workspace};

/// What the documentation of every published crate teaches, besides what it is: an example that runs, errors, limits, and each feature.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let published = workspace.packages.iter().filter(|package| package.published);
    published.flat_map(|package| check_package(workspace, package)).collect()
}

fn check_package(workspace: &Workspace, package: &Package) -> Vec<Finding> {
    let Some((path, text)) = root(&workspace.files, package) else { return Vec::new() };
    let docs = documentation(&workspace.files, package).unwrap_or_default();
    let heading =
        |word: &str| docs.lines().any(|line| line.starts_with('#') && line.to_lowercase().contains(word));
    let mut missing = Vec::new();
    for word in ["errors", "limits"] {
        if !heading(word) {
            missing.push(format!("no heading `{word}`"));
        }
    }
    if !["```rust", "/// ```", "//! ```"].iter().any(|fence| docs.contains(fence) || text.contains(fence)) {
        missing.push("no example".to_owned());
    }
    if !package.features.is_empty() && !heading("features") {
        missing.push("no heading `features`".to_owned());
    }
    let untold = package.features.iter().filter(|feature| !docs.contains(&format!("`{feature}`")));
    missing.extend(untold.map(|feature| format!("nothing about the feature `{feature}`")));
    missing
        .into_iter()
        .map(|what| Finding::file(&path, format!("the crate's documentation has {what}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(docs: &str, features: &[&str]) -> Vec<String> {
        let package = Package {
            name: "a".into(),
            manifest: "crates/a/Cargo.toml".into(),
            published: true,
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            ..Package::default()
        };
        let workspace = Workspace {
            packages: vec![package],
            files: [("crates/a/src/lib.rs", docs)].into_iter().collect(),
            ..Workspace::default()
        };
        check(&workspace).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn fires_on_each_thing_that_is_not_told() {
        assert_eq!(
            found("//! A crate.\n", &["tls"]),
            [
                "the crate's documentation has no heading `errors`",
                "the crate's documentation has no heading `limits`",
                "the crate's documentation has no example",
                "the crate's documentation has no heading `features`",
                "the crate's documentation has nothing about the feature `tls`",
            ]
        );
    }

    #[test]
    fn accepts_what_teaches() {
        let docs = "//! A crate.\n//!\n//! ```\n//! ```\n//!\n//! # Features\n//!\n//! `tls`.\n//!\n//! # Errors and limits\n";
        assert!(found(docs, &["tls"]).is_empty());
    }
}
