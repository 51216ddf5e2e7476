use super::source::numbered;
use crate::{Files, Finding, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = &workspace.files;
    files.ending(".md").flat_map(|(path, text)| check_document(files, path, text)).collect()
}

fn check_document(files: &Files, path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in numbered(text) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            if let Some(message) = broken(files, path, target) {
                found.push(Finding::line(path, number, message));
            }
        }
    }
    found
}

fn targets(line: &str) -> impl Iterator<Item = &str> {
    let outside_code = line.split('`').step_by(2);
    // A link whose text is code has its target at the start of the next piece outside code.
    outside_code.flat_map(|piece| piece.split("](").skip(1)).filter_map(|rest| rest.split([')', ' ']).next())
}

fn broken(files: &Files, from: &str, target: &str) -> Option<String> {
    // With `::` it is a link between items, which rustdoc checks.
    if target.contains("://") || target.contains("::") || target.starts_with("mailto:") || target.is_empty() {
        return None;
    }
    let (file, heading) = target.split_once('#').map_or((target, None), |(f, h)| (f, Some(h)));
    let path = if file.is_empty() { from.to_owned() } else { resolve(from, file) };
    if !files.exists(&path) {
        return Some(format!("the link to `{target}` leads nowhere: there is no `{path}`"));
    }
    let document = files.get(&path).filter(|_| path.ends_with(".md"))?;
    let heading = heading?;
    (!headings(document).any(|h| h == heading)).then(|| format!("`{path}` has no heading `#{heading}`"))
}

fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|l| l.starts_with('#')).map(|l| {
        let title = l.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str) -> Vec<String> {
        let files: Files =
            [("docs/A.md", text), ("docs/B.md", "# Two words\n## `code`, too"), ("src/a.rs", "")]
                .into_iter()
                .collect();
        check_document(&files, "docs/A.md", text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn fires_on_a_missing_file_and_on_a_missing_heading() {
        assert_eq!(
            check_text("[`x`](../src/b.rs)\nsee [B](B.md#three) and [self](#top)"),
            [
                "docs/A.md:1: the link to `../src/b.rs` leads nowhere: there is no `src/b.rs`",
                "docs/A.md:2: `docs/B.md` has no heading `#three`",
                "docs/A.md:2: `docs/A.md` has no heading `#top`",
            ]
        );
    }

    #[test]
    fn accepts_files_folders_headings_urls_and_code() {
        let text = "# Top\n[a](../src/a.rs) [b](../src) [c](B.md#two-words) [d](B.md#code-too) [e](https://x.y) [f](#top)\n\
                    `[g](gone.md)`\n```\n[h](gone.md)\n```\n";
        assert_eq!(check_text(text), [""; 0]);
    }
}
