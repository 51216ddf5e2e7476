//! Who is calling: the [`Authenticate`] hook and the bearer tokens that come with the crate.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::HeaderMap;

mod bearer;
mod token;

pub use bearer::BearerTokens;
pub use token::TokenHash;

/// The authenticated caller, as the authorisation hook, the rate limit and the audit hook see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal {
    /// A stable name of the client, for example `okta`. Never a token.
    pub name: String,
    /// The resource that `/Me` stands for, when the client acts for one.
    pub me: Option<Me>,
}

/// The resource behind `/Me`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Me {
    /// The resource type, for example `User`.
    pub resource_type: String,
    /// The id of the resource.
    pub id: String,
}

impl Principal {
    /// A client that is not itself a resource.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), me: None }
    }

    /// Makes `/Me` answer with the given resource.
    #[must_use]
    pub fn with_me(mut self, resource_type: impl Into<String>, id: impl Into<String>) -> Self {
        self.me = Some(Me { resource_type: resource_type.into(), id: id.into() });
        self
    }
}

/// Why a request is not authenticated. The answer to the client is the same for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthFailure {
    /// No credential was sent.
    Missing,
    /// The credential is not one of ours, or is no longer.
    Rejected,
    /// The credential could not be checked; the client may try again.
    Unavailable,
}

/// Turns the headers of a request into a [`Principal`].
#[async_trait]
pub trait Authenticate: Send + Sync + fmt::Debug {
    /// Checks the credential of one request at `now`.
    ///
    /// # Errors
    ///
    /// An [`AuthFailure`] that says why there is no principal.
    async fn authenticate(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Principal, AuthFailure>;

    /// The schemes as `/ServiceProviderConfig` announces them.
    fn schemes(&self) -> Vec<AuthScheme>;
}

/// One entry of `authenticationSchemes` in `/ServiceProviderConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthScheme {
    /// One of the values of RFC 7643 section 5, for example `oauthbearertoken`.
    pub kind: String,
    /// A name that people read.
    pub name: String,
    /// A sentence that people read.
    pub description: String,
}
