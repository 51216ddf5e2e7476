//! The fields of a struct into an open object.

use super::reader::Name;
use super::{Field, Rest};
use crate::arena::{Builder, Mark, Node};
use crate::resource::Resource;
use crate::value::ValueRef;

/// Where fields write their values.
///
/// ```
/// use tenure_scim::typed::{Field, Output, TypedError, Written};
/// use tenure_scim::{Attribute, ValueRef};
///
/// /// A floor, written as a text such as `F3`.
/// struct Floor(u16);
///
/// impl Field for Floor {
///     fn describe(attribute: &mut Attribute) {
///         String::describe(attribute);
///     }
///
///     fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
///         let text = String::read(value)?;
///         let number = text.strip_prefix('F').and_then(|n| n.parse().ok());
///         number.map(Self).ok_or_else(|| TypedError::new("a floor such as `F3`", format!("`{text}`")))
///     }
///
///     fn write(&self, output: &mut Output) -> Written {
///         output.string(&format!("F{}", self.0))
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Output {
    builder: Builder,
}

/// A value that was written, or none.
#[derive(Debug)]
#[must_use = "a value that is not given back is not part of the resource"]
pub struct Written(Option<Node>);

impl Output {
    fn new() -> Self {
        Self { builder: Builder::with_capacity(512, 64) }
    }

    /// No value.
    pub fn none(&mut self) -> Written {
        Written(None)
    }

    /// A text.
    pub fn string(&mut self, text: &str) -> Written {
        Written(Some(self.builder.arena.string(text)))
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) -> Written {
        Written(Some(Node::bool(value)))
    }

    /// A whole number.
    pub fn integer(&mut self, value: i128) -> Written {
        Written(Some(self.builder.arena.number(&value.to_string())))
    }

    /// A number; none if it is infinite or not a number.
    pub fn decimal(&mut self, value: f64) -> Written {
        let number = serde_json::Number::from_f64(value);
        Written(number.map(|n| self.builder.arena.number(&n.to_string())))
    }

    /// The elements of a multi-valued attribute; none if there are none.
    pub fn array<T: Field>(&mut self, elements: &[T]) -> Written {
        let mark = self.builder.open();
        for element in elements {
            if let Written(Some(node)) = element.write(self) {
                self.builder.push(node);
            }
        }
        let node = self.builder.close_array(mark);
        Written(Some(node).filter(|node| node.b > 0))
    }

    fn push(&mut self, name: &str, node: Node) {
        let key = self.builder.arena.key(name);
        self.builder.push(node.with_key(key));
    }
}

/// Writes the fields of one struct, then what no field took.
#[derive(Debug)]
pub struct Writer<'a> {
    output: &'a mut Output,
    mark: Mark,
    rest: &'a Rest,
    /// The names of the fields that had a value, where there is a rest to compare them with.
    written: Vec<&'static str>,
}

impl<'a> Writer<'a> {
    /// A writer of a complex value or an extension.
    pub fn new(output: &'a mut Output, rest: &'a Rest) -> Self {
        let mark = output.builder.open();
        Self { output, mark, rest, written: Vec::new() }
    }

    /// Writes one field; says whether it had a value. Without one, a `null` or `[]` that was read stays as it is.
    pub fn field<T: Field>(&mut self, name: Name, field: &T) -> bool {
        let node = match field.write(self.output) {
            Written(Some(node)) if !node.is_object() || node.b > 0 => node,
            _ => return false,
        };
        match name.key {
            Some(key) => self.output.builder.push(node.with_key(key)),
            None => self.output.push(name.text, node),
        }
        if !self.rest.is_empty() {
            self.written.push(name.text);
        }
        true
    }

    /// The value.
    pub fn finish(self) -> Written {
        Written(Some(self.close()))
    }

    fn close(self) -> Node {
        let Self { output, mark, rest, written } = self;
        for (name, value) in rest.as_resource().into_iter().flat_map(|r| r.as_object().iter()) {
            if !written.iter().any(|w| w.eq_ignore_ascii_case(name)) {
                let node = output.builder.copy(value);
                output.push(name, node);
            }
        }
        output.builder.close_object(mark)
    }
}

/// Writes a resource: `schemas` first, then what the struct has.
pub fn resource(
    uri: &str,
    rest: &Rest,
    write: impl FnOnce(&mut Writer<'_>, &mut Vec<&'static str>),
) -> Resource {
    let mut output = Output::new();
    let mut extensions = Vec::new();
    let mut writer = Writer::new(&mut output, rest);
    let mark = writer.mark;
    writer.output.push("schemas", Node::NULL);
    writer.written.push("schemas");
    write(&mut writer, &mut extensions);
    let read = rest.as_resource().and_then(|r| r.member("schemas")).and_then(ValueRef::as_array);
    let mut uris: Vec<&str> = read.into_iter().flat_map(|a| a.iter()).filter_map(ValueRef::as_str).collect();
    for uri in std::iter::once(uri).chain(extensions) {
        if !uris.iter().any(|known| known.eq_ignore_ascii_case(uri)) {
            uris.push(uri);
        }
    }
    let list = writer.output.builder.open();
    for uri in uris {
        let node = writer.output.builder.arena.string(uri);
        writer.output.builder.push(node);
    }
    let list = writer.output.builder.close_array(list);
    let key = writer.output.builder.arena.key("schemas");
    writer.output.builder.put(mark, key, list, true);
    let root = writer.close();
    Resource::from_arena(output.builder.finish(root))
}
