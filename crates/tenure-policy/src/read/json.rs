//! JSON into the tree, with positions.

use serde_json::{Number, Value};

use super::lines::Lines;
use super::node::{Data, Entry, Node};
use crate::error::PolicyError;

/// Reads JSON text into a tree, in one pass.
pub(crate) fn read(file: u16, name: &str, text: &str) -> Result<Node, PolicyError> {
    let mut scan = Scan { text, at: 0, lines: Lines::new(file, text) };
    scan.document().map_err(|fault| match fault {
        Fault::Syntax => syntax(name, text),
        Fault::Depth(at) => {
            let pos = scan.lines.pos(at);
            let message = format!("nested too deeply: expected at most {DEPTH} levels");
            PolicyError::new("", message).at(name, pos.line, pos.column)
        }
    })
}

/// What is wrong, in the words of the library: it is asked only where something is.
fn syntax(name: &str, text: &str) -> PolicyError {
    let Err(error) = serde_json::from_str::<Value>(text) else {
        return PolicyError::new("", "not JSON").at(name, 1, 1);
    };
    let line = u32::try_from(error.line()).unwrap_or(0);
    let column = u32::try_from(error.column()).unwrap_or(0);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or("not JSON").to_owned();
    PolicyError::new("", format!("not JSON: {message}")).at(name, line, column)
}

enum Fault {
    Syntax,
    Depth(usize),
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    lines: Lines<'a>,
}

impl<'a> Scan<'a> {
    fn document(&mut self) -> Result<Node, Fault> {
        let root = self.value(0)?;
        self.blank();
        if self.at == self.text.len() { Ok(root) } else { Err(Fault::Syntax) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over a byte, and the blanks behind it.
    fn step(&mut self) {
        self.at += 1;
        self.blank();
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.blank();
        let start = self.at;
        if depth > DEPTH {
            return Err(Fault::Depth(start));
        }
        let pos = self.lines.pos(start);
        let data = match self.peek().ok_or(Fault::Syntax)? {
            b'{' => Data::Map(self.object(depth)?, Vec::new()),
            b'[' => Data::List(self.array(depth)?),
            b'"' => Data::Text(self.string()?),
            b't' => self.word("true", Data::Bool(true))?,
            b'f' => self.word("false", Data::Bool(false))?,
            b'n' => self.word("null", Data::Null)?,
            _ => self.number()?,
        };
        Ok(Node { pos, data })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        self.step();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(entries);
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(Fault::Syntax);
            }
            let pos = self.lines.pos(self.at);
            let key = self.string()?;
            self.blank();
            if self.peek() != Some(b':') {
                return Err(Fault::Syntax);
            }
            self.at += 1;
            entries.push(Entry { key, pos, value: self.value(depth + 1)? });
            self.blank();
            match self.peek() {
                Some(b',') => self.step(),
                Some(b'}') => break,
                _ => return Err(Fault::Syntax),
            }
        }
        self.at += 1;
        Ok(entries)
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut all = Vec::new();
        self.step();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(all);
        }
        loop {
            all.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.step(),
                Some(b']') => break,
                _ => return Err(Fault::Syntax),
            }
        }
        self.at += 1;
        Ok(all)
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start + 1..).unwrap_or_default();
        let plain =
            rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).ok_or(Fault::Syntax)?;
        if rest.get(plain) == Some(&b'"') {
            self.at = start + 1 + plain + 1;
            let text = self.text.get(start + 1..start + 1 + plain).ok_or(Fault::Syntax)?;
            return Ok(text.to_owned());
        }
        // With escapes: where it ends is found here, what they mean is the library's to say.
        let mut length = plain;
        loop {
            match rest.get(length).ok_or(Fault::Syntax)? {
                b'"' => break,
                b'\\' => length += 2,
                _ => length += 1,
            }
        }
        self.at = start + 1 + length + 1;
        let quoted = self.text.get(start..self.at).ok_or(Fault::Syntax)?;
        serde_json::from_str(quoted).map_err(|_| Fault::Syntax)
    }

    fn word(&mut self, word: &str, data: Data) -> Result<Data, Fault> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(Fault::Syntax);
        }
        self.at += word.len();
        Ok(data)
    }

    fn number(&mut self) -> Result<Data, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest.bytes().position(|byte| !part(byte)).unwrap_or(rest.len());
        let number: Number =
            rest.get(..end).and_then(|digits| serde_json::from_str(digits).ok()).ok_or(Fault::Syntax)?;
        self.at += end;
        Ok(number.as_i64().map_or_else(|| Data::Float(number.as_f64().unwrap_or(f64::NAN)), Data::Int))
    }
}

const DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(node: &Node) -> Value {
        match &node.data {
            Data::Null => Value::Null,
            Data::Bool(value) => (*value).into(),
            Data::Int(number) => (*number).into(),
            Data::Float(number) => (*number).into(),
            Data::Text(text) => text.as_str().into(),
            Data::List(all) => all.iter().map(plain).collect(),
            Data::Map(entries, _) => {
                entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect()
            }
        }
    }

    fn json() -> impl Strategy<Value = String> {
        let token = prop::sample::select(
            &[
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"a\"",
                "\"\\u00e9\\\"\"",
                "\"\\ud800\"",
                "\"\\x\"",
                "\"ü",
                "\"",
                "1",
                "-0.5e3",
                "01",
                "1.",
                "true",
                "null",
                "nul",
                " ",
                "\n",
                "\t",
                "\u{1}",
            ][..],
        );
        let whole = any::<i32>().prop_map(|n| n.to_string());
        let leaf =
            prop_oneof![whole, Just("\"x y\"".to_owned()), Just("null".to_owned()), Just("2.5".to_owned())];
        let good = leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|all| format!("[ {} ]", all.join(" ,\n"))),
                prop::collection::vec(inner, 0..4).prop_map(|all| {
                    let all: Vec<String> =
                        all.iter().enumerate().map(|(n, v)| format!("\"k{n}\" : {v}")).collect();
                    format!("{{{}}}", all.join(","))
                }),
            ]
        });
        prop_oneof![good, prop::collection::vec(token, 0..9).prop_map(|all| all.concat())]
    }

    proptest! {
        #[test]
        fn what_the_library_reads_is_read_and_nothing_else(text in json()) {
            match (read(0, "p", &text), serde_json::from_str::<Value>(&text)) {
                (Ok(node), Ok(value)) => prop_assert_eq!(plain(&node), value),
                (Err(_), Err(_)) => {}
                (Ok(_), Err(error)) => prop_assert!(false, "{text:?} is not JSON: {error}"),
                (Err(error), Ok(_)) => prop_assert!(false, "{text:?} is JSON: {error}"),
            }
        }
    }
}
