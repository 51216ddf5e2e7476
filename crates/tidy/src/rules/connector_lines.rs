use crate::{Files, Finding, Workspace};

const GUIDE: &str = "docs/CONNECTOR-GUIDE.md";
/// Fewer lines than this are what a vendor takes.
const LIMIT: usize = 400;
const START: &str = "<!-- lines: kept by crates/tidy -->";
const END: &str = "<!-- end of lines -->";

/// The connectors of vendors on the shared kit: the folder, the name, the folder or file of the fake.
const CONNECTORS: [(&str, &str, &str); 11] = [
    ("atlassian", "Atlassian", "atlassian"),
    ("entra", "Entra", "graph"),
    ("github", "GitHub", "github"),
    ("google-workspace", "Google Workspace", "google"),
    ("mailchimp", "Mailchimp", "mailchimp"),
    ("okta", "Okta", "okta"),
    ("onelogin", "OneLogin", "onelogin"),
    ("semrush", "Semrush", "semrush"),
    ("slack", "Slack", "slack"),
    ("trello", "Trello", "trello"),
    ("zendesk", "Zendesk", "zendesk"),
];

/// What is filled in: the configuration, the fields and what the errors mean, the capabilities.
const DATA: [&str; 4] = ["lib.rs", "config.rs", "fields.rs", "capabilities.rs"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let Some(guide) = workspace.files.get(GUIDE) else { return Vec::new() };
    let mut findings = too_long(&workspace.files);
    let expected = table(&workspace.files);
    let message = match between(guide) {
        None => format!("the table of lines is missing; put it between `{START}` and `{END}`"),
        Some(found) if found.trim() == expected.trim() => return findings,
        Some(_) => format!("the table of lines is not true; UPDATE_GOLDEN=1 writes this one:\n{expected}"),
    };
    findings.push(Finding::file(GUIDE, message));
    findings
}

/// The connectors whose requests and rules are too long for what the kit promises.
fn too_long(files: &Files) -> Vec<Finding> {
    let long = CONNECTORS.iter().filter_map(|connector| {
        let (lines, _) = row(files, connector).filter(|(lines, _)| *lines >= LIMIT)?;
        let message = format!("expected fewer than {LIMIT} lines of requests and rules, found {lines}");
        Some(Finding::file(format!("crates/connectors/{}", connector.0), message))
    });
    long.collect()
}

/// The guide with a true table, when it has the two markers.
pub fn rewrite(files: &Files) -> Option<String> {
    let (before, rest) = files.get(GUIDE)?.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{}{END}{after}", table(files)))
}

/// Where the table stands.
pub const fn path() -> &'static str {
    GUIDE
}

fn table(files: &Files) -> String {
    let mut rows: Vec<_> = CONNECTORS.iter().filter_map(|connector| row(files, connector)).collect();
    rows.sort_by_key(|row| row.0);
    let mut text = String::from(
        "| connector | requests and rules | what is filled in | fake | tests |\n|---|---|---|---|---|\n",
    );
    rows.iter().for_each(|(_, row)| text += row);
    text
}

/// The lines of requests and rules, and the row; nothing without such a crate.
fn row(files: &Files, (folder, name, fake): &(&str, &str, &str)) -> Option<(usize, String)> {
    let crate_folder = format!("crates/connectors/{folder}");
    let below = |start: &str| {
        let start = start.to_owned();
        files.ending(".rs").filter(move |(path, _)| path.starts_with(&start))
    };
    let (mut rules, mut data) = (0, 0);
    for (path, text) in below(&format!("{crate_folder}/src/")) {
        match DATA.iter().any(|name| path.ends_with(&format!("/{name}"))) {
            true => data += code(text),
            false => rules += code(text),
        }
    }
    let sum = |start: &str| below(start).map(|(_, text)| code(text)).sum::<usize>();
    let vendor = format!("crates/tenure-testkit/src/vendor/{fake}");
    let fake = sum(&format!("{vendor}/")) + files.get(&format!("{vendor}.rs")).map_or(0, code);
    let tests = sum(&format!("{crate_folder}/tests/"));
    let row = format!("| [{name}](../{crate_folder}) | {rules} | {data} | {fake} | {tests} |\n");
    (data > 0).then_some((rules, row))
}

/// Lines that are neither empty nor comment, before the tests within the file.
fn code(text: &str) -> usize {
    let lines = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn between(guide: &str) -> Option<&str> {
    Some(guide.split_once(START)?.1.split_once(END)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(guide: &str) -> Workspace {
        let files = [
            (GUIDE, guide),
            ("crates/connectors/okta/src/lib.rs", "//! Okta.\n\nmod system;\n"),
            (
                "crates/connectors/okta/src/system.rs",
                "/// Acts.\nfn act() {}\n\nfn stop() {}\n#[cfg(test)]\nmod tests {}\n",
            ),
            ("crates/connectors/okta/tests/a.rs", "fn a() {}\n"),
            ("crates/tenure-testkit/src/vendor/okta/state.rs", "struct A;\n"),
        ];
        Workspace { files: files.into_iter().collect(), ..Workspace::default() }
    }

    #[test]
    fn fires_on_a_missing_and_on_a_stale_table() {
        assert_eq!(check(&workspace("# Title")).len(), 1);
        let found = check(&workspace(&format!("{START}\n| OneLogin | 1 |\n{END}")));
        assert!(
            found[0].message.ends_with("| [Okta](../crates/connectors/okta) | 2 | 1 | 1 | 1 |\n"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn fires_on_a_connector_that_the_kit_does_not_make_short() {
        let with = |lines: usize| {
            let rules = "fn act() {}\n".repeat(lines);
            let files = [
                ("crates/connectors/okta/src/lib.rs", "mod system;\n"),
                ("crates/connectors/okta/src/system.rs", rules.as_str()),
            ];
            too_long(&files.into_iter().collect())
        };
        assert!(with(399).is_empty());
        assert!(with(400)[0].message.ends_with("found 400"));
    }

    #[test]
    fn accepts_what_it_wrote_itself() {
        let stale = workspace(&format!("above\n{START}\n{END}\nbelow\n"));
        let guide = rewrite(&stale.files).unwrap();
        assert!(guide.starts_with("above\n") && guide.ends_with("\nbelow\n"));
        assert!(check(&workspace(&guide)).is_empty());
    }
}
