use crate::{Finding, Package, Workspace};

const README: &str = "README.md";
const START: &str = "<!-- crates: kept by crates/tidy -->";
const CONNECTORS: &str = "crates/connectors/";
const END: &str = "<!-- end of crates -->";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = workspace.packages.iter().filter_map(without_status).collect();
    let readme = workspace.files.get(README).unwrap_or_default();
    let expected = table(&workspace.packages);
    let message = match between(readme) {
        None => format!("the table of crates is missing; put it between `{START}` and `{END}`"),
        Some(found) if found.trim() == expected.trim() => return findings,
        Some(_) => format!("the table of crates is not true; UPDATE_GOLDEN=1 writes this one:\n{expected}"),
    };
    findings.push(Finding::file(README, message));
    findings
}

fn without_status(package: &Package) -> Option<Finding> {
    let missing = package.published && package.status.is_empty();
    missing.then(|| {
        Finding::file(
            &package.manifest,
            "no `status` below `[package.metadata.tenure]`: what was it tried against?",
        )
    })
}

/// The tables that the manifests give, one line for each published package: first those that a program is built of, then the connectors.
pub fn table(packages: &[Package]) -> String {
    let published = packages.iter().filter(|p| p.published);
    let (connectors, parts): (Vec<_>, Vec<_>) = published.partition(|p| p.manifest.starts_with(CONNECTORS));
    let mut text = rows(&parts);
    if !connectors.is_empty() {
        text += &format!("\nConnectors, one crate a system:\n\n{}", rows(&connectors));
    }
    text
}

fn rows(packages: &[&Package]) -> String {
    let mut text = String::from("| crate | what it is | status, tried against |\n|---|---|---|\n");
    for package in packages {
        let folder = package.manifest.trim_end_matches("/Cargo.toml");
        text +=
            &format!("| [`{}`]({folder}) | {} | {} |\n", package.name, package.description, package.status);
    }
    text
}

/// The README with a true table, when it has the two markers.
pub fn rewrite(readme: &str, packages: &[Package]) -> Option<String> {
    let (before, rest) = readme.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{}{END}{after}", table(packages)))
}

fn between(readme: &str) -> Option<&str> {
    Some(readme.split_once(START)?.1.split_once(END)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(readme: &str) -> Workspace {
        let package = |name: &str, published| Package {
            name: name.into(),
            description: "Does it".into(),
            status: "works".into(),
            manifest: format!("crates/{name}/Cargo.toml"),
            published,
            ..Package::default()
        };
        Workspace {
            packages: vec![package("a", true), package("hidden", false)],
            files: [(README, readme)].into_iter().collect(),
            ..Workspace::default()
        }
    }

    #[test]
    fn fires_on_a_missing_and_on_a_stale_table() {
        assert_eq!(check(&workspace("# Title")).len(), 1);
        let stale = format!("{START}\n| [`a`](crates/a) | Did it |\n{END}");
        let found = check(&workspace(&stale));
        assert_eq!(
            found[0].message,
            "the table of crates is not true; UPDATE_GOLDEN=1 writes this one:\n\
             | crate | what it is | status, tried against |\n|---|---|---|\n| [`a`](crates/a) | Does it | works |\n"
        );
    }

    #[test]
    fn fires_on_a_crate_that_does_not_say_what_it_was_tried_against() {
        let mut workspace = workspace("");
        workspace.packages[0].status.clear();
        let readme = format!("{START}\n{}{END}\n", table(&workspace.packages));
        workspace.files = [(README, readme.as_str())].into_iter().collect();
        let found = check(&workspace);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "crates/a/Cargo.toml");
    }

    #[test]
    fn connectors_have_a_table_of_their_own() {
        let mut workspace = workspace("");
        workspace.packages[1].published = true;
        workspace.packages[1].manifest = "crates/connectors/b/Cargo.toml".into();
        let head = "| crate | what it is | status, tried against |\n|---|---|---|\n";
        let expected = format!(
            "{head}| [`a`](crates/a) | Does it | works |\n\nConnectors, one crate a system:\n\n\
             {head}| [`hidden`](crates/connectors/b) | Does it | works |\n"
        );
        assert_eq!(table(&workspace.packages), expected);
    }

    #[test]
    fn accepts_what_it_wrote_itself() {
        let stale = workspace(&format!("above\n{START}\n{END}\nbelow\n"));
        let readme = rewrite(stale.files.get(README).unwrap(), &stale.packages).unwrap();
        assert!(readme.starts_with("above\n") && readme.ends_with("\nbelow\n"));
        assert!(check(&workspace(&readme)).is_empty());
    }
}
