use crate::{Files, Finding, Workspace};

const CEILING: usize = 800;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let long = workspace.files.ending(".rs").map(|(path, text)| (path, text.lines().count()));
    long.filter(|(_, lines)| *lines > CEILING)
        .map(|(path, lines)| {
            Finding::file(path, format!("{lines} lines, above the ceiling of {CEILING}; split it by idea"))
        })
        .collect()
}

/// The median length of the Rust files, in lines; 0 without any.
pub fn median(files: &Files) -> usize {
    let mut lengths: Vec<usize> = files.ending(".rs").map(|(_, text)| text.lines().count()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_above_the_ceiling_only() {
        let files = [("a.rs", "\n".repeat(800)), ("b.rs", "\n".repeat(801)), ("c.md", "\n".repeat(900))];
        let found = check(&Workspace { files: files.into_iter().collect(), ..Workspace::default() });
        assert_eq!(found, [Finding::file("b.rs", "801 lines, above the ceiling of 800; split it by idea")]);
    }

    #[test]
    fn median_counts_rust_files_only() {
        let files = [("a.rs", "1\n2"), ("b.rs", "1"), ("c.rs", "1\n2\n3"), ("d.md", "")];
        assert_eq!(median(&files.into_iter().collect()), 2);
    }
}
