//! Adds the parts of an included document to the including one.

use super::node::{Data, Node, step};
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
pub(crate) fn duplicates(node: &mut Node, path: &str, files: &[String], errors: &mut Vec<PolicyError>) {
    match &mut node.data {
        Data::List(all) => {
            for (index, inner) in all.iter_mut().enumerate() {
                duplicates(inner, &format!("{path}[{index}]"), files, errors);
            }
        }
        Data::Map(entries, _) => {
            let mut seen = std::collections::BTreeSet::new();
            entries.retain_mut(|entry| {
                let here = format!("{path}{}", step(&entry.key, path.is_empty()));
                if !seen.insert(entry.key.clone()) {
                    let file = files.get(usize::from(entry.pos.file)).map_or("", String::as_str);
                    let error = PolicyError::new(&here, format!("`{}` is given twice in one map", entry.key));
                    errors.push(error.at(file, entry.pos.line, entry.pos.column));
                    return false;
                }
                duplicates(&mut entry.value, &here, files, errors);
                true
            });
        }
        _ => {}
    }
}
