use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{AuthFailure, AuthScheme, Authenticate, Principal, TokenHash};

/// Bearer tokens, kept as hashes, that can be added and withdrawn while the server runs.
///
/// Rotation is: add the new token, give the old one an end with [`retire`](Self::retire), let the client change over.
///
/// ```
/// use tenure_scim_server::{BearerTokens, Principal};
///
/// let tokens = BearerTokens::new();
/// tokens.add("a-long-random-token", Principal::new("okta"));
/// assert_eq!(tokens.len(), 1);
/// tokens.remove("a-long-random-token");
/// assert!(tokens.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct BearerTokens {
    entries: RwLock<Vec<Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    hash: TokenHash,
    principal: Principal,
    until: Option<DateTime<Utc>>,
}

impl BearerTokens {
    /// No token: every request is refused until one is added.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts `token` for `principal`.
    pub fn add(&self, token: &str, principal: Principal) {
        self.add_hash(TokenHash::of(token), principal, None);
    }

    /// Accepts a token that is known by its hash only, until `until` when there is one.
    pub fn add_hash(&self, hash: TokenHash, principal: Principal, until: Option<DateTime<Utc>>) {
        self.write(|entries| entries.push(Entry { hash, principal, until }));
    }

    /// Refuses `token` from `until` on. Does nothing when the token is not known.
    pub fn retire(&self, token: &str, until: DateTime<Utc>) {
        let hash = TokenHash::of(token);
        self.write(|entries| {
            for entry in entries.iter_mut().filter(|entry| entry.hash.ct_eq(&hash)) {
                entry.until = Some(until);
            }
        });
    }

    /// Refuses `token` at once. Does nothing when the token is not known.
    pub fn remove(&self, token: &str) {
        let hash = TokenHash::of(token);
        self.write(|entries| entries.retain(|entry| !entry.hash.ct_eq(&hash)));
    }

    /// How many tokens are known, retired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no token is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn write(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut self.entries.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Looks at every entry, so that the time does not tell which one matched.
    fn find(&self, token: &str, now: DateTime<Utc>) -> Option<Principal> {
        let hash = TokenHash::of(token);
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for entry in entries.iter() {
            let live = entry.until.is_none_or(|until| now < until);
            if entry.hash.ct_eq(&hash) && live {
                found = Some(&entry.principal);
            }
        }
        found.cloned()
    }
}

#[async_trait]
impl Authenticate for BearerTokens {
    async fn authenticate(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Principal, AuthFailure> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(AuthFailure::Missing)?;
        // Two Authorization headers could be read differently by a proxy in front of this server.
        if values.next().is_some() {
            return Err(AuthFailure::Rejected);
        }
        let value = value.to_str().map_err(|_| AuthFailure::Rejected)?;
        let (scheme, token) = value.split_once(' ').ok_or(AuthFailure::Rejected)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthFailure::Rejected);
        }
        self.find(token.trim(), now).ok_or(AuthFailure::Rejected)
    }

    fn schemes(&self) -> Vec<AuthScheme> {
        vec![AuthScheme {
            kind: "oauthbearertoken".to_owned(),
            name: "Bearer token".to_owned(),
            description: "The token is sent in the Authorization header".to_owned(),
        }]
    }
}
