use crate::{Finding, Workspace};

/// One task each.
const TASKS: &[&str] = &[
    "embed",
    "hybrid",
    "policy_whatif",
    "quickstart",
    "scim_client",
    "scim_gateway",
    "scim_server",
    "seats_report",
    "worker_pool",
    "write_a_connector",
];

/// Lines of a file of an example: what is read in one go.
const MOST: usize = 150;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let files = &workspace.files;
    let runs = |path: &str| path == ".ci/run" || path.starts_with(".ci/servers/");
    let words: Vec<&str> =
        files.iter().filter(|(path, _)| runs(path)).flat_map(|(_, text)| text.split_whitespace()).collect();
    let mut found = Vec::new();
    for task in TASKS {
        let file = format!("examples/{task}.rs");
        let folder = format!("examples/{task}/");
        let parts: Vec<_> = files
            .ending(".rs")
            .filter(|(path, _)| *path == file || path.starts_with(&folder))
            .map(|(path, text)| (path, text.lines().count()))
            .collect();
        if parts.is_empty() {
            found.push(Finding::file(&file, "the example is missing"));
        } else if !words.iter().any(|word| word.trim_end_matches(';') == *task) {
            found.push(Finding::file(&file, "no stage of `.ci/run` runs this example"));
        }
        for (path, lines) in parts.into_iter().filter(|(_, lines)| *lines >= MOST) {
            found.push(Finding::file(path, format!("it has {lines} lines; an example has less than {MOST}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_on_an_example_that_is_missing_or_long_or_not_run() {
        let long = "\n".repeat(MOST);
        let files = [
            (
                ".ci/run",
                "for name in embed policy_whatif hybrid scim_client scim_gateway; do\n--example quickstart\n",
            ),
            (".ci/servers/a.sh", "cargo run --example scim_server -- --try\nseats_report worker_pool\n"),
            ("examples/quickstart/main.rs", ""),
            ("examples/quickstart/world.rs", &long),
            ("examples/write_a_connector.rs", ""),
        ];
        let mut files: Vec<(String, &str)> = files.map(|(path, text)| (path.to_owned(), text)).into();
        files.extend(TASKS.iter().skip(1).take(2).map(|task| (format!("examples/{task}.rs"), "")));
        files.extend(TASKS.iter().skip(4).take(5).map(|task| (format!("examples/{task}.rs"), "")));
        let workspace = Workspace { files: files.into_iter().collect(), ..Workspace::default() };
        let found: Vec<String> = check(&workspace).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "examples/embed.rs: the example is missing",
                "examples/quickstart/world.rs: it has 150 lines; an example has less than 150",
                "examples/write_a_connector.rs: no stage of `.ci/run` runs this example",
            ]
        );
    }
}
