use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::{Files, Finding, Workspace};

const TABLES: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// What is published needs what it names with a version to be there already, for its tests too.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let published: BTreeMap<&str, &str> = workspace
        .packages
        .iter()
        .filter(|package| package.published)
        .map(|package| (package.name.as_str(), package.manifest.as_str()))
        .collect();
    let mut waiting: BTreeMap<&str, BTreeSet<String>> = published
        .iter()
        .map(|(name, manifest)| {
            let needs = needs(&workspace.files, manifest);
            (*name, needs.into_iter().filter(|needed| published.contains_key(needed.as_str())).collect())
        })
        .collect();
    loop {
        let ready: Vec<&str> =
            waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(name, _)| *name).collect();
        if ready.is_empty() {
            break;
        }
        waiting.retain(|name, needs| {
            needs.retain(|needed| !ready.contains(&needed.as_str()));
            !ready.contains(name)
        });
    }
    let stuck = waiting.iter().filter_map(|(name, needs)| Some((published.get(name)?, needs)));
    stuck
        .map(|(manifest, needs)| {
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            let message = format!(
                "it can only be published after {}, which cannot before it; name a tool of the tests by its path alone",
                needs.join(" and ")
            );
            Finding::file(*manifest, message)
        })
        .collect()
}

fn needs(files: &Files, manifest: &str) -> BTreeSet<String> {
    let manifest: Table = files.get(manifest).and_then(|text| text.parse().ok()).unwrap_or_default();
    let tables = TABLES.iter().filter_map(|table| manifest.get(*table)?.as_table());
    tables
        .flatten()
        .filter(|(_, dependency)| !by_path_alone(dependency))
        .map(|(name, _)| name.clone())
        .collect()
}

fn by_path_alone(dependency: &Value) -> bool {
    dependency.get("path").is_some() && dependency.get("version").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;

    fn messages(kit: &str) -> Vec<String> {
        let package = |name: &str| Package {
            name: name.into(),
            manifest: format!("{name}/Cargo.toml"),
            published: true,
            ..Package::default()
        };
        let files = [
            ("a/Cargo.toml", format!("[dependencies]\nserde = \"1\"\n[dev-dependencies]\n{kit}\n")),
            ("kit/Cargo.toml", "[dependencies]\na = { workspace = true }\n".to_owned()),
        ];
        let workspace = Workspace {
            packages: vec![package("a"), package("kit")],
            files: files.into_iter().collect(),
            ..Workspace::default()
        };
        check(&workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fires_on_crates_that_wait_for_each_other() {
        assert_eq!(messages("kit = { path = \"../kit\" }"), [""; 0]);
        let after = |other: &str| {
            format!(
                "it can only be published after {other}, which cannot before it; name a tool of the tests by its path alone"
            )
        };
        assert_eq!(
            messages("kit.workspace = true"),
            [format!("a/Cargo.toml: {}", after("kit")), format!("kit/Cargo.toml: {}", after("a"))]
        );
    }
}
