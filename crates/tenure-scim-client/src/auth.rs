use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HeaderName};
use secrecy::{ExposeSecret, SecretString};

use crate::{Certainty, ClientError, ErrorKind, Result};

/// How the client shows the peer who it is. Debug never shows a secret.
///
/// # Examples
///
/// ```
/// use tenure_scim_client::Auth;
///
/// assert_eq!(format!("{:?}", Auth::bearer("hunter2")), "Auth(bearer ***)");
/// ```
#[derive(Clone)]
pub struct Auth(How);

#[derive(Clone)]
enum How {
    None,
    Bearer(SecretString),
    Basic(String, SecretString),
    Header(HeaderName, SecretString),
    Source(Arc<dyn Authorise>),
}

/// Gives the value of the `Authorization` header, for credentials that change: OAuth tokens, rotated keys.
#[async_trait]
pub trait Authorise: Send + Sync + fmt::Debug {
    /// The value of the header, for instance `Bearer …`.
    ///
    /// `refused` is the value that the peer has just answered with 401; an implementation that can get a new one does
    /// so, and one that cannot returns the same again.
    ///
    /// # Errors
    ///
    /// When no credentials can be had; the request is then not sent. The message holds nothing secret.
    async fn authorisation(
        &self,
        refused: Option<&str>,
    ) -> std::result::Result<String, Box<dyn std::error::Error + Send + Sync>>;
}

impl Auth {
    /// Sends nothing.
    #[must_use]
    pub fn none() -> Self {
        Self(How::None)
    }

    /// Sends `Authorization: Bearer` with this token.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(How::Bearer(token.into().into()))
    }

    /// Sends `Authorization: Basic` with this user and password.
    #[must_use]
    pub fn basic(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self(How::Basic(user.into(), password.into().into()))
    }

    /// Sends a header of the vendor's own, for instance `X-Api-Key`.
    ///
    /// # Errors
    ///
    /// `Config`, when the name is no header name.
    pub fn header(name: &str, value: impl Into<String>) -> Result<Self> {
        let name = name
            .parse()
            .map_err(|_| ClientError::config(format!("expected the name of a header, found `{name}`")))?;
        Ok(Self(How::Header(name, value.into().into())))
    }

    /// Asks a source for each request.
    #[must_use]
    pub fn source(source: Arc<dyn Authorise>) -> Self {
        Self(How::Source(source))
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self.0, How::None)
    }

    /// Whether a second attempt after 401 can have other credentials.
    pub(crate) fn can_renew(&self) -> bool {
        matches!(self.0, How::Source(_))
    }

    pub(crate) async fn value(
        &self,
        refused: Option<&HeaderValue>,
    ) -> Result<Option<(HeaderName, HeaderValue)>> {
        let (name, text) = match &self.0 {
            How::None => return Ok(None),
            How::Bearer(token) => (AUTHORIZATION, format!("Bearer {}", token.expose_secret())),
            How::Basic(user, password) => {
                let pair = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
                (AUTHORIZATION, format!("Basic {pair}"))
            }
            How::Header(name, value) => (name.clone(), value.expose_secret().to_owned()),
            How::Source(source) => {
                let refused = refused.and_then(|value| value.to_str().ok());
                let value = source.authorisation(refused).await.map_err(|error| {
                    ClientError::new(ErrorKind::Credentials, Certainty::NotAttempted, error.to_string())
                        .with_source(Arc::from(error))
                })?;
                (AUTHORIZATION, value)
            }
        };
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| ClientError::config("expected credentials that fit into a header"))?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            How::None => f.write_str("Auth(none)"),
            How::Bearer(_) => f.write_str("Auth(bearer ***)"),
            How::Basic(user, _) => write!(f, "Auth(basic {user}:***)"),
            How::Header(name, _) => write!(f, "Auth({name}: ***)"),
            How::Source(source) => write!(f, "Auth({source:?})"),
        }
    }
}
