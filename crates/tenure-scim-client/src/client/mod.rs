mod build;
mod create;
mod members;
mod patch;
mod read;
mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use url::Url;

pub use self::build::{Builder, Recovery};
pub(crate) use self::read::writable;
use crate::base::Base;
use crate::pace::Pace;
use crate::transport::{DryRun, HttpTransport, Transport};
use crate::{Auth, ClientError, Dialect, Limits, Peer, Projection, Result, RetryPolicy, Timer, peer};

/// Talks to one SCIM service provider. Cheap to clone; clones share connections and paces.
///
/// Names of resource types are those of the peer: `User`, `Group`, and whatever [`discover`](Self::discover) finds.
#[derive(Clone)]
pub struct Client {
    pub(crate) core: Arc<Core>,
}

/// Everything behind a client.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) base: Base,
    pub(crate) auth: Auth,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) limits: Limits,
    pub(crate) user_agent: Arc<str>,
    pub(crate) correlation: Option<Arc<str>>,
    pub(crate) timer: Option<Arc<dyn Timer>>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) pace: Option<Arc<Pace>>,
    pub(crate) peer: Option<Arc<Peer>>,
    pub(crate) recovery: Recovery,
    /// The peer has answered that it has no PATCH.
    pub(crate) without_patch: Arc<AtomicBool>,
}

/// What accompanies a write.
///
/// # Examples
///
/// ```
/// use tenure_scim_client::WriteOptions;
///
/// let options = WriteOptions::if_match(r#"W/"3""#);
/// assert_eq!(options.version.as_deref(), Some(r#"W/"3""#));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The version that the resource must have; a peer with ETags refuses the write otherwise.
    ///
    /// Not sent to a peer whose [dialect](Dialect::if_match) has no ETags.
    pub version: Option<String>,
    /// Which attributes come back.
    pub projection: Projection,
}

impl WriteOptions {
    /// Writes only to this version of the resource.
    #[must_use]
    pub fn if_match(version: impl Into<String>) -> Self {
        Self { version: Some(version.into()), ..Self::default() }
    }
}

impl Client {
    /// Makes a client for the service provider at `base`, for instance `https://example.com/scim/v2`.
    ///
    /// It follows RFC 7644, neither waits nor repeats, and accepts what [`Limits::default`] allows;
    /// [`builder`](Self::builder) has more. Build the `reqwest::Client` without redirects.
    ///
    /// # Errors
    ///
    /// `Config`, when the address is no base address, holds credentials or a query, or would carry credentials without
    /// TLS to another machine.
    pub fn new(base: Url, auth: Auth, http: reqwest::Client) -> Result<Self> {
        Self::builder(base).auth(auth).transport(HttpTransport::new(http)).build()
    }

    /// Starts a client with settings of its own.
    #[must_use]
    pub fn builder(base: Url) -> Builder {
        Builder::new(base)
    }

    /// Asks the peer what it is: its features, schemas and resource types.
    ///
    /// # Errors
    ///
    /// Only when the peer cannot be reached or does not let the client in. Whatever else is missing or wrong is a
    /// warning in the answer.
    pub async fn discover(&self) -> Result<Peer> {
        peer::discover(&self.core).await
    }

    /// The same client, which now finds endpoints, page sizes and bulk limits in what the peer said.
    #[must_use]
    pub fn knowing(&self, peer: impl Into<Arc<Peer>>) -> Self {
        self.with(|core| core.peer = Some(peer.into()))
    }

    /// What is known of the peer.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.core.peer.as_deref()
    }

    /// The address of the service provider, without a final slash.
    #[must_use]
    pub fn base(&self) -> &Url {
        self.core.base.url()
    }

    /// The same client, which writes in another dialect. The pace stays that of the first one.
    #[must_use]
    pub fn speaking(&self, dialect: Dialect) -> Self {
        self.with(|core| core.dialect = Arc::new(dialect))
    }

    /// The dialect in which the client writes.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.core.dialect
    }

    /// The same client with another time limit for each attempt.
    #[must_use]
    pub fn within(&self, attempt: Duration) -> Self {
        self.with(|core| core.limits.attempt = attempt)
    }

    /// The same client, which sends this as `X-Request-Id`, so that the peer's logs can be matched.
    #[must_use]
    pub fn correlated(&self, id: &str) -> Self {
        let printable: String = id.chars().filter(char::is_ascii_graphic).collect();
        self.with(|core| core.correlation = Some(printable.into()))
    }

    /// The same client, which sends reads but writes down writes instead of sending them.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(client: tenure_scim_client::Client) -> Result<(), tenure_scim_client::ClientError> {
    /// let (dry, record) = client.dry_run();
    /// dry.add_members("staff", &["42".to_owned()]).await?;
    /// for request in record.requests() {
    ///     println!("{request}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dry_run(&self) -> (Self, Arc<DryRun>) {
        let record = Arc::new(DryRun::new(self.core.transport.clone()));
        let transport = record.clone();
        (self.with(|core| core.transport = transport), record)
    }

    fn with(&self, change: impl FnOnce(&mut Core)) -> Self {
        let mut core = (*self.core).clone();
        change(&mut core);
        Self { core: Arc::new(core) }
    }
}

impl Core {
    /// The path of a resource type below the base.
    pub(crate) fn endpoint(&self, resource_type: &str) -> Result<String> {
        if let Some(kind) = self.peer.as_deref().and_then(|peer| peer.resource_type(resource_type)) {
            // Some peers give the whole address.
            return Ok(match Url::parse(&kind.endpoint) {
                Ok(url) => url.path().strip_prefix(self.base.url().path()).unwrap_or(url.path()).to_owned(),
                Err(_) => kind.endpoint.clone(),
            });
        }
        match resource_type {
            name if name.eq_ignore_ascii_case("User") => Ok("Users".to_owned()),
            name if name.eq_ignore_ascii_case("Group") => Ok("Groups".to_owned()),
            name => Err(ClientError::unsupported(format!(
                "no endpoint is known for resource type `{name}`; discover the peer first"
            ))),
        }
    }

    pub(crate) fn url(&self, resource_type: &str, id: Option<&str>) -> Result<Url> {
        self.base.join(&self.endpoint(resource_type)?, id)
    }
}

/// Adds parameters to an address, with spaces as `%20`: not every peer reads `+`.
pub(crate) fn with_parameters(mut url: Url, pairs: &[(&str, String)]) -> Url {
    if pairs.is_empty() {
        return url;
    }
    let encode = |text: &str| -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    url.set_query(Some(&query.join("&")));
    url
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.core.base)
            .field("auth", &self.core.auth)
            .field("dialect", &self.core.dialect.name)
            .finish_non_exhaustive()
    }
}
