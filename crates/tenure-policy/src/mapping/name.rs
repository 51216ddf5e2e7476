//! The form in which user names are compared.

/// The form in which user names are compared, the same everywhere: see [`tenure_scim::precis::username_key`].
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
    tenure_scim::precis::username_key(name).into_owned()
}
