//! Canonical JSON without a tree of values in between: members are put in order where their object ends, if they are not.

use std::cmp::Ordering;
use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

/// Appends the canonical JSON of whatever can be serialised.
pub(super) fn write(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut order = Order { out: std::mem::take(out), ..Order::default() };
    let result = value.serialize(&mut Serializer::with_formatter(io::sink(), &mut order));
    *out = order.out;
    result
}

/// Takes what the serialiser would have written.
#[derive(Default)]
struct Order {
    out: Vec<u8>,
    open: Vec<Object>,
    /// Whether a key is being written.
    in_key: bool,
}

/// An object whose end has not been seen.
struct Object {
    start: usize,
    members: Vec<Member>,
    /// Whether they have come in the order of their keys.
    sorted: bool,
}

/// Where the text of a member starts and ends, and its key.
struct Member {
    start: usize,
    end: usize,
    key_end: usize,
    /// The key itself, where its text has escapes, which must not decide the order.
    unescaped: Option<Vec<u8>>,
}

impl Member {
    fn key<'a>(&'a self, out: &'a [u8]) -> &'a [u8] {
        let written = out.get(self.start + 1..self.key_end - 1).unwrap_or_default();
        self.unescaped.as_deref().unwrap_or(written)
    }
}

impl Order {
    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn member(&mut self) -> Option<&mut Member> {
        self.open.last_mut()?.members.last_mut()
    }
}

/// What is written as `serde_json` writes it.
macro_rules! as_ever {
    ($($name:ident($($argument:ident: $type:ty)?)),* $(,)?) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W $(, $argument: $type)?) -> io::Result<()> {
            CompactFormatter.$name(&mut self.out $(, $argument)?)
        }
    )*};
}

impl Formatter for &mut Order {
    as_ever!(
        write_null(), write_bool(value: bool), write_i8(value: i8), write_i16(value: i16), write_i32(value: i32),
        write_i64(value: i64), write_i128(value: i128), write_u8(value: u8), write_u16(value: u16),
        write_u32(value: u32), write_u64(value: u64), write_u128(value: u128), write_f64(value: f64),
        write_number_str(value: &str), write_raw_fragment(value: &str), begin_string(), end_string(),
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(), begin_object_value(),
    );

    // A tree of values would hold it as the wider type.
    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, f64::from(value))
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, text: &str) -> io::Result<()> {
        self.put(text.as_bytes());
        if self.in_key
            && let Some(key) = self.member().and_then(|member| member.unescaped.as_mut())
        {
            key.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        let plain = match escape {
            CharEscape::Quote => b'"',
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => b'\n',
            CharEscape::CarriageReturn => b'\r',
            CharEscape::Tab => b'\t',
            CharEscape::AsciiControl(byte) => byte,
        };
        let start = self.member().map_or(0, |member| member.start + 1);
        let written = self.in_key.then(|| self.out.get(start..).unwrap_or_default().to_vec());
        if let (Some(written), Some(member)) = (written, self.member()) {
            member.unescaped.get_or_insert(written).push(plain);
        }
        CompactFormatter.write_char_escape(&mut self.out, escape)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open.push(Object { start: self.out.len(), members: Vec::new(), sorted: true });
        self.put(b"{");
        Ok(())
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        if !first {
            self.put(b",");
        }
        let start = self.out.len();
        if let Some(object) = self.open.last_mut() {
            object.members.push(Member { start, end: start, key_end: start, unescaped: None });
        }
        self.in_key = true;
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        let end = self.out.len();
        let Some(object) = self.open.last_mut() else { return Ok(()) };
        if let Some(member) = object.members.last_mut() {
            member.key_end = end;
        }
        if let [.., before, last] = object.members.as_slice() {
            object.sorted &= before.key(&self.out) < last.key(&self.out);
        }
        Ok(())
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let end = self.out.len();
        if let Some(member) = self.member() {
            member.end = end;
        }
        Ok(())
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let Some(Object { start, mut members, sorted }) = self.open.pop() else { return Ok(()) };
        if !sorted {
            let out = &self.out;
            members.sort_by(|a, b| a.key(out).cmp(b.key(out)));
            // Of a member that comes twice the last one counts, as in a tree of values.
            members.reverse();
            members.dedup_by(|a, b| a.key(out).cmp(b.key(out)) == Ordering::Equal);
            let mut text = Vec::with_capacity(out.len() - start);
            for member in members.iter().rev() {
                text.push(if text.is_empty() { b'{' } else { b',' });
                text.extend_from_slice(out.get(member.start..member.end).unwrap_or_default());
            }
            self.out.truncate(start);
            self.out.append(&mut text);
        }
        self.put(b"}");
        Ok(())
    }
}
