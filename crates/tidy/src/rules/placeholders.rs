use super::source::{is_comment, numbered};
use crate::{Finding, Workspace};

// Split, so that this file does not fire on itself.
const PLACEHOLDERS: &[&str] = &[concat!("to", "do!("), concat!("unimpl", "emented!(")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.files.ending(".rs").flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, line) in numbered(text).filter(|(_, line)| !is_comment(line)) {
        for placeholder in PLACEHOLDERS.iter().filter(|p| line.contains(**p)) {
            found.push(Finding::line(
                path,
                number,
                format!("`{placeholder}…)` stands for code that is not written"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_both_macros_and_not_on_prose() {
        let text = format!(
            "fn a() {{ {}) }}\n    {}\"later\")\n// {}) is banned\n",
            PLACEHOLDERS[0], PLACEHOLDERS[1], PLACEHOLDERS[0]
        );
        let lines: Vec<_> = check_file("a.rs", &text).into_iter().map(|f| f.line).collect();
        assert_eq!(lines, [Some(1), Some(2)]);
    }
}
