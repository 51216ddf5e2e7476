use super::source::numbered;
use crate::{Finding, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace.files.ending(".rs").flat_map(|(path, text)| check_file(path, text)).collect()
}

// A doc comment is a run of lines with the same marker; it is empty when no line says anything.
fn check_file(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut run: Option<(usize, &str, bool)> = None;
    for (number, line) in numbered(text).chain([(0, "")]) {
        run = match (marker(line), run) {
            (Some((mark, body)), Some((start, same, said))) if mark == same => {
                Some((start, same, said || body))
            }
            (next, ended) => {
                if let Some((start, _, false)) = ended {
                    found.push(Finding::line(
                        path,
                        start,
                        "the doc comment is empty; say what the item does",
                    ));
                }
                next.map(|(mark, body)| (number, mark, body))
            }
        };
    }
    found
}

fn marker(line: &str) -> Option<(&'static str, bool)> {
    let line = line.trim();
    let marks = ["///", "//!"];
    let mark = marks.into_iter().find(|m| line.starts_with(m))?;
    let body = line.strip_prefix(mark)?;
    (!body.starts_with('/')).then(|| (mark, !body.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Option<usize>> {
        check_file("a.rs", text).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn fires_on_a_bare_marker_before_an_item() {
        assert_eq!(
            lines("///\npub mod a;\n\n/// Says it.\npub mod b;\n    ///  \n    ///\n    fn c() {}\n"),
            [Some(1), Some(6)]
        );
        assert_eq!(lines("//!\n\nmod a;"), [Some(1)]);
    }

    #[test]
    fn a_blank_line_inside_a_comment_is_fine() {
        assert!(lines("/// One.\n///\n/// Two.\nfn a() {}\n////////\n").is_empty());
    }
}
