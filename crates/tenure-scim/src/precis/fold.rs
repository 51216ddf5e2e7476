//! Comparing text under a rule, without building the key where it can be helped.

use std::borrow::Cow;
use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

/// How two texts of one attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// `caseExact`: code point by code point.
    Exact,
    /// Not `caseExact`: without case, in normalisation form C.
    Fold,
    /// User names: also without width.
    UserName,
}

impl Rule {
    /// The text's key under this rule.
    pub(crate) fn key(self, text: &str) -> Cow<'_, str> {
        if self == Self::Exact || text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            Cow::Borrowed(text)
        } else if text.is_ascii() {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Owned(folded(text, self).collect())
        }
    }

    /// Compares `text` with a key.
    pub(crate) fn cmp_key(self, text: &str, key: &str) -> Ordering {
        match self {
            Self::Exact => text.cmp(key),
            _ if text.is_ascii() => text.bytes().map(|b| b.to_ascii_lowercase()).cmp(key.bytes()),
            _ => folded(text, self).cmp(key.chars()),
        }
    }

    /// Compares two texts.
    pub(crate) fn cmp(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Exact => a.cmp(b),
            _ if a.is_ascii() && b.is_ascii() => {
                let lower = |b: u8| b.to_ascii_lowercase();
                a.bytes().map(lower).cmp(b.bytes().map(lower))
            }
            _ => folded(a, self).cmp(folded(b, self)),
        }
    }

    pub(crate) fn eq_key(self, text: &str, key: &str) -> bool {
        match self {
            Self::Exact => text == key,
            // A key is its own key, so that texts which differ in ASCII case alone have the same one.
            _ if text.len() == key.len() && text.eq_ignore_ascii_case(key) => true,
            _ if text.is_ascii() => false,
            _ => folded(text, self).eq(key.chars()),
        }
    }

    pub(crate) fn starts_with_key(self, text: &str, key: &str) -> bool {
        match self {
            Self::Exact => text.starts_with(key),
            _ if text.is_ascii() => {
                text.as_bytes().get(..key.len()).is_some_and(|head| head.eq_ignore_ascii_case(key.as_bytes()))
            }
            _ => is_prefix(folded(text, self), key),
        }
    }

    pub(crate) fn ends_with_key(self, text: &str, key: &str) -> bool {
        match self {
            Self::Exact => text.ends_with(key),
            _ if text.is_ascii() => text
                .len()
                .checked_sub(key.len())
                .and_then(|start| text.as_bytes().get(start..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(key.as_bytes())),
            _ => {
                let (all, tail) = (folded(text, self).count(), key.chars().count());
                all >= tail && folded(text, self).skip(all - tail).eq(key.chars())
            }
        }
    }

    pub(crate) fn contains_key(self, text: &str, key: &str) -> bool {
        match self {
            Self::Exact => text.contains(key),
            _ if text.is_ascii() => contains_ascii(text.as_bytes(), key.as_bytes()),
            _ => {
                let mut rest = folded(text, self);
                loop {
                    if is_prefix(rest.clone(), key) {
                        return true;
                    }
                    if rest.next().is_none() {
                        return false;
                    }
                }
            }
        }
    }
}

/// The characters of `text`, mapped as `rule` says and in normalisation form C.
pub(crate) fn folded(text: &str, rule: Rule) -> impl Iterator<Item = char> + Clone + '_ {
    let lower = text.chars().flat_map(move |c| {
        let c = if rule == Rule::UserName { narrow(c) } else { c };
        c.to_lowercase()
    });
    lower.nfc()
}

/// The ordinary form of a full-width or half-width character.
fn narrow(c: char) -> char {
    if !matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ffee}') {
        return c;
    }
    let mut mapped = None;
    let mut count = 0;
    decompose_compatible(c, |part| {
        mapped.get_or_insert(part);
        count += 1;
    });
    mapped.filter(|_| count == 1).unwrap_or(c)
}

fn is_prefix(mut text: impl Iterator<Item = char>, key: &str) -> bool {
    key.chars().all(|k| text.next() == Some(k))
}

/// Searches for `key`, which is in lower case, by its first byte in either case.
fn contains_ascii(text: &[u8], key: &[u8]) -> bool {
    let Some((&first, rest)) = key.split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    let mut tail = text;
    while let Some(at) = tail.iter().position(|&b| b == first || b == upper) {
        let Some(after) = tail.get(at + 1..) else { return false };
        match after.get(..rest.len()) {
            Some(candidate) if candidate.eq_ignore_ascii_case(rest) => return true,
            Some(_) => tail = after,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_without_a_key_agrees_with_matching_keys() {
        let texts = [
            "",
            "a",
            "Anna",
            "ANNA",
            "Jose\u{301}",
            "JOSÉ",
            "Ａnna",
            "ΟΔΟΣ",
            "İ",
            "ǅ",
            "x\u{fb01}",
            "가",
            "\u{ff76}\u{ff9e}",
        ];
        for rule in [Rule::Exact, Rule::Fold, Rule::UserName] {
            for text in texts {
                for other in texts {
                    let (key, own) = (rule.key(other), rule.key(text));
                    assert_eq!(rule.eq_key(text, &key), own == key, "{text} {other}");
                    assert_eq!(rule.cmp_key(text, &key), own.chars().cmp(key.chars()), "{text} {other}");
                    assert_eq!(rule.cmp(text, other), own.chars().cmp(key.chars()), "{text} {other}");
                    assert_eq!(rule.starts_with_key(text, &key), own.starts_with(&*key), "{text} {other}");
                    assert_eq!(rule.ends_with_key(text, &key), own.ends_with(&*key), "{text} {other}");
                    assert_eq!(rule.contains_key(text, &key), own.contains(&*key), "{text} {other}");
                }
            }
        }
    }

    #[test]
    fn keys_are_stable() {
        for text in ["Anna", "JOSÉ", "ＡＮＮＡ", "İstanbul", "ΟΔΟΣ"] {
            for rule in [Rule::Fold, Rule::UserName] {
                let once = rule.key(text).into_owned();
                assert_eq!(rule.key(&once), once, "{text}");
            }
        }
    }

    #[test]
    fn width_matters_except_in_user_names() {
        assert_eq!(Rule::UserName.cmp("ＡＢ", "ab"), Ordering::Equal);
        assert_ne!(Rule::Fold.cmp("ＡＢ", "ab"), Ordering::Equal);
    }
}
