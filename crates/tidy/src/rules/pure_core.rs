use crate::{Finding, Workspace};

/// Crates that stay pure, and what none of them may pull, directly or through others, with all features on.
const PURE: &[&str] = &["tenure-scim", "tenure-policy"];
const BANNED: &[&str] = &["tokio", "reqwest", "hyper", "async-trait", "rand", "getrandom"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let pure = workspace.packages.iter().filter(|p| PURE.contains(&p.name.as_str()));
    pure.flat_map(|package| {
        let found = BANNED.iter().filter(|b| package.pulls.contains(**b));
        found.map(|b| {
            let message = format!(
                "`{}` pulls `{b}`, but it has no async, I/O, clock or randomness; see `cargo tree -p {} -i {b}`",
                package.name, package.name
            );
            Finding::file(&package.manifest, message)
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;

    fn check_pulls(name: &str, pulls: &[&str]) -> Vec<String> {
        let pulls = pulls.iter().map(|s| String::from(*s)).collect();
        let package = Package { name: name.into(), pulls, ..Package::default() };
        check(&Workspace { packages: vec![package], ..Workspace::default() })
            .into_iter()
            .map(|f| f.message)
            .collect()
    }

    #[test]
    fn fires_on_a_runtime_anywhere_below_the_model() {
        assert_eq!(
            check_pulls("tenure-scim", &["serde", "tokio"]),
            ["`tenure-scim` pulls `tokio`, but it has no async, I/O, clock or randomness; \
              see `cargo tree -p tenure-scim -i tokio`"]
        );
        assert!(check_pulls("tenure-engine", &["tokio"]).is_empty());
        assert!(check_pulls("tenure-policy", &["serde"]).is_empty());
    }
}
