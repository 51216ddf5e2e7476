//! Distinguished names (RFC 4514): taken apart, compared and put together.

use std::fmt::Write as _;

/// A distinguished name, most specific part first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dn {
    parts: Vec<Vec<(String, String)>>,
}

impl Dn {
    /// Takes a name apart; `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        if text.trim().is_empty() {
            return Some(Self { parts });
        }
        let mut part = Vec::new();
        for (piece, separator) in split(text) {
            let (name, value) = piece.split_once('=')?;
            part.push((name.trim().to_ascii_lowercase(), unescape(value)?));
            if separator != Some('+') {
                part.sort();
                parts.push(std::mem::take(&mut part));
            }
        }
        Some(Self { parts })
    }

    /// A text that is the same for names that mean the same entry where case does not count.
    pub(crate) fn key(&self) -> String {
        let mut key = String::new();
        for part in &self.parts {
            for (name, value) in part {
                let folded: Vec<_> = value.split_whitespace().collect();
                // INVARIANT: writing to a String does not fail.
                let _ = write!(key, "{name}={}\u{1}", folded.join(" ").to_lowercase());
            }
            key.push('\u{2}');
        }
        key
    }

    /// Whether the name is at or below another.
    pub(crate) fn is_within(&self, ancestor: &Self) -> bool {
        self.key().ends_with(&ancestor.key())
    }

    /// The value that the first part has of an attribute.
    pub(crate) fn rdn_value(&self, attribute: &str) -> Option<&str> {
        let mut pairs = self.parts.first()?.iter();
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map(|(_, value)| value.as_str())
    }
}

/// The same text for names that mean the same entry; the text itself when it is no name.
pub(crate) fn key(text: &str) -> String {
    Dn::parse(text).map_or_else(|| text.to_lowercase(), |dn| dn.key())
}

/// Whether one name is at or below another.
pub(crate) fn is_within(text: &str, ancestor: &str) -> bool {
    match (Dn::parse(text), Dn::parse(ancestor)) {
        (Some(dn), Some(ancestor)) => dn.is_within(&ancestor),
        _ => false,
    }
}

/// The first part of a name, as it is written there.
pub(crate) fn first_part(text: &str) -> &str {
    let mut end = text.len();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | ';' => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    text.get(..end).unwrap_or(text)
}

/// The name of what an entry lies in, as it is written there; nothing for the root.
pub(crate) fn parent(text: &str) -> &str {
    text.get(first_part(text).len()..).map_or("", |rest| rest.trim_start_matches([',', ';', ' ']))
}

/// One part of a name: an attribute and its value, escaped.
pub(crate) fn part(attribute: &str, value: &str) -> String {
    format!("{attribute}={}", escape(value))
}

/// Escapes a value (RFC 4514 section 2.4).
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => {
                out.push('\\');
                out.push(c);
            }
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            '#' if at == 0 => out.push_str("\\#"),
            c if c.is_ascii_control() => {
                // INVARIANT: writing to a String does not fail.
                let _ = write!(out, "\\{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The pieces between separators that are not escaped, each with the separator behind it.
fn split(text: &str) -> Vec<(&str, Option<char>)> {
    let (mut pieces, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | ';' | '+' => {
                pieces.push((text.get(start..at).unwrap_or_default(), Some(c)));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push((text.get(start..).unwrap_or_default(), None));
    pieces
}

fn unescape(value: &str) -> Option<String> {
    let value = value.trim_start_matches(' ');
    let (mut bytes, mut chars, mut kept) = (Vec::with_capacity(value.len()), value.chars().peekable(), 0);
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            if c != ' ' {
                kept = bytes.len();
            }
            continue;
        }
        let first = chars.next()?;
        match (first.to_digit(16), chars.peek().and_then(|second| second.to_digit(16))) {
            (Some(high), Some(low)) => {
                chars.next();
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            _ => bytes.extend(first.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        kept = bytes.len();
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_values_come_back() {
        for value in
            [" lead", "trail ", "#hash", "a,b;c\td", "x\\y*(z)", "O'Brien \"Dan\"", "李晓明", "a=b+c<d>"]
        {
            let text = format!("{},ou=People,dc=example", part("uid", value));
            assert_eq!(Dn::parse(&text).unwrap().rdn_value("UID"), Some(value), "{text}");
            assert_eq!(parent(&text), "ou=People,dc=example");
        }
    }

    #[test]
    fn case_spaces_and_escapes_do_not_tell_names_apart() {
        for (one, other, same) in [
            ("uid=Anna, OU=people,dc=x", "UID=anna,ou=People,DC=X", true),
            ("cn=a\\2cb,dc=x", "cn=a\\,b,dc=x", true),
            ("cn=a+uid=b,dc=x", "uid=b+cn=a,dc=x", true),
            ("cn=a,dc=x", "cn=a,dc=y", false),
        ] {
            assert_eq!(key(one) == key(other), same, "{one} {other}");
        }
    }

    #[test]
    fn an_entry_is_within_what_it_lies_in() {
        assert!(is_within("uid=a,ou=People,dc=x", "OU=people, dc=x"));
        assert!(is_within("ou=People,dc=x", "ou=People,dc=x"));
        assert!(!is_within("uid=a,ou=Not-People,dc=x", "ou=People,dc=x"));
    }
}
