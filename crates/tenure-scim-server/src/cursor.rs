//! Cursors: sealed to the caller, the query and a time, so that one cannot be forged, shared or altered.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tenure_scim::ScimError;

/// The key with which one server seals its cursors.
///
/// Give every process that answers the same clients the same key, or a client's walk ends when it reaches another one.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

impl CursorKey {
    /// A key from 32 secret bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A random key, good for one process.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        let (left, right) = bytes.split_at_mut(16);
        left.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        right.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self(bytes)
    }

    /// Seals `place`, a connector's own cursor, for the walk that `query` describes.
    pub(crate) fn seal(&self, place: &str, query: &str, now: DateTime<Utc>) -> String {
        let mut plain = now.timestamp_millis().to_be_bytes().to_vec();
        plain.extend_from_slice(place.as_bytes());
        let mut sealed = self.tag(&plain, query).to_vec();
        sealed.extend_from_slice(&plain);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a cursor.
    pub(crate) fn open(
        &self,
        cursor: &str,
        query: &str,
        now: DateTime<Utc>,
        life: Duration,
    ) -> Result<String, ScimError> {
        // One answer for every way to be wrong, so that nothing can be learnt from it (RFC 9865 section 5.2).
        let invalid = || ScimError::invalid_cursor("the cursor is not one of this query");
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (tag, plain) = sealed.split_at_checked(TAG).ok_or_else(invalid)?;
        if !bool::from(self.tag(plain, query).ct_eq(tag)) {
            return Err(invalid());
        }
        let (at, place) = plain.split_at_checked(8).ok_or_else(invalid)?;
        let at = i64::from_be_bytes(at.try_into().map_err(|_| invalid())?);
        let age = now.timestamp_millis().saturating_sub(at);
        if u128::try_from(age).is_ok_and(|age| age > life.as_millis()) {
            return Err(ScimError::expired_cursor(format!(
                "the cursor is older than {} seconds",
                life.as_secs()
            )));
        }
        String::from_utf8(place.to_vec()).map_err(|_| invalid())
    }

    /// HMAC-SHA-256 (RFC 2104) over the query and the plain cursor.
    fn tag(&self, plain: &[u8], query: &str) -> [u8; TAG] {
        let mut block = [0_u8; 64];
        for (byte, key) in block.iter_mut().zip(self.0) {
            *byte = key;
        }
        let inner = Sha256::new()
            .chain_update(block.map(|byte| byte ^ 0x36))
            .chain_update((query.len() as u64).to_be_bytes())
            .chain_update(query.as_bytes())
            .chain_update(plain)
            .finalize();
        Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
    }
}

const TAG: usize = 32;

#[cfg(test)]
mod tests {
    use tenure_scim::ScimType;

    use super::*;

    const LIFE: Duration = Duration::from_secs(60);
    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_cursor_opens_for_its_own_query_only() {
        let key = CursorKey::new([7; 32]);
        let cursor = key.seal("after 9", "okta Users count=10", NOW);
        assert_eq!(key.open(&cursor, "okta Users count=10", NOW, LIFE).unwrap(), "after 9");
        for (key, query) in [
            (&key, "entra Users count=10"),
            (&key, "okta Users count=11"),
            (&CursorKey::random(), "okta Users count=10"),
        ] {
            let error = key.open(&cursor, query, NOW, LIFE).unwrap_err();
            assert_eq!(error.scim_type(), Some(&ScimType::InvalidCursor));
        }
    }

    #[test]
    fn a_forged_or_cut_cursor_does_not_open() {
        let key = CursorKey::new([7; 32]);
        let cursor = key.seal("after 9", "q", NOW);
        let mut cut = cursor.clone();
        cut.pop();
        for forged in ["", "x", "AAAA", &cut, &format!("{cursor}AA")] {
            assert!(key.open(forged, "q", NOW, LIFE).is_err(), "{forged}");
        }
    }

    #[test]
    fn an_old_cursor_is_expired() {
        let key = CursorKey::new([7; 32]);
        let cursor = key.seal("after 9", "q", NOW);
        let error = key.open(&cursor, "q", NOW + LIFE + Duration::from_secs(1), LIFE).unwrap_err();
        assert_eq!(error.scim_type(), Some(&ScimType::ExpiredCursor));
    }

    #[test]
    fn a_cursor_is_url_safe() {
        let cursor = CursorKey::random().seal("{\"row\":255}", "q", NOW);
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    }
}
