//! Cursors (RFC 9865): sealed, bound to their query, with an end.
//!
//! A cursor carries the position in a result. It is encrypted, so that a client learns nothing from it, and
//! authenticated, so that a forged or altered one is refused. It is good for the one query it was made for. It
//! grants nothing: authorise each page (RFC 9865 section 5.2).

mod seal;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::error::ScimError;
use crate::message::SearchRequest;

/// The secret that cursors are sealed with.
///
/// # Examples
///
/// ```
/// use tenure_scim::cursor::CursorKey;
/// use tenure_scim::message::SearchRequest;
/// # let now = "2026-01-31T12:00:00Z".parse()?;
/// # let soon = "2026-01-31T12:05:00Z".parse()?;
/// # let late = "2026-01-31T13:05:00Z".parse()?;
///
/// let key = CursorKey::new(b"32 random bytes, kept by the server");
/// let query = SearchRequest::from_pairs([("filter", "active eq true"), ("count", "10")])?;
/// let cursor = key.seal(b"last id: 2819c223", &query, "tenant-1 /Users", now)?;
///
/// assert_eq!(key.open(&cursor, &query, "tenant-1 /Users", soon)?, b"last id: 2819c223");
/// assert!(key.open(&cursor, &query, "tenant-2 /Users", soon).is_err());
/// assert!(key.open(&cursor, &query, "tenant-1 /Users", late).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CursorKey {
    secret: [u8; 32],
    lifetime: chrono::TimeDelta,
}

impl CursorKey {
    /// A key from a secret, at best 32 random bytes. Cursors are good for an hour.
    pub fn new(secret: &[u8]) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"tenure scim cursor\0");
        digest.update(secret);
        Self { secret: digest.finalize().into(), lifetime: chrono::TimeDelta::hours(1) }
    }

    /// The same key, for cursors that are good for `lifetime`.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: chrono::TimeDelta) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Seals a position in the result of `query`.
    ///
    /// `context` holds what else the result depends on: the endpoint, the tenant, the caller.
    ///
    /// # Errors
    ///
    /// When the lifetime reaches beyond the calendar.
    pub fn seal(
        &self,
        position: &[u8],
        query: &SearchRequest,
        context: &str,
        now: DateTime<Utc>,
    ) -> Result<String, ScimError> {
        let end = now.checked_add_signed(self.lifetime);
        let end = end.ok_or_else(|| ScimError::internal("the cursor's lifetime has no end"))?;
        let mut plain = end.timestamp().to_be_bytes().to_vec();
        plain.extend(query.count.map_or(u64::MAX, |c| c).to_be_bytes());
        plain.extend(position);
        Ok(URL_SAFE_NO_PAD.encode(seal::seal(&self.secret, &binding(query, context), &plain)))
    }

    /// Opens a cursor and gives the position.
    ///
    /// # Errors
    ///
    /// `invalidCursor` when it is not one of ours, was altered, or belongs to another query or context;
    /// `invalidCount` when only `count` differs from the first page's; `expiredCursor` when it is too old.
    pub fn open(
        &self,
        cursor: &str,
        query: &SearchRequest,
        context: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, ScimError> {
        let invalid = || ScimError::invalid_cursor("the cursor is not one of this query");
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let plain = seal::open(&self.secret, &binding(query, context), &sealed).ok_or_else(invalid)?;
        let (end, rest) = plain.split_first_chunk::<8>().ok_or_else(invalid)?;
        let (count, position) = rest.split_first_chunk::<8>().ok_or_else(invalid)?;
        if u64::from_be_bytes(*count) != query.count.unwrap_or(u64::MAX) {
            return Err(ScimError::invalid_count("expected the `count` of the first page"));
        }
        if now.timestamp() >= i64::from_be_bytes(*end) {
            return Err(ScimError::expired_cursor("the cursor is too old; begin again without it"));
        }
        Ok(position.to_vec())
    }
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CursorKey").field("secret", &"[redacted]").field("lifetime", &self.lifetime).finish()
    }
}

/// What a cursor is bound to: everything of the query but the page itself.
fn binding(query: &SearchRequest, context: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = |text: &str| {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    };
    part(context);
    for (name, value) in query.to_pairs() {
        if !matches!(name, "cursor" | "count" | "startIndex") {
            part(name);
            part(&value);
        }
    }
    bytes
}
