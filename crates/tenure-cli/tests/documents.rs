//! What the documents show is what the command line takes: commands, project files, rules of governance.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use clap::Parser as _;
use tenure_cli::args::Cli;
#[cfg(feature = "vendors")]
use tenure_cli::config::Config;
use tenure_governance::Rules;
use tenure_policy::{Format, Policy, PolicyDocument};

#[test]
fn every_command_in_the_documents_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut seen = 0;
    for page in pages.chain([root.join("README.md"), root.join("CONTRIBUTING.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for line in shown_code(&text).filter(|line| line.starts_with("tenure ")) {
            // A second command of the line, and what the shell puts away, are not the first one's arguments.
            let command = line.split("&&").next().unwrap_or_default().split(" #").next().unwrap_or_default();
            if let Err(e) = Cli::try_parse_from(words(command)) {
                panic!("{}: `{command}`: {e}", page.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 10, "expected the documents to show commands, found {seen}");
}

/// The vendors' kinds are known to a build that has them.
#[cfg(feature = "vendors")]
#[test]
fn every_project_file_in_the_documents_is_read() {
    let guide = include_str!("../../../docs/OPERATIONS.md");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenure.toml");
    let mut seen = 0;
    for block in blocks(guide, "toml") {
        fs::write(&file, format!("policy = \"policy.yaml\"\nstore = \"tenure.db\"\n{block}")).unwrap();
        if let Err(e) = Config::load(&file) {
            panic!("{:?}\n{block}", e.problems());
        }
        seen += 1;
    }
    assert!(seen >= 2, "expected the guide to show project files, found {seen}");
}

#[test]
fn every_rule_of_governance_in_the_guide_is_read() {
    let policy = "version: 1\nroles: { newsletter: { entitlements: [desk/group:News] } }\n\
                  targets: { desk: { mode: managed }, erp: { mode: managed } }\n";
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", policy).unwrap()).unwrap();
    let guide = include_str!("../../../docs/GOVERNANCE-GUIDE.md");
    let mut seen = 0;
    for block in blocks(guide, "yaml") {
        let text = format!("version: 1\n{block}");
        if let Err(e) = Rules::read("governance.yaml", Format::Yaml, &text, &policy) {
            panic!("{e:?}\n{text}");
        }
        seen += 1;
    }
    assert!(seen >= 3, "expected the guide to show rules, found {seen}");
}

/// The fenced blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    text.match_indices(&fence)
        .map(move |(at, fence)| text.split_at(at + fence.len()).1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .into_iter()
}

/// The lines of fenced and of indented blocks.
fn shown_code(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter_map(move |line| {
        if line.starts_with("```") {
            fenced = !fenced;
            return None;
        }
        if fenced { Some(line) } else { line.strip_prefix("    ") }
    })
}

/// The words of a line, with double quotes as the shell takes them.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let mut words: Vec<String> = Vec::new();
    for (number, part) in parts {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
