//! Every `tenure` command that a document shows is one that the command line takes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use clap::Parser as _;
use tenure_cli::args::Cli;

#[test]
fn every_command_in_the_documents_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
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
