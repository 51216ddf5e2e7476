//! Values into an arena, children first.

use serde_json::Value;

use super::names::Key;
use super::{Arena, Digest, Kind, Node, Seen, index_u32, known};
use crate::value::ValueRef;

/// Builds an arena from the leaves up: children wait on a stack until their parent is complete.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) arena: Arena,
    stack: Vec<Node>,
}

/// Where the children of an open array or object begin on the stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl Builder {
    pub(crate) fn with_capacity(text: usize, nodes: usize) -> Self {
        let (mut nodes, text) = (Vec::with_capacity(nodes + 1), String::with_capacity(text));
        nodes.push(Node::NULL);
        let arena = Arena { root: Node::NULL, digest: Digest::ANYTHING, nodes, text, extra: None };
        Self { arena, stack: Vec::with_capacity(64) }
    }

    pub(crate) fn open(&self) -> Mark {
        Mark(self.stack.len())
    }

    pub(crate) fn push(&mut self, node: Node) {
        self.stack.push(node);
    }

    pub(crate) fn close_array(&mut self, mark: Mark) -> Node {
        self.arena.close(&mut self.stack, mark, Kind::Array)
    }

    pub(crate) fn close_object(&mut self, mark: Mark) -> Node {
        self.arena.close(&mut self.stack, mark, Kind::Object)
    }

    /// Puts a member into the open object; with `twice`, over the one with the same name.
    pub(crate) fn put(&mut self, mark: Mark, key: Key, node: Node, twice: bool) {
        self.arena.put(&mut self.stack, mark, node.with_key(key), twice);
    }

    /// A copy of a value of another arena.
    pub(crate) fn copy(&mut self, value: ValueRef<'_>) -> Node {
        self.arena.copy_value(value, &mut self.stack)
    }

    pub(crate) fn finish(mut self, root: Node) -> Arena {
        self.arena.write_node(0, root);
        self.arena.digest = Digest::of(&self.arena);
        // A little too much room is left as it is: giving it back costs the next parse new pages.
        let much = |capacity: usize, len: usize| capacity - len > len / 16;
        if much(self.arena.nodes.capacity(), self.arena.nodes.len()) {
            self.arena.nodes.shrink_to_fit();
        }
        if much(self.arena.text.capacity(), self.arena.text.len()) {
            self.arena.text.shrink_to_fit();
        }
        self.arena
    }
}

impl Arena {
    fn close(&mut self, stack: &mut Vec<Node>, mark: Mark, kind: Kind) -> Node {
        let start = index_u32(self.nodes.len());
        let count = index_u32(stack.len() - mark.0);
        self.nodes.extend(stack.drain(mark.0..));
        Node::new(kind, start, count)
    }

    pub(crate) fn key(&mut self, name: &str) -> Key {
        match known::find(name) {
            Some(found) if found.exact => found.key,
            _ => self.extra_mut().names.intern(name),
        }
    }

    pub(crate) fn string(&mut self, text: &str) -> Node {
        self.text_of(text, text.is_ascii())
    }

    /// A string of which it is known whether it is ASCII.
    pub(crate) fn text_of(&mut self, text: &str, ascii: bool) -> Node {
        let kind = if ascii { Kind::String } else { Kind::WideString };
        self.add(text, kind, Kind::LongString)
    }

    pub(crate) fn number(&mut self, text: &str) -> Node {
        self.add(text, Kind::Number, Kind::LongNumber)
    }

    fn add(&mut self, text: &str, kind: Kind, long: Kind) -> Node {
        let start = self.text.len();
        match (u32::try_from(start), u32::try_from(start + text.len())) {
            (Ok(at), Ok(end)) => {
                self.text.push_str(text);
                Node::new(kind, at, end - at)
            }
            _ => {
                let long_texts = &mut self.extra_mut().long;
                long_texts.push(text.into());
                Node::new(long, index_u32(long_texts.len() - 1), 0)
            }
        }
    }

    pub(crate) fn copy_json(&mut self, value: &Value, stack: &mut Vec<Node>) -> Node {
        match value {
            Value::Null => Node::NULL,
            Value::Bool(value) => Node::bool(*value),
            Value::Number(number) => self.number(&number.to_string()),
            Value::String(text) => self.string(text),
            Value::Array(elements) => {
                let mark = Mark(stack.len());
                for element in elements {
                    let node = self.copy_json(element, stack);
                    stack.push(node);
                }
                self.close(stack, mark, Kind::Array)
            }
            Value::Object(members) => {
                let mark = Mark(stack.len());
                let mut seen = Seen::default();
                for (name, member) in members {
                    let node = self.copy_json(member, stack);
                    let key = self.key(name);
                    let twice = seen.add(self.canon(key));
                    self.put(stack, mark, node.with_key(key), twice);
                }
                self.close(stack, mark, Kind::Object)
            }
        }
    }

    pub(crate) fn copy_value(&mut self, value: ValueRef<'_>, stack: &mut Vec<Node>) -> Node {
        match value {
            ValueRef::Null => Node::NULL,
            ValueRef::Bool(value) => Node::bool(value),
            ValueRef::Number(number) => self.number(number.as_str()),
            ValueRef::String(text) => self.string(text),
            ValueRef::Array(elements) => {
                let mark = Mark(stack.len());
                for element in elements.iter() {
                    let node = self.copy_value(element, stack);
                    stack.push(node);
                }
                self.close(stack, mark, Kind::Array)
            }
            ValueRef::Object(members) => {
                let mark = Mark(stack.len());
                for (name, member) in members.iter() {
                    let node = self.copy_value(member, stack);
                    let key = self.key(name);
                    stack.push(node.with_key(key));
                }
                self.close(stack, mark, Kind::Object)
            }
        }
    }

    fn put(&self, stack: &mut Vec<Node>, mark: Mark, node: Node, twice: bool) {
        let canon = self.canon(node.key());
        let same = |n: &&mut Node| self.canon(n.key()) == canon;
        match stack.iter_mut().skip(mark.0).filter(|_| twice).find(same) {
            Some(slot) => *slot = node,
            None => stack.push(node),
        }
    }
}
