//! Names in ASCII.

use std::borrow::Cow;

use any_ascii::any_ascii_char;

/// Writes a text in ASCII, with the German and Nordic letters as their people write them (`ü` is `ue`, `ø` is `oe`).
///
/// # Examples
///
/// ```
/// use tenure_policy::transliterate;
/// assert_eq!(transliterate("Jürgen Groß"), "Juergen Gross");
/// assert_eq!(transliterate("Łukasz"), "Lukasz");
/// ```
#[must_use]
pub fn transliterate(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    use unicode_normalization::UnicodeNormalization;
    let mut out = String::with_capacity(text.len());
    for letter in text.nfc() {
        match special(letter) {
            Some(plain) => out.push_str(plain),
            None => out.push_str(any_ascii_char(letter)),
        }
    }
    Cow::Owned(out)
}

fn special(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'å' => "aa",
        'Ä' | 'Æ' => "Ae",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'Ü' => "Ue",
        'Å' => "Aa",
        'ß' => "ss",
        'ẞ' => "SS",
        _ => return None,
    })
}
