use super::source::numbered;
use crate::{Files, Finding, Workspace};

/// A document, a language of blocks in it, and the file that compiles, reads or runs each of them.
const READ: &[(&str, &str, &str)] = &[
    ("README.md", "rust", "crates/tidy/src/rules/embedding.rs"),
    ("docs/GOVERNANCE-GUIDE.md", "rust", "crates/tenure-governance/src/lib.rs"),
    ("docs/GOVERNANCE-GUIDE.md", "yaml", "crates/tenure-cli/tests/documents.rs"),
    ("docs/OPERATIONS.md", "toml", "crates/tenure-cli/tests/documents.rs"),
    ("docs/POLICY-GUIDE.md", "rust", "crates/tenure-policy/src/lib.rs"),
    ("docs/POLICY-GUIDE.md", "yaml", "crates/tenure-policy/tests/guide.rs"),
    ("docs/SCIM-GUIDE.md", "rust", "crates/tenure-scim-server/src/guide.rs"),
];

/// Documents whose Rust is taken from the sources, line by line.
const QUOTING: &[&str] = &["docs/CONNECTOR-GUIDE.md"];

/// Languages whose blocks are looked at in every document: `commands` reads those of the shell; `text` is no code.
const EVERYWHERE: &[&str] = &["sh", "text"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = &workspace.files;
    documents(files).flat_map(|(path, text)| check_document(files, path, text)).collect()
}

/// What people read: the pages at the top and those below `docs`, without the history.
pub(super) fn documents(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    let shown = |path: &str| path.starts_with("docs/") || !path.contains('/') && path != "CHANGELOG.md";
    files.ending(".md").filter(move |(path, _)| shown(path))
}

fn check_document(files: &Files, path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in numbered(text) {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        fenced = !fenced;
        if !fenced || EVERYWHERE.contains(&language) {
            continue;
        }
        if language == "rust" && QUOTING.contains(&path) {
            if !is_quoted(files, text.lines().skip(number)) {
                let message = "no source has these lines in this order; quote what is compiled";
                found.push(Finding::line(path, number, message));
            }
            continue;
        }
        let Some((_, _, reader)) = READ.iter().find(|(p, l, _)| *p == path && *l == language) else {
            let message =
                format!("nothing reads the blocks of `{language}` in this document; write a test that does");
            found.push(Finding::line(path, number, message));
            continue;
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        if !files.get(reader).is_some_and(|text| text.contains(name)) {
            let message =
                format!("`{reader}` does not read the blocks of `{language}` in this document any more");
            found.push(Finding::line(path, number, message));
        }
    }
    found
}

/// Whether the lines up to the end of the block stand one after the other in a source, however deep.
fn is_quoted<'a>(files: &Files, block: impl Iterator<Item = &'a str>) -> bool {
    let wanted = meant(block.take_while(|line| !line.starts_with("```")));
    files.ending(".rs").any(|(_, text)| {
        let lines = meant(text.lines());
        lines.windows(wanted.len().max(1)).any(|some| some == wanted)
    })
}

fn meant<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    lines.map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str, reader: &str) -> Vec<String> {
        let files = [(path, text), ("crates/tenure-policy/tests/guide.rs", reader)].into_iter().collect();
        check(&Workspace { files, ..Workspace::default() }).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fires_on_a_block_that_nothing_reads() {
        let text = "```yaml\na: 1\n```\n\n```json\n{}\n```\n\n```text\n…\n```\n\n```\n?\n```\n";
        assert_eq!(
            messages("docs/POLICY-GUIDE.md", text, "include_str!(\"../docs/POLICY-GUIDE.md\")"),
            [
                "docs/POLICY-GUIDE.md:5: nothing reads the blocks of `json` in this document; write a test that does",
                "docs/POLICY-GUIDE.md:13: nothing reads the blocks of `` in this document; write a test that does",
            ]
        );
        assert_eq!(
            messages("docs/POLICY-GUIDE.md", "```yaml\na: 1\n```\n", ""),
            [
                "docs/POLICY-GUIDE.md:1: `crates/tenure-policy/tests/guide.rs` does not read the blocks of `yaml` in this \
                 document any more"
            ]
        );
        assert_eq!(messages("crates/a/README.md", "```json\n```\n", ""), [""; 0]);
    }

    #[test]
    fn fires_on_a_quotation_that_no_source_has() {
        let text = "```rust\nlet a = 1;\n\nlet b = a;\n```\n";
        let source = "fn main() {\n    let a = 1;\n    let b = a;\n}\n";
        assert_eq!(messages("docs/CONNECTOR-GUIDE.md", text, source), [""; 0]);
        assert_eq!(
            messages("docs/CONNECTOR-GUIDE.md", text, &source.replace("b = a", "b = 2")),
            ["docs/CONNECTOR-GUIDE.md:1: no source has these lines in this order; quote what is compiled"]
        );
    }
}
