//! The form in which user names are compared.

use unicode_normalization::UnicodeNormalization;

/// The form in which user names are compared: compatibility forms folded, lower case, then composed.
///
/// Two names with the same key are the same name to the registry.
///
/// # Examples
///
/// ```
/// use tenure_policy::name_key;
/// assert_eq!(name_key("Zoe\u{301}.Berg"), name_key("zo\u{e9}.berg"));
/// ```
#[must_use]
pub fn name_key(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).nfc().collect()
}
