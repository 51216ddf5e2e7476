//! The string class of user names.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;

/// A text that cannot be a user name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be a user name: {reason}")]
pub struct UsernameError {
    name: String,
    reason: String,
}

/// Checks that `name` holds only what a user name may hold, and returns its comparison key.
///
/// # Examples
///
/// ```
/// use tenure_scim::precis::check_username;
///
/// assert_eq!(check_username("Anna.Berg")?, "anna.berg");
/// assert!(check_username("anna berg").is_err());
/// assert!(check_username("").is_err());
/// # Ok::<(), tenure_scim::precis::UsernameError>(())
/// ```
///
/// # Errors
///
/// A character that RFC 8265 does not allow in user names, mixed directions, or nothing at all.
pub fn check_username(name: &str) -> Result<String, UsernameError> {
    match UsernameCaseMapped::enforce(name) {
        Ok(_) => Ok(super::username_key(name).into_owned()),
        Err(error) => Err(UsernameError { name: name.to_owned(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_what_the_profile_enforces() {
        for name in ["anna", "Anna.Berg", "JOSÉ", "Jose\u{301}", "ＡＮＮＡ", "user@example.com", "ß", "Ж1"]
        {
            let enforced = UsernameCaseMapped::enforce(name).unwrap();
            assert_eq!(super::super::username_key(name), enforced, "{name}");
        }
    }

    #[test]
    fn what_no_user_name_holds_is_refused() {
        for name in ["", "two words", "x\u{2019}y", "\u{fb01}", "a\u{7}b"] {
            assert!(check_username(name).is_err(), "{name:?}");
        }
    }
}
