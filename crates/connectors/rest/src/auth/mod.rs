mod assertion;
mod credentials;
mod kept;
mod oauth;
// Its tests run without the feature, too.
#[cfg(any(feature = "assertion-ring", test))]
#[cfg_attr(not(feature = "assertion-ring"), expect(unreachable_pub, reason = "exported with the feature"))]
mod ring;
mod service_account;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tenure_connector::{Result, Secret};

pub use self::assertion::AssertionSigner;
pub use self::credentials::{Credentials, OauthSettings, SecretSource};
pub use self::oauth::{ClientProof, Grant, OAuth};
#[cfg(feature = "assertion-ring")]
pub use self::ring::RingSigner;
pub use self::service_account::ServiceAccountSettings;

/// How a connector shows a system who it is. Debug never shows a secret.
///
/// # Examples
///
/// ```
/// use tenure_connector::Secret;
/// use tenure_connector_rest::Auth;
///
/// // Zendesk takes an API token as the password of `e-mail/token`.
/// let auth = Auth::basic("admin@example.com/token", &Secret::new("hunter2"));
/// assert_eq!(format!("{auth:?}"), "Auth(authorization: ***)");
/// ```
#[derive(Clone)]
pub struct Auth(How);

#[derive(Clone)]
enum How {
    None,
    Header(String, Secret),
    Source(Arc<dyn TokenSource>),
}

/// Gives bearer tokens that change.
#[async_trait]
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// A token that works now, as far as the source knows.
    ///
    /// `refused` is the token that the system has just answered with 401; the source then gets a new one, unless it
    /// has got one since.
    ///
    /// # Errors
    ///
    /// `Auth`, `Unavailable` or `Timeout`, never with another certainty than "not attempted": the request itself was
    /// not sent.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret>;
}

impl Auth {
    /// Sends nothing.
    #[must_use]
    pub fn none() -> Self {
        Self(How::None)
    }

    /// Sends `Authorization: Bearer` with this token.
    #[must_use]
    pub fn bearer(token: &Secret) -> Self {
        Self::api_token("authorization", "Bearer", token)
    }

    /// Sends `Authorization: Basic` with this user and password.
    #[must_use]
    pub fn basic(user: &str, password: &Secret) -> Self {
        let pair = Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())));
        Self::api_token("authorization", "Basic", &pair)
    }

    /// Sends a token in a header, behind a word: `("authorization", "SSWS", …)`, or alone: `("x-api-key", "", …)`.
    #[must_use]
    pub fn api_token(header: &str, word: &str, token: &Secret) -> Self {
        let value = match word {
            "" => token.clone(),
            word => Secret::new(format!("{word} {}", token.expose())),
        };
        Self(How::Header(header.to_owned(), value))
    }

    /// Sends `Authorization: Bearer` with a token from a source, for instance [`OAuth`].
    #[must_use]
    pub fn source(source: impl TokenSource + 'static) -> Self {
        Self(How::Source(Arc::new(source)))
    }

    pub(crate) fn can_renew(&self) -> bool {
        matches!(self.0, How::Source(_))
    }

    /// The claims of the token that is sent now, when it is a JSON Web Token that shows them.
    pub(crate) async fn claims(&self) -> Result<Option<serde_json::Value>> {
        Ok(self.header(None).await?.and_then(|(_, value)| claims(&value)))
    }

    /// The header to send, with its value.
    pub(crate) async fn header(&self, refused: Option<&Secret>) -> Result<Option<(String, Secret)>> {
        match &self.0 {
            How::None => Ok(None),
            How::Header(name, value) => Ok(Some((name.clone(), value.clone()))),
            How::Source(source) => {
                let refused =
                    refused.and_then(|value| value.expose().strip_prefix("Bearer ")).map(Secret::new);
                let token = source.token(refused.as_ref()).await?;
                Ok(Some(("authorization".to_owned(), Secret::new(format!("Bearer {}", token.expose())))))
            }
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            How::None => f.write_str("Auth(none)"),
            How::Header(name, _) => write!(f, "Auth({name}: ***)"),
            How::Source(source) => write!(f, "Auth({source:?})"),
        }
    }
}

/// The claims of a bearer token that is a JSON Web Token, as they stand there: nothing is verified.
fn claims(value: &Secret) -> Option<serde_json::Value> {
    let mut parts = value.expose().strip_prefix("Bearer ")?.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
