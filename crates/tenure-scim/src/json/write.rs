//! Arenas into JSON text.

use super::scan::special;
use crate::value::{ObjectRef, ValueRef};

/// Writes an object without spaces, in the order of its members.
pub(crate) fn write_object(object: ObjectRef<'_>, out: &mut String) {
    out.push('{');
    let mut first = true;
    for (name, value) in object.iter() {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        write_string(name, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_value(value: ValueRef<'_>, out: &mut String) {
    match value {
        ValueRef::Null => out.push_str("null"),
        ValueRef::Bool(true) => out.push_str("true"),
        ValueRef::Bool(false) => out.push_str("false"),
        ValueRef::Number(number) => out.push_str(number.as_str()),
        ValueRef::String(text) => write_string(text, out),
        ValueRef::Array(elements) => {
            out.push('[');
            let mut first = true;
            for element in elements.iter() {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_value(element, out);
            }
            out.push(']');
        }
        ValueRef::Object(object) => write_object(object, out),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    loop {
        let to = special(text.as_bytes(), from);
        out.push_str(text.get(from..to).unwrap_or_default());
        let Some(byte) = text.as_bytes().get(to) else { break };
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0C => out.push_str("\\f"),
            other => {
                out.push_str("\\u00");
                out.extend([other >> 4, other & 15].map(|d| char::from_digit(d.into(), 16).unwrap_or('0')));
            }
        }
        from = to + 1;
    }
    out.push('"');
}
