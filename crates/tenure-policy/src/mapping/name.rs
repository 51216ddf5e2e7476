//! The forms in which user names are compared.

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// The form in which user names are compared, the same everywhere: see [`tenure_scim::precis::username_key`].
///
/// # Examples
///
/// ```
/// use tenure_policy::name_key;
/// assert_eq!(name_key("Zoe\u{301}.Berg"), name_key("zo\u{e9}.berg"));
/// ```
#[must_use]
pub fn name_key(name: &str) -> String {
    tenure_scim::precis::username_key(name).into_owned()
}

/// The form in which user names are told apart by the registry: as [`name_key`], and letters of other scripts that look
/// like a Latin letter or a digit count as that one. Two names with the same key are one name, so that nobody gets a name that
/// reads like somebody else's.
///
/// # Examples
///
/// ```
/// use tenure_policy::registry_key;
/// assert_eq!(registry_key("p\u{430}ula"), registry_key("Paula")); // the first has a Cyrillic letter
/// assert_ne!(registry_key("jos\u{e9}"), registry_key("jose"));
/// ```
///
/// # Spec
///
/// Unicode Technical Standard 39, section 4, from other scripts to ASCII only: `l` and `1` stay two.
#[must_use]
pub fn registry_key(name: &str) -> String {
    let key = name_key(name);
    if key.is_ascii() {
        return key;
    }
    let mut plain = String::with_capacity(key.len());
    for letter in key.chars() {
        match looks_like(letter) {
            Some(like) => plain.push_str(&like),
            None => plain.push(letter),
        }
    }
    plain.nfc().collect()
}

/// The ASCII text that a letter of another script looks like.
fn looks_like(letter: char) -> Option<String> {
    if letter.is_ascii() {
        return None;
    }
    let like: String = skeleton(letter.encode_utf8(&mut [0; 4])).collect();
    let plain = !like.is_empty() && like.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then(|| like.to_ascii_lowercase())
}
