//! Writes the public interface of crates, one file each: `api DOCS LISTINGS CRATE...`.
//!
//! `DOCS` is the folder with rustdoc's JSON. A line is an item that a user can name. Of a trait only the line that says who has it is written, and nothing that
//! a type has without being asked.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use public_api::Builder;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [docs, listings, crates @ ..] = arguments.as_slice() else {
        eprintln!("expected a folder of JSON, a folder for listings and names of crates");
        return ExitCode::from(2);
    };
    for name in crates {
        let json = Path::new(docs).join(format!("{}.json", name.replace('-', "_")));
        match is_known(&json) {
            Ok(true) => {}
            Ok(false) => return ExitCode::from(OTHER_FORM),
            Err(e) => return failed(name, &e),
        }
        let file = Path::new(listings).join(format!("{name}.txt"));
        if let Err(e) = listing(&json).and_then(|text| Ok(fs::write(file, text)?)) {
            return failed(name, &*e);
        }
    }
    ExitCode::SUCCESS
}

fn failed(name: &str, error: &dyn Error) -> ExitCode {
    eprintln!("{name}: {error}");
    ExitCode::FAILURE
}

/// The exit code when this compiler writes JSON in a form that is not read here.
const OTHER_FORM: u8 = 3;

/// The form that `public-api` reads.
const FORM: &str = "\"format_version\":57";

fn is_known(json: &Path) -> io::Result<bool> {
    Ok(fs::read_to_string(json)?.contains(FORM))
}

fn listing(json: &Path) -> Result<String, Box<dyn Error>> {
    let api = Builder::from_rustdoc_json(json)
        .sorted(true)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    let (mut text, mut skipped) = (String::new(), None);
    for item in api.items() {
        let line = item.to_string();
        // What the compiler adds to `PartialEq` by itself.
        if line.contains("core::marker::StructuralPartialEq for ") {
            continue;
        }
        match implemented_for(&line) {
            Some(of) => skipped = Some(of),
            None if skipped.as_deref().is_some_and(|of| belongs(&line, of)) => continue,
            None => skipped = None,
        }
        text += &line;
        text.push('\n');
    }
    Ok(text)
}

/// The type that a line says a trait is implemented for, without its parameters.
fn implemented_for(line: &str) -> Option<String> {
    let (_, of) = line.strip_prefix("impl")?.split_once(" for ")?;
    of.split(['<', ' ']).next().map(String::from)
}

/// Whether a line is a function, type or constant of this type; after the line of a trait it is the trait's.
fn belongs(line: &str, of: &str) -> bool {
    let of_trait = ["pub fn ", "pub async fn ", "pub unsafe fn ", "pub const fn ", "pub type ", "pub const "];
    let named = of_trait.iter().find_map(|start| line.strip_prefix(start)?.strip_prefix(of));
    named.is_some_and(|rest| rest.starts_with("::") || rest.starts_with('<'))
}
