//! JSON text into an arena.

use super::room::room;
use super::scan::{special, special_and_ascii};
use super::{DuplicateNames, ParseError, ParseErrorKind, ParseLimits};
use crate::arena::{Arena, Builder, Key, Node, Seen, known};

/// Reads one JSON object.
pub(crate) fn parse(bytes: &[u8], limits: &ParseLimits) -> Result<Arena, ParseError> {
    if bytes.len() > limits.max_bytes {
        let kind = ParseErrorKind::TooLong { limit: limits.max_bytes, found: bytes.len() };
        return Err(ParseError::new(kind));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| ParseError::at(ParseErrorKind::NotUtf8, bytes, e.valid_up_to()))?;
    let (texts, nodes) = room(bytes);
    let builder = Builder::with_capacity(texts, nodes);
    let mut parser = Parser {
        text,
        bytes,
        at: 0,
        depth: 0,
        values: 0,
        limits,
        builder,
        scratch: String::new(),
        following: [0; 256],
    };
    match parser.document() {
        Ok(root) => Ok(parser.builder.finish(root)),
        Err(kind) => Err(ParseError::at(*kind, bytes, parser.at)),
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    values: usize,
    limits: &'a ParseLimits,
    builder: Builder,
    scratch: String,
    /// By standard name, the name that came behind it the last time.
    following: [u8; 256],
}

/// The error is boxed so that a value passes in registers.
type Step<T> = Result<T, Box<ParseErrorKind>>;

impl Parser<'_> {
    fn document(&mut self) -> Step<Node> {
        self.skip_space();
        let start = self.at;
        let root = self.value()?;
        if !root.is_object() {
            self.at = start;
            return Err(Box::new(ParseErrorKind::NotAnObject { found: type_name(self.peek()) }));
        }
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.syntax("the end of the text"));
        }
        Ok(root)
    }

    fn value(&mut self) -> Step<Node> {
        self.values += 1;
        if self.values > self.limits.max_values {
            return Err(Box::new(ParseErrorKind::TooManyValues { limit: self.limits.max_values }));
        }
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b't') => self.word("true", Node::bool(true)),
            Some(b'f') => self.word("false", Node::bool(false)),
            Some(b'n') => self.word("null", Node::NULL),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.syntax("a value")),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Step<Node>) -> Step<Node> {
        self.depth += 1;
        if self.depth > self.limits.depth() {
            return Err(Box::new(ParseErrorKind::TooDeep { limit: self.limits.depth() }));
        }
        self.at += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn array(&mut self) -> Step<Node> {
        let mark = self.builder.open();
        self.skip_space();
        if self.eat(b']') {
            return Ok(self.builder.close_array(mark));
        }
        loop {
            let element = self.value()?;
            self.builder.push(element);
            self.skip_space();
            if self.eat(b',') {
                self.skip_space();
            } else if self.eat(b']') {
                return Ok(self.builder.close_array(mark));
            } else {
                return Err(self.syntax("`,` or `]` after an element"));
            }
        }
    }

    fn object(&mut self) -> Step<Node> {
        let mark = self.builder.open();
        let mut seen = Seen::default();
        let mut last = 0;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(self.builder.close_object(mark));
        }
        loop {
            let start = self.at;
            let key = self.name(last)?;
            last = key;
            self.skip_space();
            if !self.eat(b':') {
                return Err(self.syntax("`:` after a name"));
            }
            self.skip_space();
            let twice = seen.add(self.builder.arena.canon(key));
            if twice && self.limits.duplicates == DuplicateNames::Refuse {
                self.at = start;
                let name = self.builder.arena.name(Node::NULL.with_key(key)).to_owned();
                return Err(Box::new(ParseErrorKind::Duplicate { name }));
            }
            let value = self.value()?;
            if twice {
                self.builder.put(mark, key, value, twice);
            } else {
                self.builder.push(value.with_key(key));
            }
            self.skip_space();
            if self.eat(b',') {
                self.skip_space();
            } else if self.eat(b'}') {
                return Ok(self.builder.close_object(mark));
            } else {
                return Err(self.syntax("`,` or `}` after a member"));
            }
        }
    }

    /// A name and its key; `last` is the name in front of it, 0 at the start of an object.
    fn name(&mut self, last: Key) -> Step<Key> {
        if !self.eat(b'"') {
            return Err(self.syntax("a name in quotes"));
        }
        let start = self.at;
        // Elements of an array mostly have the same names in the same order.
        let next = self.following.get(last as usize).map_or(0, |key| Key::from(*key));
        if next != 0
            && let Some(name) = known::name(next)
            && self.bytes.get(start..).and_then(|rest| rest.strip_prefix(name.as_bytes())?.first())
                == Some(&b'"')
        {
            self.at = start + name.len() + 1;
            return Ok(next);
        }
        let key = self.new_name()?;
        if let (Some(slot), Ok(key)) = (self.following.get_mut(last as usize), u8::try_from(key)) {
            *slot = key;
        }
        Ok(key)
    }

    fn new_name(&mut self) -> Step<Key> {
        let start = self.at;
        let end = special(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            let name = self.text.get(start..end).unwrap_or_default();
            return Ok(self.builder.arena.key(name));
        }
        let mut name = std::mem::take(&mut self.scratch);
        name.clear();
        self.escaped(&mut name)?;
        let key = self.builder.arena.key(&name);
        self.scratch = name;
        Ok(key)
    }

    fn string(&mut self) -> Step<Node> {
        self.at += 1;
        let start = self.at;
        let (end, ascii) = special_and_ascii(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(self.builder.arena.text_of(self.text.get(start..end).unwrap_or_default(), ascii));
        }
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        self.escaped(&mut text)?;
        let node = self.builder.arena.string(&text);
        self.scratch = text;
        Ok(node)
    }

    /// The rest of a string behind its opening quote.
    fn escaped(&mut self, into: &mut String) -> Step<()> {
        loop {
            let start = self.at;
            self.at = special(self.bytes, start);
            into.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    into.push(self.escape()?);
                }
                Some(_) => return Err(self.syntax("an escape such as `\\n` for a control character")),
                None => return Err(self.syntax("`\"` at the end of a string")),
            }
        }
    }

    fn escape(&mut self) -> Step<char> {
        self.at += 1;
        let decoded = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.syntax("an escape such as `\\n` or `\\u00e9`")),
        };
        self.at += 1;
        Ok(decoded)
    }

    fn unicode(&mut self) -> Step<char> {
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !(self.eat(b'\\') && self.eat(b'u')) {
                    return Err(self.syntax("the second half of a pair such as `\\ud83d\\ude00`"));
                }
                let second = self.hex()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(self.syntax("the second half of a pair such as `\\ud83d\\ude00`"));
                }
                0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.syntax("the first half of a pair such as `\\ud83d\\ude00`"))
    }

    fn hex(&mut self) -> Step<u32> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or_else(|| self.syntax("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self) -> Step<Node> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits("a digit")?;
        }
        if self.eat(b'.') {
            self.digits("a digit behind the point")?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _signed = self.eat(b'+') || self.eat(b'-');
            self.digits("a digit in the exponent")?;
        }
        Ok(self.builder.arena.number(self.text.get(start..self.at).unwrap_or_default()))
    }

    fn digits(&mut self, expected: &'static str) -> Step<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.syntax(expected));
        }
        self.at += count;
        Ok(())
    }

    fn word(&mut self, word: &'static str, node: Node) -> Step<Node> {
        if !self.bytes.get(self.at..).unwrap_or_default().starts_with(word.as_bytes()) {
            return Err(self.syntax("a value"));
        }
        self.at += word.len();
        Ok(node)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[cold]
    fn syntax(&self, expected: &'static str) -> Box<ParseErrorKind> {
        let found = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) if found.is_control() => format!("`{}`", found.escape_default()),
            Some(found) => format!("`{found}`"),
            None => "the end of the text".to_owned(),
        };
        Box::new(ParseErrorKind::Syntax { expected, found })
    }
}

fn type_name(first: Option<u8>) -> &'static str {
    match first {
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}
