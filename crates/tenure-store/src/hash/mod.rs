//! Hashes over canonical JSON.

mod canonical;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Writes a JSON value with sorted keys and without white space, so that equal values give equal bytes.
///
/// Does not depend on serde_json's `preserve_order` feature, which another crate of the program may switch on.
///
/// ```
/// let value = serde_json::json!({"b": [1, null], "a": "x"});
/// assert_eq!(tenure_store::canonical_json(&value), r#"{"a":"x","b":[1,null]}"#);
/// ```
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut out = Vec::new();
    write_canonical(value, &mut out);
    // INVARIANT: JSON is written as UTF-8.
    String::from_utf8(out).unwrap_or_default()
}

/// Returns the SHA-256 of a value as canonical JSON, in lower-case hexadecimal, without a tree of values in between.
///
/// What cannot be written as JSON (a map whose keys are no texts, an error of its own) has the hash of `null`.
///
/// ```
/// use tenure_store::{canonical_hash, sha256_hex};
///
/// #[derive(serde::Serialize)]
/// struct Fact {
///     name: &'static str,
///     age: u8,
/// }
///
/// let fact = Fact { name: "Ada", age: 36 };
/// assert_eq!(canonical_hash(&fact), sha256_hex(br#"{"age":36,"name":"Ada"}"#));
/// ```
#[must_use]
pub fn canonical_hash(value: &(impl Serialize + ?Sized)) -> String {
    let mut text = Vec::new();
    match canonical::write(value, &mut text) {
        Ok(()) => sha256_hex(&text),
        Err(_) => sha256_hex(b"null"),
    }
}

/// Returns the SHA-256 of the bytes in lower-case hexadecimal.
///
/// ```
/// assert!(tenure_store::sha256_hex(b"").starts_with("e3b0c44298fc1c14"));
/// ```
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Writes bytes in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }
    text
}

/// Appends what [`canonical_json`] returns.
pub(crate) fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        // They are in order already, unless the map keeps the order in which they came.
        Value::Object(members) if members.keys().is_sorted() => write_members(members.iter(), out),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            write_members(members.into_iter(), out);
        }
        scalar => write_plain(scalar, out),
    }
}

fn write_members<'v>(members: impl Iterator<Item = (&'v String, &'v Value)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (key, member)) in members.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_plain(key, out);
        out.push(b':');
        write_canonical(member, out);
    }
    out.push(b'}');
}

/// Appends a value that has no members whose order could differ.
pub(crate) fn write_plain(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    // INVARIANT: texts, numbers and times always serialise, and a vector takes everything.
    let _ = serde_json::to_writer(out, value);
}
