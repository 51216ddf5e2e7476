use std::fmt;

use async_trait::async_trait;
use axum::response::Response;
use http::request::Parts;
use subtle::ConstantTimeEq as _;
use tenure_policy::IdentityId;
use tenure_store::sha256_hex;

/// Says who asks. The embedding program has the sessions, the single sign-on and the say over both.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Who asks; or the answer that they get instead, for instance the way to a page to sign in.
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Response>;
}

/// Somebody who asks for a page.
#[derive(Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub who: IdentityId,
    /// Where a form leads that ends the session, if there is one.
    pub sign_out: Option<String>,
    token: String,
}

impl Visitor {
    /// Somebody, and what only their session knows: its id or another text that nobody can guess. It is not shown; what protects
    /// their decisions is derived from it.
    #[must_use]
    pub fn new(who: IdentityId, session: &str) -> Self {
        Self { who, sign_out: None, token: sha256_hex(format!("tenure-web form\n{session}").as_bytes()) }
    }

    /// Shows a button that posts to this address to end the session.
    #[must_use]
    pub fn with_sign_out(mut self, address: &str) -> Self {
        self.sign_out = Some(address.to_owned());
        self
    }

    /// The token of this session's forms.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn made(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("who", &self.who).finish_non_exhaustive()
    }
}
