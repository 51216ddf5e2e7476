use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a bearer token: what a service provider keeps instead of the token.
///
/// Tokens are long random strings, so a plain hash is enough; it is not a password hash.
///
/// ```
/// use tenure_scim_server::TokenHash;
///
/// let hash = TokenHash::of("a-long-random-token");
/// assert!(hash.matches("a-long-random-token"));
/// assert!(!hash.matches("another"));
/// ```
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Wraps a hash that was stored before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in a time that does not depend on the content.
    #[must_use]
    pub fn matches(&self, token: &str) -> bool {
        self.ct_eq(&Self::of(token))
    }

    pub(super) fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}
