use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use tenure_connector::{Certainty, Clock, ConnectorError, ErrorKind, Result, Secret, SecretRef, SecretStore};
use tokio::sync::Mutex;
use url::Url;

use super::assertion;
use super::{AssertionSigner, TokenSource};
use crate::base::check_address;

/// How long before its end a token is replaced, so that it does not end on its way.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// How long a token lives that comes without saying so.
const DEFAULT_LIFE: i64 = 300;
/// How long an assertion lives.
const ASSERTION_LIFE: i64 = 300;
const LARGEST_ANSWER: u64 = 256 * 1024;

/// Gets bearer tokens from an OAuth 2.0 token endpoint, and keeps each for as long as it lives.
///
/// Requests that need a token at the same time wait for one and the same. A token that the system refuses is replaced
/// once. Nothing of a credential call reaches an error or a log, but the error code of RFC 6749 section 5.2.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::Secret;
/// use tenure_connector_rest::{Auth, ClientProof, Grant, HttpOptions, OAuth, http_client};
///
/// let grant = Grant::ClientCredentials {
///     client_id: "tenure".to_owned(),
///     proof: ClientProof::SecretInHeader(Secret::new("hunter2")),
/// };
/// let clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
/// let oauth = OAuth::new("https://login.example.com/token".parse()?, grant, http_client(&HttpOptions::default())?, clock)?
///     .with_scopes(&["scim"])
///     .with_parameter("audience", "https://api.example.com");
/// assert!(!format!("{:?}", Auth::source(oauth)).contains("hunter2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OAuth {
    endpoint: Url,
    grant: Grant,
    http: reqwest::Client,
    clock: Clock,
    scopes: Vec<String>,
    parameters: BTreeMap<String, String>,
    held: Mutex<Option<Held>>,
}

/// What a token is asked for with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Grant {
    /// The client asks for itself (RFC 6749 section 4.4).
    ClientCredentials {
        /// The id of the client.
        client_id: String,
        /// How the client proves that it is itself.
        proof: ClientProof,
    },
    /// A service account asks with a signed assertion (RFC 7523 section 2.1), as Google has it.
    JwtBearer {
        /// Who asks: the service account.
        issuer: String,
        /// For whom, if for somebody else: a user it stands in for.
        subject: Option<String>,
        /// Who is asked; the token endpoint when absent.
        audience: Option<String>,
        /// The key.
        signer: Arc<dyn AssertionSigner>,
    },
    /// The client shows a refresh token (RFC 6749 section 6), which a person's consent gave once. An endpoint that gives a new
    /// one with each answer finds it kept in the place of the old.
    RefreshToken {
        /// The id of the client.
        client_id: String,
        /// How the client proves that it is itself.
        proof: ClientProof,
        /// Where the refresh token is kept.
        store: Arc<dyn SecretStore>,
        /// Its name there.
        name: SecretRef,
    },
}

/// How a client proves to the token endpoint that it is itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClientProof {
    /// By its secret in `Authorization: Basic`.
    SecretInHeader(Secret),
    /// By its secret in the form.
    SecretInForm(Secret),
    /// By a signed assertion (RFC 7523 section 2.2, `private_key_jwt`).
    Assertion(Arc<dyn AssertionSigner>),
}

struct Held {
    token: Secret,
    until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

impl OAuth {
    /// Makes a source for a token endpoint.
    ///
    /// # Errors
    ///
    /// `Config`, when the address would carry secrets without TLS to another machine, or holds credentials or a query.
    pub fn new(endpoint: Url, grant: Grant, http: reqwest::Client, clock: Clock) -> Result<Self> {
        check_address(&endpoint, false)?;
        Ok(Self {
            endpoint,
            grant,
            http,
            clock,
            scopes: Vec::new(),
            parameters: BTreeMap::new(),
            held: Mutex::default(),
        })
    }

    /// Asks for these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &[&str]) -> Self {
        self.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// Adds a parameter that the vendor wants: `audience`, `resource`, `account_id`.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }

    async fn ask(&self) -> Result<Held> {
        let now = (self.clock)();
        let mut form: Vec<(&str, String)> = Vec::new();
        let mut basic = None;
        let mut scope_in_claims = false;
        match &self.grant {
            Grant::ClientCredentials { client_id, proof } => {
                form.push(("grant_type", "client_credentials".to_owned()));
                basic = self.prove(client_id, proof, &mut form, now).await?;
            }
            Grant::RefreshToken { client_id, proof, store, name } => {
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", store.read(name).await?.expose().to_owned()));
                basic = self.prove(client_id, proof, &mut form, now).await?;
            }
            Grant::JwtBearer { issuer, subject, audience, signer } => {
                let mut claims = self.claims(issuer, subject.as_ref(), audience.as_deref(), now);
                if let (false, Some(claims)) = (self.scopes.is_empty(), claims.as_object_mut()) {
                    claims.insert("scope".to_owned(), self.scopes.join(" ").into());
                    scope_in_claims = true;
                }
                let assertion = assertion::token(signer.as_ref(), &claims).await?;
                form.push(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()));
                form.push(("assertion", assertion.expose().to_owned()));
            }
        }
        if !self.scopes.is_empty() && !scope_in_claims {
            form.push(("scope", self.scopes.join(" ")));
        }
        form.extend(self.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let request = self.http.post(self.endpoint.clone()).timeout(Duration::from_secs(30)).form(&form);
        let request = match basic {
            Some((user, secret)) => request.basic_auth(encoded(user), Some(encoded(secret.expose()))),
            None => request,
        };
        self.read(request, now).await
    }

    /// Adds to a form what proves the client, or gives what goes into the header.
    async fn prove<'a>(
        &self,
        client_id: &'a String,
        proof: &'a ClientProof,
        form: &mut Vec<(&str, String)>,
        now: DateTime<Utc>,
    ) -> Result<Option<(&'a String, &'a Secret)>> {
        match proof {
            ClientProof::SecretInHeader(secret) => return Ok(Some((client_id, secret))),
            ClientProof::SecretInForm(secret) => {
                form.push(("client_id", client_id.clone()));
                form.push(("client_secret", secret.expose().to_owned()));
            }
            ClientProof::Assertion(signer) => {
                let claims = self.claims(client_id, Some(client_id), None, now);
                let assertion = assertion::token(signer.as_ref(), &claims).await?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.push(("client_id", client_id.clone()));
                form.push(("client_assertion_type", kind.to_owned()));
                form.push(("client_assertion", assertion.expose().to_owned()));
            }
        }
        Ok(None)
    }

    async fn read(&self, request: reqwest::RequestBuilder, now: DateTime<Utc>) -> Result<Held> {
        let answer =
            request.header("accept", "application/json").send().await.map_err(unreachable_endpoint)?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        if answer.content_length().is_some_and(|length| length > LARGEST_ANSWER) {
            return Err(failed(ErrorKind::Protocol, "the token endpoint answered more than a token"));
        }
        let body = answer.bytes().await.map_err(unreachable_endpoint)?;
        if status != 200 {
            return Err(denied(status, &headers, &body));
        }
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| failed(ErrorKind::Protocol, "the token endpoint answered no token"))?;
        if granted.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(failed(
                ErrorKind::Protocol,
                "the token endpoint answered a token that is no bearer token",
            ));
        }
        if let (Some(new), Grant::RefreshToken { store, name, .. }) = (granted.refresh_token, &self.grant) {
            // The old one may be useless from now on.
            store.keep(name, Secret::new(new)).await.map_err(|error| {
                failed(ErrorKind::Config, "the new refresh token cannot be kept").with_source(error)
            })?;
        }
        // Some endpoints write the number as text.
        let life = granted.expires_in.and_then(|life| life.as_i64().or_else(|| life.as_str()?.parse().ok()));
        let life = TimeDelta::seconds(life.unwrap_or(DEFAULT_LIFE).clamp(0, 10 * 365 * 86_400));
        // A token that lives shorter than the margin is used for half of its life.
        Ok(Held { token: Secret::new(granted.access_token), until: now + (life - MARGIN).max(life / 2) })
    }

    fn claims(
        &self,
        issuer: &str,
        subject: Option<&String>,
        audience: Option<&str>,
        now: DateTime<Utc>,
    ) -> serde_json::Value {
        let now = now.timestamp();
        let mut claims = json!({
            "iss": issuer,
            "aud": audience.unwrap_or(self.endpoint.as_str()),
            "iat": now,
            "exp": now + ASSERTION_LIFE,
        });
        if let (Some(subject), Some(claims)) = (subject, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), subject.as_str().into());
        }
        claims
    }
}

#[async_trait]
impl TokenSource for OAuth {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret> {
        // Whoever holds the lock asks; the others find the token when it is their turn.
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref() {
            let stale = refused.is_some_and(|refused| refused.expose() == held.token.expose());
            if !stale && (self.clock)() < held.until {
                return Ok(held.token.clone());
            }
        }
        let new = self.ask().await?;
        let token = new.token.clone();
        *held = Some(new);
        Ok(token)
    }
}

/// SPEC: RFC 6749 section 2.3.1: id and secret are form-encoded before they go into the header.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn failed(kind: ErrorKind, detail: &str) -> ConnectorError {
    ConnectorError::new(kind, Certainty::NotAttempted).with_detail(detail)
}

fn unreachable_endpoint(error: reqwest::Error) -> ConnectorError {
    let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Unavailable };
    failed(kind, "the token endpoint cannot be reached").with_source(error.without_url())
}

fn denied(status: u16, headers: &http::HeaderMap, body: &[u8]) -> ConnectorError {
    let code = serde_json::from_slice::<Denied>(body).map(|denied| denied.error).ok();
    let kind = match status {
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Auth,
    };
    let error = failed(kind, "the token endpoint gave no token").with_http_status(status);
    // Only codes of RFC 6749 look so; anything else could repeat what was sent.
    let code =
        code.filter(|code| code.len() < 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    let error = match code {
        Some(code) => {
            error.with_detail(format!("the token endpoint gave no token: `{code}`")).with_vendor_code(code)
        }
        None => error,
    };
    match crate::retry_after(headers) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("endpoint", &self.endpoint.as_str())
            .field("grant", &self.grant)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
