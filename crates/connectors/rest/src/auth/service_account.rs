use serde::Deserialize;
#[cfg(feature = "assertion-ring")]
use tenure_connector::Secret;
use tenure_connector::{Certainty, Clock, ConnectorError, ErrorKind, Result, SecretStore};
use url::Url;

use super::{Auth, SecretSource};

/// A service account with the key file that Google makes for it, which may stand in for a user of the domain.
///
/// # Examples
///
/// ```
/// use tenure_connector_rest::Credentials;
///
/// let credentials: Credentials = serde_json::from_str(r#"{ "service_account": {
///     "key": { "file": "service-account.json" },
///     "subject": "admin@example.com",
///     "scopes": ["https://www.googleapis.com/auth/admin.directory.user"]
/// } }"#)?;
/// assert!(matches!(credentials, Credentials::ServiceAccount(_)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountSettings {
    /// The key file, whole: JSON with `client_email`, `private_key` and `token_uri`.
    pub key: SecretSource,
    /// The user that the account stands in for: an administrator, when it acts for the domain.
    #[serde(default)]
    pub subject: Option<String>,
    /// The scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The token endpoint, in the place of the one in the key file.
    #[serde(default)]
    pub token_url: Option<Url>,
}

#[cfg(feature = "assertion-ring")]
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    token_uri: Url,
}

impl ServiceAccountSettings {
    #[cfg(feature = "assertion-ring")]
    pub(super) async fn auth(
        &self,
        store: Option<&dyn SecretStore>,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Auth> {
        use std::sync::Arc;

        use super::{Grant, OAuth, RingSigner};

        let text = self.key.read_whole(store).await?;
        // The reason is left out: it can repeat a part of the key.
        let file: KeyFile = serde_json::from_str(text.expose())
            .map_err(|_| wrong("expected the key file of a service account, in JSON"))?;
        let signer = RingSigner::from_pem(&Secret::new(file.private_key))?;
        let signer = match &file.private_key_id {
            Some(id) => signer.with_key_id(id),
            None => signer,
        };
        let grant = Grant::JwtBearer {
            issuer: file.client_email,
            subject: self.subject.clone(),
            audience: None,
            signer: Arc::new(signer),
        };
        let endpoint = self.token_url.clone().unwrap_or(file.token_uri);
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let oauth = OAuth::new(endpoint, grant, http.clone(), clock.clone())?;
        Ok(Auth::source(oauth.with_scopes(&scopes)))
    }

    #[cfg(not(feature = "assertion-ring"))]
    pub(super) async fn auth(
        &self,
        _store: Option<&dyn SecretStore>,
        _http: &reqwest::Client,
        _clock: &Clock,
    ) -> Result<Auth> {
        Err(wrong("a service account signs its requests, for which the feature `assertion-ring` is needed"))
    }
}

fn wrong(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}
