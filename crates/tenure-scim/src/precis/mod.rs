//! One key for comparing user names (RFC 8265 UsernameCaseMapped), and the rule for other text.
//!
//! RFC 7644 sections 5 and 7.8 ask for PRECIS when user names are compared. [`username_key`] applies the mappings
//! of the profile: full-width and half-width characters become ordinary ones, capitals become small, the result is
//! in normalisation form C. Two user names are the same when their keys are equal; filters, sorting and uniqueness
//! all use it. The key never fails; `check_username` (feature `precis`) also refuses what no user name may hold.

#[cfg(feature = "precis")]
mod check;
mod fold;

use std::borrow::Cow;

#[cfg(feature = "precis")]
pub use check::{UsernameError, check_username};
pub(crate) use fold::Rule;

/// The key under which a user name is compared.
///
/// # Examples
///
/// ```
/// use tenure_scim::precis::username_key;
///
/// assert_eq!(username_key("Anna.Berg"), "anna.berg");
/// assert_eq!(username_key("ＡＮＮＡ"), "anna");
/// assert_eq!(username_key("Jose\u{301}"), username_key("jos\u{e9}"));
/// assert_ne!(username_key("а"), username_key("a")); // Cyrillic and Latin
/// ```
pub fn username_key(name: &str) -> Cow<'_, str> {
    Rule::UserName.key(name)
}

/// The key under which text that is not case-exact is compared: small letters, normalisation form C.
///
/// ```
/// assert_eq!(tenure_scim::precis::text_key("ÉCOLE"), "école");
/// ```
pub fn text_key(text: &str) -> Cow<'_, str> {
    Rule::Fold.key(text)
}
