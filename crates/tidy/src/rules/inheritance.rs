use toml::{Table, Value};

use crate::{Finding, Workspace};

const FIELDS: &[&str] = &["version", "edition", "rust-version", "license", "repository"];
/// What a published package says of itself, and how many words of each the registry takes.
const WORDS: &[&str] = &["keywords", "categories"];
const MOST_WORDS: usize = 5;
const LONGEST_KEYWORD: usize = 20;
const TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let manifests = workspace.packages.iter().map(|p| p.manifest.as_str());
    manifests.flat_map(|path| check_manifest(path, workspace.files.get(path).unwrap_or_default())).collect()
}

fn check_manifest(path: &str, text: &str) -> Vec<Finding> {
    let manifest: Table = match text.parse() {
        Ok(table) => table,
        Err(e) => return vec![Finding::file(path, format!("the manifest cannot be read: {e}"))],
    };
    let mut found = Vec::new();
    if !inherits(manifest.get("lints")) {
        found.push(Finding::file(
            path,
            "the lints are not those of the workspace; add `[lints] workspace = true`",
        ));
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for field in FIELDS {
        if !inherits(package.and_then(|p| p.get(*field))) {
            found.push(Finding::file(
                path,
                format!("write `{field}.workspace = true`; the value stands in the workspace manifest"),
            ));
        }
    }
    found.extend(package.and_then(words).map(|message| Finding::file(path, message)));
    if package.is_some_and(|package| is_published(package) && !shows_all_features(package)) {
        let message =
            "write `all-features = true` below `[package.metadata.docs.rs]`: its pages show everything";
        found.push(Finding::file(path, message));
    }
    for (table, dependencies) in dependency_tables(&manifest) {
        let own = |dependency: &Value| !inherits(Some(dependency)) && !is_left_out(&table, dependency);
        for name in dependencies.iter().filter(|(_, d)| own(d)).map(|(name, _)| name) {
            found.push(Finding::file(
                path,
                format!("`{name}` in `[{table}]` has its own version; write `{name}.workspace = true`"),
            ));
        }
    }
    found
}

/// By its own words a package is found among others; those of its neighbours would say nothing.
fn words(package: &Table) -> Option<String> {
    if !is_published(package) {
        return None;
    }
    WORDS.iter().find_map(|field| {
        let words = package.get(*field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let long = |word: &Value| word.as_str().is_none_or(|word| word.len() > LONGEST_KEYWORD);
        let bad =
            words.is_empty() || words.len() > MOST_WORDS || (*field == "keywords" && words.iter().any(long));
        bad.then(|| {
            format!("expected `{field}` of its own, one to five (keywords of at most twenty letters)")
        })
    })
}

fn is_published(package: &Table) -> bool {
    package.get("publish").and_then(Value::as_bool) != Some(false)
}

fn shows_all_features(package: &Table) -> bool {
    let of = |table: &Table, key: &str| table.get(key)?.as_table().cloned();
    let shown = of(package, "metadata").and_then(|t| of(&t, "docs")).and_then(|t| of(&t, "rs"));
    shown.is_some_and(|rs| rs.get("all-features").and_then(Value::as_bool) == Some(true))
}

fn dependency_tables(manifest: &Table) -> impl Iterator<Item = (String, &Table)> {
    let plain = TABLES.iter().filter_map(|t| Some(((*t).to_owned(), manifest.get(*t)?.as_table()?)));
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    let by_target = targets.flat_map(|(target, value)| {
        TABLES.iter().filter_map(move |t| Some((format!("target.{target}.{t}"), value.get(*t)?.as_table()?)))
    });
    plain.chain(by_target)
}

/// A tool of the tests by path alone has no version, and packaging leaves it out: so two crates may test each other.
fn is_left_out(table: &str, dependency: &Value) -> bool {
    table == "dev-dependencies" && dependency.get("path").is_some() && dependency.get("version").is_none()
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|v| v.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\nrepository.workspace = true\n\
        keywords = [\"scim\"]\ncategories = [\"encoding\"]\nmetadata.docs.rs.all-features = true\n\
        [lints]\nworkspace = true\n[dependencies]\nserde = { workspace = true, features = [\"rc\"] }\n";

    #[test]
    fn accepts_a_tool_of_the_tests_by_path_and_no_other_dependency_by_path() {
        let with = |table: &str| messages(&format!("{GOOD}[{table}]\nkit = {{ path = \"../kit\" }}\n"));
        assert!(with("dev-dependencies").is_empty());
        assert_eq!(with("build-dependencies").len(), 1);
        let versioned = "[dev-dependencies]\nkit = { path = \"../kit\", version = \"1\" }\n";
        assert_eq!(messages(&format!("{GOOD}{versioned}")).len(), 1);
    }

    fn messages(text: &str) -> Vec<String> {
        check_manifest("Cargo.toml", text).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn accepts_a_manifest_that_inherits_everything() {
        assert_eq!(messages(GOOD), [""; 0]);
    }

    #[test]
    fn fires_on_the_words_of_a_published_package_only() {
        let shared = GOOD.replace("keywords = [\"scim\"]", "keywords.workspace = true");
        let message = "expected `keywords` of its own, one to five (keywords of at most twenty letters)";
        assert_eq!(messages(&shared), [message]);
        assert_eq!(messages(&GOOD.replace("\"scim\"", "\"system-for-cross-domain\"")), [message]);
        let kept = GOOD.replace("name = \"a\"", "name = \"a\"\npublish = false");
        assert!(messages(&kept.replace("keywords = [\"scim\"]\n", "")).is_empty());
    }

    #[test]
    fn fires_when_the_pages_of_a_published_package_leave_features_out() {
        let some = GOOD.replace("all-features = true", "features = [\"tls\"]");
        let message =
            "write `all-features = true` below `[package.metadata.docs.rs]`: its pages show everything";
        assert_eq!(messages(&some), [message]);
    }

    #[test]
    fn fires_on_own_lints_fields_and_versions() {
        let bad = GOOD
            .replace("[lints]\nworkspace = true", "[lints.rust]\nmissing_docs = \"allow\"")
            .replace("edition.workspace = true", "edition = \"2021\"")
            + "[dev-dependencies]\nrand = \"0.9\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n";
        assert_eq!(
            messages(&bad),
            [
                "the lints are not those of the workspace; add `[lints] workspace = true`",
                "write `edition.workspace = true`; the value stands in the workspace manifest",
                "`rand` in `[dev-dependencies]` has its own version; write `rand.workspace = true`",
                "`libc` in `[target.cfg(unix).dependencies]` has its own version; write `libc.workspace = true`",
            ]
        );
    }
}
