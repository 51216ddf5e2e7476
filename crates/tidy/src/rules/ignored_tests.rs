use super::source::{is_comment, numbered};
use crate::{Finding, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.files.ending(".rs").flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Vec<Finding> {
    numbered(text)
        .filter_map(|(number, line)| {
            let line = line.trim();
            let attribute = line.strip_prefix("#[").is_some_and(|rest| rest.starts_with("ignore]"));
            let sample = is_comment(line) && line.contains("```") && fence_ignores(line);
            let message = match (attribute, sample) {
                (true, _) => "an ignored test needs a reason that names the tier which runs it",
                (_, true) => "a sample marked `ignore` is read by no compiler; let it run, or use `no_run`",
                _ => return None,
            };
            Some(Finding::line(path, number, message))
        })
        .collect()
}

fn fence_ignores(line: &str) -> bool {
    let info = line.split("```").nth(1).unwrap_or_default();
    info.split(',').any(|word| word.trim() == "ignore")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_a_test_without_reason_and_on_an_ignored_sample() {
        let text =
            "#[test]\n#[\x69gnore]\nfn a() {}\n/// ```ignore\n/// x\n/// ```\n/// ```rust,ignore\n/// ```\n";
        let lines: Vec<_> = check_file("a.rs", text).into_iter().map(|f| f.line).collect();
        assert_eq!(lines, [Some(2), Some(4), Some(7)]);
    }

    #[test]
    fn accepts_a_reason_and_running_samples() {
        let text =
            "#[ignore = \"needs PostgreSQL; run by the server tier\"]\n/// ```no_run\n/// ```\n/// ```\n";
        assert!(check_file("a.rs", text).is_empty());
    }
}
