use std::fmt;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::Result;

/// The name of a secret in the caller's secret store; safe to print, store and audit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretRef(String);

impl SecretRef {
    /// Names a secret.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A secret text: it has no `Serialize`, prints as a fixed mask, and is wiped from memory when dropped.
///
/// # Examples
///
/// ```
/// use tenure_connector::Secret;
///
/// let secret = Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Where the program that runs connectors keeps its secrets.
///
/// Operations carry a [`SecretRef`]; the connector resolves it at the last moment, and puts what it generates back
/// under a name, so that plans, journals and audit records never hold a plain secret.
#[async_trait]
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// Reads a secret.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with certainty "not attempted" when there is no such secret.
    async fn read(&self, name: &SecretRef) -> Result<Secret>;

    /// Keeps a secret under a name, replacing what was there.
    ///
    /// # Errors
    ///
    /// Whatever the store answers; the connector must then report the write as of unknown outcome.
    async fn keep(&self, name: &SecretRef, secret: Secret) -> Result<()>;
}
