use crate::{Files, Finding, Package, Workspace};

const START: &str = "<!-- crate docs: kept by crates/tidy -->";
const END: &str = "<!-- end of crate docs -->";

/// The page that a registry shows for a crate is its own documentation; what stands outside the markers is by hand.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let published = workspace.packages.iter().filter(|package| package.published);
    published.filter_map(|package| check_package(&workspace.files, package)).collect()
}

fn check_package(files: &Files, package: &Package) -> Option<Finding> {
    let path = readme_path(package);
    let found = files.get(&path);
    if found.is_some_and(|text| !text.contains(START)) {
        return None;
    }
    let expected = rewrite(files, package)?;
    (found != Some(expected.as_str())).then(|| {
        Finding::file(&path, "it does not say what the crate's documentation says; UPDATE_GOLDEN=1 writes it")
    })
}

/// The README of a published crate, with what its crate root says between the markers.
///
/// None when the crate root is missing, or its README is written by hand.
pub fn rewrite(files: &Files, package: &Package) -> Option<String> {
    let (_, text) = root(files, package)?;
    let mut docs = from_docs(text);
    if let Some(file) = included(text).filter(|file| *file != "README.md") {
        docs += &format!("\n{}\n", without_hidden(files.get(&beside(package, file))?).trim());
    }
    let Some(found) = files.get(&readme_path(package)) else {
        let name = &package.name;
        return Some(format!("# {name}\n\n{START}\n{docs}{END}\n\n{FOOTER}"));
    };
    let (before, rest) = found.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{docs}{END}{after}"))
}

/// The crate root: its path and its text.
pub(super) fn root<'a>(files: &'a Files, package: &Package) -> Option<(String, &'a str)> {
    ["src/lib.rs", "src/main.rs"].iter().map(|file| beside(package, file)).find_map(|path| {
        let text = files.get(&path)?;
        Some((path, text))
    })
}

/// All of a crate's own documentation, with what its root takes in from a file.
pub(super) fn documentation(files: &Files, package: &Package) -> Option<String> {
    let (_, text) = root(files, package)?;
    let mut docs = from_docs(text);
    if let Some(file) = included(text) {
        docs += &without_hidden(files.get(&beside(package, file))?);
    }
    Some(docs)
}

const FOOTER: &str = "Part of Tenure, user provisioning as Rust libraries. MIT or Apache-2.0, as you like.\n";

/// Where a crate's README lies.
pub fn readme_path(package: &Package) -> String {
    beside(package, "README.md")
}

fn beside(package: &Package, file: &str) -> String {
    format!("{}/{file}", package.manifest.trim_end_matches("/Cargo.toml"))
}

/// The inner documentation of a crate root as it reads outside rustdoc.
fn from_docs(root: &str) -> String {
    let (mut text, mut in_code) = (String::new(), false);
    for line in root.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_code = !in_code;
            let rust = in_code && (language.is_empty() || language.starts_with("no_run"));
            text += if rust { "```rust" } else { line };
        } else if in_code {
            if line == "#" || line.starts_with("# ") {
                continue;
            }
            text += line;
        } else if line.starts_with('#') {
            text += &without_items(&format!("#{line}"));
        } else {
            text += &without_items(line);
        }
        text.push('\n');
    }
    text
}

/// The file beside the manifest that the crate root takes into its documentation.
fn included(root: &str) -> Option<&str> {
    Some(root.split_once("#![doc = include_str!(\"../")?.1.split_once('"')?.0)
}

/// A document that rustdoc shows, as it reads outside rustdoc.
fn without_hidden(text: &str) -> String {
    from_docs(&text.lines().map(|line| format!("//! {line}\n")).collect::<String>())
}

/// The line with links to items as plain code: they lead somewhere only within rustdoc.
fn without_items(line: &str) -> String {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((before, linked)) = rest.split_once("[`") {
        let Some((name, after)) = linked.split_once("`]") else { break };
        text += before;
        rest = match after.strip_prefix('(').and_then(|tail| tail.split_once(')')) {
            Some((to, after)) if to.starts_with("http") => {
                text += &format!("[`{name}`]({to})");
                after
            }
            Some((_, after)) => {
                text += &format!("`{name}`");
                after
            }
            None => {
                text += &format!("`{name}`");
                after
            }
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "//! Does [`this`](crate::this) and [`That`].\n//!\n//! # Limits\n//!\n//! ```\n//! # hidden\n//! let \
                        x = 1;\n//! ```\n\nmod this;\n";
    const DOCS: &str = "Does `this` and `That`.\n\n## Limits\n\n```rust\nlet x = 1;\n```\n";

    fn workspace(readme: Option<&str>) -> Workspace {
        let package = Package {
            name: "a".into(),
            manifest: "crates/a/Cargo.toml".into(),
            published: true,
            ..Package::default()
        };
        let mut files = vec![("crates/a/src/lib.rs", ROOT)];
        files.extend(readme.map(|text| ("crates/a/README.md", text)));
        Workspace { packages: vec![package], files: files.into_iter().collect(), ..Workspace::default() }
    }

    #[test]
    fn fires_on_a_missing_and_on_a_stale_page() {
        assert_eq!(check(&workspace(None)).len(), 1);
        assert_eq!(check(&workspace(Some(&format!("# a\n{START}\nIt did that.\n{END}\n")))).len(), 1);
    }

    #[test]
    fn accepts_what_it_wrote_itself_and_what_is_written_by_hand() {
        let bare = workspace(None);
        let readme = rewrite(&bare.files, &bare.packages[0]).unwrap();
        assert!(readme.contains(&format!("{START}\n{DOCS}{END}")), "{readme}");
        assert!(check(&workspace(Some(&readme))).is_empty());
        assert!(check(&workspace(Some("# by hand"))).is_empty());
    }

    #[test]
    fn takes_in_what_the_crate_root_includes() {
        let mut bare = workspace(None);
        let root = format!("{ROOT}\n#![doc = include_str!(\"../docs.md\")]\n");
        bare.files = [("crates/a/src/lib.rs", root.as_str()), ("crates/a/docs.md", "# More of [`That`]\n")]
            .into_iter()
            .collect();
        let readme = rewrite(&bare.files, &bare.packages[0]).unwrap();
        assert!(readme.contains(&format!("{DOCS}\n## More of `That`\n{END}")), "{readme}");
    }

    #[test]
    fn what_stands_outside_the_markers_stays() {
        let kept = workspace(Some(&format!("# a\n\nabove\n{START}\nold\n{END}\nbelow\n")));
        let readme = rewrite(&kept.files, &kept.packages[0]).unwrap();
        assert_eq!(readme, format!("# a\n\nabove\n{START}\n{DOCS}{END}\nbelow\n"));
    }
}
