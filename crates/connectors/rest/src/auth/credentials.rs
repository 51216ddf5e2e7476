use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tenure_connector::{Certainty, Clock, ConnectorError, ErrorKind, Result, Secret, SecretRef, SecretStore};
use url::Url;

use super::kept::InFile;
use super::{Auth, ClientProof, Grant, OAuth, ServiceAccountSettings};

/// The credentials of a connector, as a configuration file has them: it names secrets and holds none.
///
/// # Examples
///
/// ```
/// use tenure_connector_rest::{Credentials, SecretSource};
///
/// let credentials: Credentials = serde_json::from_str(
///     r#"{ "basic": { "user": "admin@example.com/token", "password": { "env": "DESK_TOKEN" } } }"#,
/// )?;
/// let Credentials::Basic { password, .. } = &credentials else { return Err("another kind".into()) };
/// assert_eq!(password, &SecretSource::Env("DESK_TOKEN".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Credentials {
    /// `Authorization: Bearer`.
    Bearer(SecretSource),
    /// A word of the vendor's own before the token, such as `SSWS`.
    Token {
        /// The word.
        word: String,
        /// The token.
        token: SecretSource,
    },
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretSource,
    },
    /// Bearer tokens from a token endpoint, by client credentials or a refresh token; they are renewed before they end and
    /// when the system refuses one.
    Oauth(Box<OauthSettings>),
    /// Bearer tokens from a token endpoint, by the key of a service account. Needs the feature `assertion-ring`.
    ServiceAccount(Box<ServiceAccountSettings>),
}

/// Where bearer tokens come from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthSettings {
    /// The token endpoint.
    pub token_url: Url,
    /// The id of the client.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: SecretSource,
    /// The refresh token that a person's consent gave once; without one the client asks for itself. An endpoint may give a
    /// new one with each answer, which is kept in the place of the old: in its file, or in the program's store.
    #[serde(default)]
    pub refresh_token: Option<SecretSource>,
    /// Whether the id and the secret go into the header `Authorization: Basic` instead of the form.
    #[serde(default)]
    pub secret_in_header: bool,
    /// The scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Further parameters that the endpoint wants.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The secret store of the program.
    Store(SecretRef),
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    ///
    /// `Config`, when it is not there, or there is no store to ask; what the store answers.
    pub async fn read(&self, store: Option<&dyn SecretStore>) -> Result<Secret> {
        match self {
            Self::File(path) => {
                let text = file(path)?;
                match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
                    Some(line) => Ok(Secret::new(line)),
                    None => Err(missing(format!("expected a secret in `{}`, found nothing", path.display()))),
                }
            }
            other => other.read_whole(store).await,
        }
    }

    /// Reads a secret that has more than one line: of a file everything.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn read_whole(&self, store: Option<&dyn SecretStore>) -> Result<Secret> {
        match self {
            Self::Env(name) => variable(name),
            Self::File(path) => Ok(Secret::new(file(path)?)),
            Self::Store(name) => match store {
                Some(store) => store.read(name).await,
                None => Err(missing(format!("no secret store to ask for `{name}`"))),
            },
        }
    }
}

impl SecretSource {
    /// A store that has the secret and keeps another one in its place.
    fn kept_in(&self, store: Option<&Arc<dyn SecretStore>>) -> Result<(Arc<dyn SecretStore>, SecretRef)> {
        match (self, store) {
            (Self::File(path), _) => Ok((Arc::new(InFile(path.clone())), SecretRef::new("refresh_token"))),
            (Self::Store(name), Some(store)) => Ok((Arc::clone(store), name.clone())),
            (Self::Store(name), None) => Err(missing(format!("no secret store to ask for `{name}`"))),
            // The next run would find the old one, which is worth nothing by then.
            (Self::Env(name), _) => Err(missing(format!(
                "expected the refresh token in a file or a secret store, found the variable `{name}`: it can change"
            ))),
        }
    }
}

impl Credentials {
    /// Joins the paths of secrets with a folder, for a configuration whose paths are relative to its own.
    #[must_use]
    pub fn below(mut self, folder: &Path) -> Self {
        let (source, refresh) = match &mut self {
            Self::Bearer(source)
            | Self::Token { token: source, .. }
            | Self::Basic { password: source, .. } => (source, None),
            Self::Oauth(settings) => (&mut settings.client_secret, settings.refresh_token.as_mut()),
            Self::ServiceAccount(settings) => (&mut settings.key, None),
        };
        for source in [Some(source), refresh].into_iter().flatten() {
            if let SecretSource::File(path) = source {
                *path = folder.join(&path);
            }
        }
        self
    }

    /// Reads the secrets and makes of them what a client sends.
    ///
    /// # Errors
    ///
    /// Those of [`SecretSource::read`] and of [`OAuth::new`].
    pub async fn auth(
        &self,
        store: Option<&Arc<dyn SecretStore>>,
        http: &reqwest::Client,
        clock: &Clock,
    ) -> Result<Auth> {
        let shelf = store;
        let store = shelf.map(AsRef::as_ref);
        Ok(match self {
            Self::Bearer(token) => Auth::bearer(&token.read(store).await?),
            Self::Token { word, token } => Auth::api_token("authorization", word, &token.read(store).await?),
            Self::Basic { user, password } => Auth::basic(user, &password.read(store).await?),
            Self::Oauth(settings) => {
                let secret = settings.client_secret.read(store).await?;
                let proof = match settings.secret_in_header {
                    true => ClientProof::SecretInHeader(secret),
                    false => ClientProof::SecretInForm(secret),
                };
                let client_id = settings.client_id.clone();
                let grant = match &settings.refresh_token {
                    None => Grant::ClientCredentials { client_id, proof },
                    Some(source) => {
                        let (store, name) = source.kept_in(shelf)?;
                        // What is missing is told now, not at the first request.
                        store.read(&name).await?;
                        Grant::RefreshToken { client_id, proof, store, name }
                    }
                };
                let scopes: Vec<&str> = settings.scopes.iter().map(String::as_str).collect();
                let oauth = OAuth::new(settings.token_url.clone(), grant, http.clone(), clock.clone())?;
                let oauth =
                    settings.parameters.iter().fold(oauth.with_scopes(&scopes), |oauth, (name, value)| {
                        oauth.with_parameter(name, value)
                    });
                Auth::source(oauth)
            }
            Self::ServiceAccount(settings) => settings.auth(store, http, clock).await?,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the configuration names the variable that holds the secret")]
fn variable(name: &str) -> Result<Secret> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
        _ => Err(missing(format!("the variable `{name}` is not set"))),
    }
}

fn file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        missing(format!("the secret in `{}` cannot be read", path.display())).with_source(error)
    })
}

fn missing(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_a_matter_of_configuration() {
        for (source, expected) in [
            (SecretSource::Env("TENURE_NO_SUCH".to_owned()), "the variable `TENURE_NO_SUCH` is not set"),
            (SecretSource::File("no/such".into()), "the secret in `no/such` cannot be read"),
            (SecretSource::Store(SecretRef::new("desk")), "no secret store to ask for `desk`"),
        ] {
            let error = source.read(None).await.unwrap_err();
            assert_eq!((error.kind(), error.detail()), (ErrorKind::Config, expected));
        }
    }

    #[tokio::test]
    async fn a_file_and_the_environment_give_a_secret() {
        let file = SecretSource::File(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
        assert_eq!(file.read(None).await.unwrap().expose(), "[package]", "the first line, trimmed");
        let variable = SecretSource::Env("CARGO_PKG_NAME".to_owned());
        assert_eq!(variable.read(None).await.unwrap().expose(), env!("CARGO_PKG_NAME"));
        let basic = Credentials::Basic { user: "a".to_owned(), password: variable };
        let clock: Clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
        let auth = basic.auth(None, &reqwest::Client::new(), &clock).await.unwrap();
        assert_eq!(format!("{auth:?}"), "Auth(authorization: ***)");
    }

    #[tokio::test]
    async fn a_refresh_token_is_not_taken_from_where_a_new_one_cannot_be_kept() {
        let text = r#"{ "oauth": { "token_url": "https://a.example/t", "client_id": "c",
            "client_secret": { "env": "CARGO_PKG_NAME" }, "refresh_token": { "env": "CARGO_PKG_NAME" } } }"#;
        let credentials: Credentials = serde_json::from_str(text).unwrap();
        let clock: Clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
        let error = credentials.auth(None, &reqwest::Client::new(), &clock).await.unwrap_err();
        assert!(error.detail().contains("expected the refresh token in a file"), "{error}");
    }

    #[test]
    fn paths_are_joined_with_the_folder_of_the_configuration() {
        let text = r#"{ "bearer": { "file": "token" } }"#;
        let credentials: Credentials = serde_json::from_str(text).unwrap();
        let expected = Credentials::Bearer(SecretSource::File("project/token".into()));
        assert_eq!(credentials.below(Path::new("project")), expected);
    }

    #[test]
    fn the_debug_form_names_sources_only() {
        let text = r#"{ "oauth": { "token_url": "https://a.example/t", "client_id": "c", "client_secret": { "file": "s" } } }"#;
        let credentials: Credentials = serde_json::from_str(text).unwrap();
        assert!(format!("{credentials:?}").contains("File(\"s\")"));
        assert!(serde_json::from_str::<Credentials>(r#"{ "bearer": "plain-text" }"#).is_err());
    }
}
