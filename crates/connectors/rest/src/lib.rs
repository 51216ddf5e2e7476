//! What connectors over HTTP share: authentication, safe addresses, paging, rate limits, errors with certainty.
//!
//! A connector for one system makes a [`RestClient`], says in [`ErrorRules`] what the vendor's error codes mean and in
//! [`Paging`] how its lists go on, and is left with what only it knows: which request does what.
//!
//! ```
//! use tenure_connector::{Context, ErrorKind, Secret};
//! use tenure_connector_rest::{Auth, ErrorRules, Paging, RestClient};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let base = "https://api.example.com/v1".parse()?;
//! let rules = ErrorRules::new().code_at("/error/code").meaning("quota_exceeded", ErrorKind::RateLimited);
//! let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?.with_rules(rules);
//!
//! let ctx = Context::new("run-7");
//! let request = client.get(&["users"])?.with_query("limit", "100");
//! let answer = client.send(&ctx, &request).await?;
//! let users: Vec<serde_json::Value> = answer.json()?;
//! let next = Paging::Link.next(&request, &answer, users.len())?;
//! # drop(next);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here waits or repeats: a rate limit is an error or a [`RateSignal`](tenure_connector::RateSignal), and the
//! layers around a connector pace it.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `testing` | what tests of connectors share |
//! | `assertion-ring` | `RingSigner`: signs JWT assertions with a key in PEM |
//! | `rustls-aws-lc`, `rustls-ring`, `native-tls` | a TLS backend for `reqwest`; with `rustls-ring` the program installs the provider |
//!
//! # Errors
//!
//! [`ErrorRules`] turn a vendor's status and code into the kind, the chance of a retry and the certainty of a
//! [`ConnectorError`](tenure_connector::ConnectorError): no connection is "not attempted", a refusal is "refused", and a lost answer to a write is "unknown".
//! No error has a query, a token or a body of credentials in it.
//!
//! # Limits
//!
//! [`http_client`] follows no redirect and gives up connecting after ten seconds; deadlines of calls come from their context. Answers are bounded in size, walks in pages.

mod auth;
mod base;
mod client;
mod error;
mod har;
mod http_client;
mod list;
mod mapping;
mod paging;
mod rate;
mod request;
mod rules;
pub mod system;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

#[cfg(feature = "assertion-ring")]
pub use self::auth::RingSigner;
pub use self::auth::{
    AssertionSigner, Auth, ClientProof, Credentials, Grant, OAuth, OauthSettings, SecretSource,
    ServiceAccountSettings, TokenSource,
};
pub use self::client::RestClient;
pub use self::har::{HarExchange, HarOptions, HarRecorder};
pub use self::http_client::{HttpOptions, http_client};
pub use self::list::{Stage, equality, page, slice};
pub use self::mapping::{Field, Mapping};
pub use self::paging::Paging;
pub use self::rate::{rate_signal, retry_after};
pub use self::request::{Answer, Request};
pub use self::rules::ErrorRules;
pub use self::write::{absent, narrow, refusal, signed, unless_closed};
pub use tenure_connector::Clock;
