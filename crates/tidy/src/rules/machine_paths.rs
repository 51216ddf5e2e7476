use super::source::numbered;
use crate::{Finding, Workspace};

const ROOTS: &[&str] = &["/home/", "/root/", "/tmp/", "C:\\Users\\"];
const THIS: &str = "crates/tidy/src/rules/machine_paths.rs";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = workspace.files.iter().filter(|(path, _)| *path != THIS);
    files.flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, line) in numbered(text) {
        for root in ROOTS.iter().filter(|root| names(line, root)) {
            found.push(Finding::line(
                path,
                number,
                format!("`{root}` is a path of one machine; use a relative path"),
            ));
        }
    }
    found
}

// Inside a URL or a longer path the same letters are no root of a machine.
fn names(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '}' | '_' | '-' | '$' | '*'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_an_absolute_path_in_any_text() {
        for line in ["\"/home/anna/a.csv\"", "(/root/.cargo)", "see `/tmp/out`"] {
            assert_eq!(check_file("a.md", line).len(), 1, "{line}");
        }
    }

    #[test]
    fn accepts_urls_and_relative_paths() {
        for line in ["https://example.com/home/page", "$HOME/tmp/x", "GET /Users/1"] {
            assert!(check_file("a.md", line).is_empty(), "{line}");
        }
    }
}
