//! Cuts filter text into tokens, with the byte span of each.

use std::borrow::Cow;
use std::ops::Range;

use super::FilterError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// A path, keyword, operator or bare literal.
    Word(&'a str),
    /// A JSON string, unescaped.
    Text(Cow<'a, str>),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    End,
}

impl Token<'_> {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", clip(word)),
            Self::Text(text) => format!("the text {}", serde_json::Value::from(clip(text).as_ref())),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::OpenBracket => "`[`".to_owned(),
            Self::CloseBracket => "`]`".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Shortens what a message repeats of the input.
fn clip(text: &str) -> Cow<'_, str> {
    const MAX: usize = 80;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pos: 0 }
    }

    /// The byte where the next token would start if no space were skipped.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Result<(Token<'a>, Range<usize>), FilterError> {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let rest = self.rest();
        let start = self.pos;
        let Some(first) = rest.bytes().next() else { return Ok((Token::End, start..start)) };
        let token = match first {
            b'(' => self.punctuation(Token::Open),
            b')' => self.punctuation(Token::Close),
            b'[' => self.punctuation(Token::OpenBracket),
            b']' => self.punctuation(Token::CloseBracket),
            b'"' => self.string(rest)?,
            _ => {
                let end = rest.find(is_boundary).unwrap_or(rest.len());
                self.pos += end;
                Token::Word(rest.get(..end).unwrap_or_default())
            }
        };
        Ok((token, start..self.pos))
    }

    fn punctuation(&mut self, token: Token<'a>) -> Token<'a> {
        self.pos += 1;
        token
    }

    fn string(&mut self, rest: &'a str) -> Result<Token<'a>, FilterError> {
        let start = self.pos;
        let mut escaped = false;
        let mut plain = true;
        let mut end = None;
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => {
                    escaped = true;
                    plain = false;
                }
                b'"' => {
                    end = Some(at);
                    break;
                }
                0..0x20 => plain = false,
                _ => {}
            }
        }
        let Some(end) = end else {
            return Err(FilterError::new("a closing `\"`", "the end").at(start..self.text.len()));
        };
        self.pos += end + 1;
        if plain {
            return Ok(Token::Text(Cow::Borrowed(rest.get(1..end).unwrap_or_default())));
        }
        let quoted = rest.get(..=end).unwrap_or_default();
        serde_json::from_str(quoted).map(|text| Token::Text(Cow::Owned(text))).map_err(|_| {
            FilterError::new("a JSON string", format!("`{}`", clip(quoted)))
                .at(start..self.pos)
                .with_help("a backslash starts one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
        })
    }
}

fn is_boundary(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '(' | ')' | '[' | ']' | '"')
}
