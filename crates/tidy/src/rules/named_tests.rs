use std::collections::BTreeSet;

use crate::{Finding, Workspace};

/// Documents that name a test for each of their statements.
const DOCUMENTS: [&str; 4] =
    ["docs/CONNECTOR-COVERAGE.md", "docs/SECURITY.md", "docs/SPEC-COVERAGE.md", "docs/STATUS.md"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let functions: BTreeSet<&str> =
        workspace.files.ending(".rs").flat_map(|(_, text)| text.lines()).filter_map(function).collect();
    let mut findings = Vec::new();
    for path in DOCUMENTS {
        for (number, line) in workspace.files.get(path).unwrap_or_default().lines().enumerate() {
            // Every second part stands between backticks.
            let names = line.split('`').skip(1).step_by(2).filter_map(|name| name.rsplit("::").next());
            for name in names.filter(|name| is_test(name)) {
                if !functions.contains(name) {
                    let message =
                        format!("no test is called `{name}`; name the one that shows the statement");
                    findings.push(Finding::line(path, number + 1, message));
                }
            }
        }
    }
    findings
}

/// A sentence in the form of a name; shorter words are members of an API.
fn is_test(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.matches('_').count() > 2 && name.chars().all(letters)
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    before.chars().all(|c| c.is_ascii_lowercase() || " ()".contains(c)).then_some(())?;
    rest.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_a_name_that_no_test_has() {
        let text = "| `last_login_at` | `a_test_that_is_there`, `tests::a_test_that_was_renamed` |\n";
        let code = "#[tokio::test]\nasync fn a_test_that_is_there() {\n";
        let files = [(DOCUMENTS[0], text), ("crates/a/tests/a.rs", code)].into_iter().collect();
        let found = check(&Workspace { files, ..Workspace::default() });
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        let expected = "no test is called `a_test_that_was_renamed`; name the one that shows the statement";
        assert_eq!(messages, [expected]);
    }
}
