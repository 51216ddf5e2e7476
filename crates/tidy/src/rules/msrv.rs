use crate::{Finding, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(promised) = workspace.rust_version else {
        return vec![Finding::file("Cargo.toml", "the workspace declares no `rust-version`")];
    };
    let newer = workspace.tree.iter().filter_map(|package| {
        let needed = package.rust_version.filter(|needed| *needed > promised)?;
        Some(format!(
            "`{} {}` needs Rust {}.{}, but the workspace promises {}.{}; take an older version or raise the promise",
            package.name, package.version, needed.0, needed.1, promised.0, promised.1
        ))
    });
    newer.map(|message| Finding::file("Cargo.lock", message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TreePackage;

    fn workspace(needed: Option<(u64, u64)>) -> Workspace {
        let package = TreePackage { name: "clap".into(), version: "9.0.0".into(), rust_version: needed };
        Workspace { tree: [package].into(), rust_version: Some((1, 89)), ..Workspace::default() }
    }

    #[test]
    fn fires_on_a_dependency_that_needs_a_newer_compiler() {
        let found = check(&workspace(Some((1, 90))));
        let expected = "Cargo.lock: `clap 9.0.0` needs Rust 1.90, but the workspace promises 1.89; \
                        take an older version or raise the promise";
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn accepts_the_same_or_an_undeclared_version() {
        assert!(check(&workspace(Some((1, 89)))).is_empty());
        assert!(check(&workspace(None)).is_empty());
    }
}
