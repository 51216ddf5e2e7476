//! Puts mutants into the code, all at once, so that one build asks all of them: `mutants LIST LEFT_OUT FOLDER`.
//!
//! `LIST` is what `cargo mutants --list --json` says, `LEFT_OUT` a file with numbers of mutants (places in the list) that do not compile so, and
//! `FOLDER` the checkout whose files are written anew. A mutant is chosen by `TENURE_MUTANT=NUMBER` when the program starts. What a mutant adds stands between
//! `/*<NUMBER*/` and `/*NUMBER>*/`, so that an error of the compiler tells whose it is. The numbers that were put in are printed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

mod place;
mod render;

/// A mutant as cargo-mutants lists it.
#[derive(Deserialize)]
pub struct Mutant {
    file: String,
    genre: String,
    replacement: String,
    span: Span,
    function: Option<Function>,
}

#[derive(Deserialize)]
pub struct Function {
    return_type: String,
}

impl Mutant {
    /// Whether what the function returns is some iterator, of which two cannot be returned.
    fn is_iterator(&self) -> bool {
        self.function.as_ref().is_some_and(|function| function.return_type.starts_with("-> impl Iterator<"))
    }
}

/// Lines and columns count from one, columns in characters.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    start: Position,
    end: Position,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    line: usize,
    column: usize,
}

/// The mutants of one file that are put in, by where they are.
pub type Wanted<'a> = HashMap<Span, Vec<(usize, &'a Mutant)>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [list, left_out, folder] = arguments.as_slice() else {
        return Err("expected a list, the numbers left out, and a folder".into());
    };
    let mutants: Vec<Mutant> = serde_json::from_str(&fs::read_to_string(list)?)?;
    let left_out: BTreeSet<usize> =
        fs::read_to_string(left_out)?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;

    let mut files: BTreeMap<&str, Wanted> = BTreeMap::new();
    for (at, mutant) in mutants.iter().enumerate() {
        let number = at + 1;
        if !left_out.contains(&number) {
            files.entry(&mutant.file).or_default().entry(mutant.span).or_default().push((number, mutant));
        }
    }
    let mut crates = BTreeSet::new();
    for (file, wanted) in &files {
        let path = Path::new(folder).join(file);
        let text = fs::read_to_string(&path)?;
        let (sites, put) = place::sites(&text, wanted)?;
        fs::write(path, render::render(&text, &sites))?;
        put.iter().for_each(|number| println!("{number}"));
        crates.extend(file.split_once("/src/").map(|(name, _)| name));
    }
    for name in crates {
        add_the_choice(&Path::new(folder).join(name).join("src"))?;
    }
    Ok(())
}

/// The function that the places ask.
fn add_the_choice(source: &Path) -> Result<(), Box<dyn Error>> {
    let root = source.join("lib.rs");
    let text = fs::read_to_string(&root)?;
    fs::write(root, format!("#![allow(warnings, clippy::all, missing_docs)]\n{text}\nmod chosen_mutant;\n"))?;
    fs::write(source.join("chosen_mutant.rs"), CHOICE)?;
    Ok(())
}

const CHOICE: &str = r#"
pub(crate) fn on(number: u32) -> bool {
    static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("TENURE_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0)) == number
}
"#;
