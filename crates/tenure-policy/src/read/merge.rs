//! Adds the parts of an included document to the including one.

use std::fmt;

use rustc_hash::FxHashSet;

use super::node::{Data, Entry, Node, step};
use crate::error::PolicyError;

/// Adds `more` to `root`: lists are joined, maps united, and what both say must not clash.
pub(crate) fn merge(root: &mut Node, more: Node, files: &[String], errors: &mut Vec<PolicyError>) {
    let (Data::Map(entries, _), Data::Map(added, _)) = (&mut root.data, more.data) else { return };
    for entry in added {
        if entry.key == "version" || entry.key == "include" {
            continue;
        }
        let Some(known) = entries.iter_mut().find(|known| known.key == entry.key) else {
            entries.push(entry);
            continue;
        };
        match (&mut known.value.data, entry.value.data) {
            (Data::List(all), Data::List(further)) => all.extend(further),
            (Data::Map(all, _), Data::Map(further, _)) => {
                for inner in further {
                    match all.iter().find(|own| own.key == inner.key) {
                        None => all.push(inner),
                        Some(_) => errors.push(clash(
                            &format!("{}{}", entry.key, step(&inner.key, false)),
                            &inner.key,
                            inner.pos,
                            files,
                        )),
                    }
                }
            }
            _ => errors.push(clash(&entry.key, &entry.key, entry.pos, files)),
        }
    }
}

fn clash(path: &str, key: &str, pos: super::node::Pos, files: &[String]) -> PolicyError {
    let file = files.get(usize::from(pos.file)).map_or("", String::as_str);
    PolicyError::new(path, format!("`{key}` is in two documents: expected it in one"))
        .at(file, pos.line, pos.column)
}

/// Finds keys that one map holds twice; the first of them stays.
pub(crate) fn duplicates(root: &mut Node, files: &[String], errors: &mut Vec<PolicyError>) {
    walk(root, None, files, errors);
}

/// The way to a part; written out only for an error.
#[derive(Clone, Copy)]
struct Way<'a> {
    outer: Option<&'a Way<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            outer.fmt(f)?;
        }
        match self.step {
            Step::Key(key) => f.write_str(&step(key, self.outer.is_none())),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

fn walk(node: &mut Node, outer: Option<&Way<'_>>, files: &[String], errors: &mut Vec<PolicyError>) {
    match &mut node.data {
        Data::List(all) => {
            for (index, inner) in all.iter_mut().enumerate() {
                walk(inner, Some(&Way { outer, step: Step::Index(index) }), files, errors);
            }
        }
        Data::Map(entries, _) => {
            for place in repeated(entries).into_iter().rev() {
                let Entry { key, pos, .. } = entries.remove(place);
                let file = files.get(usize::from(pos.file)).map_or("", String::as_str);
                let here = Way { outer, step: Step::Key(&key) }.to_string();
                let error = PolicyError::new(here, format!("`{key}` is given twice in one map"));
                errors.push(error.at(file, pos.line, pos.column));
            }
            for entry in entries {
                walk(&mut entry.value, Some(&Way { outer, step: Step::Key(&entry.key) }), files, errors);
            }
        }
        _ => {}
    }
}

/// The places of the entries whose key stands before them already.
fn repeated(entries: &[Entry]) -> Vec<usize> {
    if entries.len() <= FEW {
        let known =
            |(place, entry): &(usize, &Entry)| entries.iter().take(*place).any(|e| e.key == entry.key);
        return entries.iter().enumerate().filter(known).map(|(place, _)| place).collect();
    }
    let mut seen = FxHashSet::default();
    let places = entries.iter().enumerate();
    places.filter_map(|(place, entry)| (!seen.insert(entry.key.as_str())).then_some(place)).collect()
}

/// Up to so many keys are compared each with each.
const FEW: usize = 12;
