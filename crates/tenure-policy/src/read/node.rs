//! A document as a tree in which every part knows where it was read.

use std::sync::Arc;

use crate::error::PolicyError;

/// A place in one of the files read; line 0 is "unknown".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pos {
    pub(crate) file: u16,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) pos: Pos,
    pub(crate) data: Data,
}

#[derive(Clone, Debug)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// The entries, and the keys that were dropped because of an error.
    Map(Vec<Entry>, Vec<String>),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) pos: Pos,
    pub(crate) value: Node,
}

/// One step of a path into the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seg {
    Key(String),
    Index(usize),
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.data {
            Data::Map(entries, _) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    fn child(&self, seg: &Seg) -> Option<(&Node, Pos)> {
        match (&self.data, seg) {
            (Data::Map(..), Seg::Key(key)) => self.get(key).map(|entry| (&entry.value, entry.pos)),
            (Data::List(all), Seg::Index(index)) => all.get(*index).map(|node| (node, node.pos)),
            _ => None,
        }
    }

    fn child_mut(&mut self, seg: &Seg) -> Option<&mut Node> {
        match (&mut self.data, seg) {
            (Data::Map(entries, _), Seg::Key(key)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
            }
            (Data::List(all), Seg::Index(index)) => all.get_mut(*index),
            _ => None,
        }
    }

    fn at_mut(&mut self, path: &[Seg]) -> Option<&mut Node> {
        path.iter().try_fold(self, |node, seg| node.child_mut(seg))
    }

    /// Takes the part at a path out of the tree. False when there is none, or it is the root.
    pub(crate) fn drop_at(&mut self, path: &[Seg]) -> bool {
        let Some((last, parent)) = path.split_last() else { return false };
        let Some(node) = self.at_mut(parent) else { return false };
        match (&mut node.data, last) {
            (Data::Map(entries, dropped), Seg::Key(key)) => {
                let before = entries.len();
                entries.retain(|entry| entry.key != *key);
                dropped.push(key.clone());
                entries.len() < before
            }
            (Data::List(all), Seg::Index(index)) if *index < all.len() => {
                all.remove(*index);
                true
            }
            _ => false,
        }
    }

    /// True when the map at a path lost this key because of an earlier error.
    pub(crate) fn lost(&mut self, path: &[Seg], key: &str) -> bool {
        self.at_mut(path).is_some_and(|node| node.has_lost(key))
    }

    fn has_lost(&self, key: &str) -> bool {
        matches!(&self.data, Data::Map(_, dropped) if dropped.iter().any(|k| k == key))
    }
}

/// Where each part of a document was read; empty for a document built in Rust.
#[derive(Clone, Default)]
pub(crate) struct Source(Option<Arc<Tree>>);

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().flat_map(|tree| &tree.files)).finish()
    }
}

struct Tree {
    files: Vec<String>,
    root: Node,
}

/// Two documents are equal when they say the same, wherever it was read.
impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Source {
    pub(crate) fn new(files: Vec<String>, root: Node) -> Self {
        Self(Some(Arc::new(Tree { files, root })))
    }

    /// Adds the place to an error, from its path; the nearest part that exists counts.
    pub(crate) fn locate(&self, error: PolicyError) -> PolicyError {
        self.place(error, false)
    }

    /// True when the map at a path lost this key because of an error.
    pub(crate) fn lost(&self, path: &[&str], key: &str) -> bool {
        let Some(tree) = &self.0 else { return false };
        let node = path.iter().try_fold(&tree.root, |node, key| Some(&node.get(key)?.value));
        node.is_some_and(|node| node.has_lost(key))
    }

    /// True when the document lost a part at its top because of an error.
    pub(crate) fn lost_any(&self) -> bool {
        let root = self.0.as_ref().map(|tree| &tree.root.data);
        matches!(root, Some(Data::Map(_, dropped)) if !dropped.is_empty())
    }

    /// As `locate`; `key` asks for the place of the last key and not of what it holds.
    pub(crate) fn place(&self, error: PolicyError, key: bool) -> PolicyError {
        let Some(tree) = &self.0 else { return error };
        let mut node = &tree.root;
        let mut pos = node.pos;
        for seg in segments(error.path()) {
            match node.child(&seg) {
                Some((child, at)) => {
                    node = child;
                    // A scalar or list element is shown itself, a key that holds more is shown by its name.
                    pos = match child.data {
                        Data::List(_) | Data::Map(..) => at,
                        _ if key => at,
                        _ => child.pos,
                    };
                }
                None => break,
            }
        }
        let file = tree.files.get(usize::from(pos.file)).map_or("", String::as_str);
        error.at(file, pos.line, pos.column)
    }
}

/// Shows a path: `rules[3].when`; a key with unusual characters stands in brackets and quotes.
pub(crate) fn show(path: &[Seg]) -> String {
    let mut out = String::new();
    for seg in path {
        match seg {
            Seg::Index(index) => out.push_str(&format!("[{index}]")),
            Seg::Key(key) => out.push_str(&step(key, out.is_empty())),
        }
    }
    out
}

/// One key as a step of a shown path.
pub(crate) fn step(key: &str, first: bool) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    match (plain, first) {
        (true, true) => key.to_owned(),
        (true, false) => format!(".{key}"),
        (false, _) => format!("[{key:?}]"),
    }
}

fn segments(path: &str) -> Vec<Seg> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let Some((key, tail)) = after.split_once("\"]") else { break };
            out.push(Seg::Key(key.replace("\\\"", "\"")));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some((index, tail)) = after.split_once(']') else { break };
            out.extend(index.parse().ok().map(Seg::Index));
            rest = tail;
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            let (key, tail) = plain.split_at_checked(end).unwrap_or((plain, ""));
            out.push(Seg::Key(key.to_owned()));
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_path_is_read_back() {
        let path = vec![
            Seg::Key("entitlements".into()),
            Seg::Key("erp/role:pay".into()),
            Seg::Key("grace".into()),
            Seg::Index(3),
            Seg::Key("x".into()),
        ];
        assert_eq!(show(&path), "entitlements[\"erp/role:pay\"].grace[3].x");
        assert_eq!(segments(&show(&path)), path);
    }
}
