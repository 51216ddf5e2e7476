use crate::{Finding, Kind, Package, Workspace};

/// A crate of ours, how high it stands, and what it may depend on.
struct Allowed {
    name: &'static str,
    level: u8,
    on: &'static [&'static str],
}

/// The picture of docs/ARCHITECTURE.md as data. A name that ends in `*` stands for every name that starts so.
const PICTURE: &[Allowed] = &[
    Allowed { name: "tenure-scim-derive", level: 0, on: &[] },
    Allowed { name: "tenure-scim", level: 0, on: &["tenure-scim-derive"] },
    Allowed { name: "tenure-tls", level: 1, on: &[] },
    Allowed { name: "tenure-policy", level: 1, on: &["tenure-scim"] },
    Allowed { name: "tenure-connector", level: 1, on: &["tenure-scim"] },
    Allowed { name: "tenure-layers", level: 2, on: &["tenure-connector", "tenure-scim"] },
    Allowed { name: "tenure-testkit", level: 2, on: &["tenure-connector", "tenure-layers", "tenure-scim"] },
    Allowed { name: "tenure-scim-client", level: 2, on: &["tenure-scim"] },
    Allowed { name: "tenure-scim-server", level: 2, on: &["tenure-connector", "tenure-scim"] },
    Allowed { name: "tenure-store", level: 2, on: &["tenure-connector", "tenure-scim", "tenure-tls"] },
    Allowed {
        name: "tenure-engine",
        level: 2,
        on: &["tenure-connector", "tenure-policy", "tenure-scim", "tenure-store"],
    },
    Allowed { name: "tenure-governance", level: 2, on: &["tenure-engine", "tenure-policy", "tenure-store"] },
    Allowed {
        name: "tenure-web",
        level: 2,
        on: &["tenure-engine", "tenure-governance", "tenure-policy", "tenure-store"],
    },
    Allowed { name: "tenure-connector-rest", level: 2, on: &["tenure-connector", "tenure-scim"] },
    Allowed {
        name: "tenure-connector-scim",
        level: 2,
        on: &["tenure-connector", "tenure-connector-rest", "tenure-scim", "tenure-scim-client"],
    },
    Allowed {
        name: "tenure-connector-hr",
        level: 2,
        on: &["tenure-connector", "tenure-connector-csv", "tenure-connector-rest", "tenure-scim"],
    },
    Allowed {
        name: "tenure-connector-mailchimp",
        level: 2,
        on: &["tenure-connector", "tenure-connector-manual", "tenure-connector-rest"],
    },
    Allowed {
        name: "tenure-connector-semrush",
        level: 2,
        on: &["tenure-connector", "tenure-connector-manual"],
    },
    Allowed {
        name: "tenure-connector-*",
        level: 2,
        on: &["tenure-connector", "tenure-connector-rest", "tenure-scim", "tenure-tls"],
    },
    Allowed { name: "tenure-terminal", level: 3, on: &["tenure-engine", "tenure-policy"] },
    Allowed {
        name: "tenure",
        level: 3,
        on: &[
            "tenure-connector",
            "tenure-connector-*",
            "tenure-engine",
            "tenure-governance",
            "tenure-layers",
            "tenure-policy",
            "tenure-scim",
            "tenure-scim-client",
            "tenure-scim-derive",
            "tenure-scim-server",
            "tenure-store",
            "tenure-terminal",
            "tenure-web",
        ],
    },
    Allowed {
        name: "tenure-cli",
        level: 3,
        on: &[
            "tenure-connector",
            "tenure-connector-*",
            "tenure-engine",
            "tenure-governance",
            "tenure-layers",
            "tenure-policy",
            "tenure-scim",
            "tenure-scim-client",
            "tenure-scim-server",
            "tenure-store",
            "tenure-terminal",
            "tenure-testkit",
            "tenure-web",
        ],
    },
    Allowed { name: "tenure-examples", level: 4, on: &["tenure", "tenure-*"] },
    Allowed { name: "tenure-examples-systems", level: 5, on: &["tenure", "tenure-*"] },
    Allowed { name: "tidy", level: 4, on: &[] },
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let Some(from) = find(&package.name) else {
        let message =
            format!("`{}` has no place in the picture; add it to `PICTURE` and to the text", package.name);
        return vec![Finding::file(&package.manifest, message)];
    };
    let wrong = package.dependencies.iter().filter_map(|dependency| {
        let to = find(&dependency.name)?;
        let allowed = match dependency.kind {
            Kind::Dev => {
                allows(from, &dependency.name) || to.name == "tenure-testkit" || to.level <= from.level
            }
            Kind::Normal | Kind::Build => allows(from, &dependency.name),
        };
        (!allowed).then(|| sentence(from, &dependency.name, dependency.kind))
    });
    wrong.map(|message| Finding::file(&package.manifest, message)).collect()
}

fn sentence(from: &Allowed, to: &str, kind: Kind) -> String {
    match kind {
        Kind::Dev => {
            format!("`{}` may not use `{to}` in its tests: it stands higher; test there instead", from.name)
        }
        Kind::Normal | Kind::Build if from.on.is_empty() => {
            format!("`{}` may not depend on `{to}`: it depends on no crate of this workspace", from.name)
        }
        Kind::Normal | Kind::Build => {
            format!("`{}` may not depend on `{to}`: it may depend on {}", from.name, from.on.join(", "))
        }
    }
}

// An exact name wins over a pattern, whatever their order.
fn find(name: &str) -> Option<&'static Allowed> {
    let exact = PICTURE.iter().find(|a| a.name == name);
    exact.or_else(|| PICTURE.iter().find(|a| covers(a.name, name)))
}

fn allows(from: &Allowed, to: &str) -> bool {
    from.on.iter().any(|pattern| covers(pattern, to))
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dependency;

    fn check_one(name: &str, kind: Kind, on: &str) -> Vec<String> {
        let package = Package {
            name: name.into(),
            manifest: "Cargo.toml".into(),
            dependencies: vec![Dependency { name: on.into(), kind }],
            ..Package::default()
        };
        check_package(&package).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_connector_may_not_know_the_engine_the_policy_or_its_neighbour() {
        for other in ["tenure-engine", "tenure-policy", "tenure-connector-csv"] {
            let expected = format!(
                "`tenure-connector-*` may not depend on `{other}`: it may depend on tenure-connector, \
                 tenure-connector-rest, tenure-scim, tenure-tls"
            );
            assert_eq!(check_one("tenure-connector-manual", Kind::Normal, other), [expected]);
        }
        assert!(check_one("tenure-connector-manual", Kind::Normal, "tenure-connector-rest").is_empty());
    }

    #[test]
    fn tests_may_use_the_kit_and_what_stands_no_higher() {
        assert!(check_one("tenure-connector", Kind::Dev, "tenure-testkit").is_empty());
        assert!(check_one("tenure-scim-client", Kind::Dev, "tenure-scim-server").is_empty());
        assert_eq!(
            check_one("tenure-policy", Kind::Dev, "tenure-engine"),
            [
                "`tenure-policy` may not use `tenure-engine` in its tests: it stands higher; test there instead"
            ]
        );
    }

    #[test]
    fn an_unknown_crate_has_no_place_and_a_foreign_one_needs_none() {
        assert_eq!(
            check_one("payroll", Kind::Normal, "serde"),
            ["`payroll` has no place in the picture; add it to `PICTURE` and to the text"]
        );
        assert!(check_one("tenure-scim", Kind::Normal, "serde").is_empty());
    }
}
