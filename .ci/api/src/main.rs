//! Writes the public interface of crates, one file each: `api DOCS LISTINGS CRATE...`.
//!
//! `DOCS` is the folder with rustdoc's JSON. A line is an item that a user can name. Of a trait only the line that says who has it is written, and nothing that
//! a type has without being asked.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use public_api::{BuildError, Builder};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [docs, listings, crates @ ..] = arguments.as_slice() else {
        eprintln!("expected a folder of JSON, a folder for listings and names of crates");
        return ExitCode::from(2);
    };
    for name in crates {
        let json = Path::new(docs).join(format!("{}.json", name.replace('-', "_")));
        let written = listing(&json).and_then(|text| {
            let file = Path::new(listings).join(format!("{name}.txt"));
            Ok(fs::write(file, text)?)
        });
        if let Err(e) = written {
            eprintln!("{name}: {e}");
            let unknown = e.downcast_ref::<BuildError>().is_some();
            return ExitCode::from(if unknown { OTHER_FORMAT } else { 1 });
        }
    }
    ExitCode::SUCCESS
}

/// The exit code when this compiler writes JSON in a form that is not known here.
const OTHER_FORMAT: u8 = 3;

fn listing(json: &Path) -> Result<String, Box<dyn Error>> {
    let api = Builder::from_rustdoc_json(json)
        .sorted(true)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    let (mut text, mut skipped) = (String::new(), None);
    for item in api.items() {
        let line = item.to_string();
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
    Some(format!("{}::", of.split(['<', ' ']).next().unwrap_or(of)))
}

/// Whether a line is a function, type or constant of this type; after the line of a trait it is the trait's.
fn belongs(line: &str, of: &str) -> bool {
    let of_trait = ["pub fn ", "pub async fn ", "pub unsafe fn ", "pub const fn ", "pub type ", "pub const "];
    of_trait.iter().any(|start| line.strip_prefix(start).is_some_and(|rest| rest.starts_with(of)))
}
