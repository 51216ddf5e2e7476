use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use tenure_connector::{Capabilities, Clock, Connector, ObjectClass};
use tenure_scim::cursor::CursorKey;
use tenure_scim::validate::ValidateOptions;
use tenure_scim::{Fired, Profile, ResourceSchema, SchemaRegistry, uri};

use crate::audit::Audit;
use crate::auth::Authenticate;
use crate::authorize::Authorize;
use crate::bounded::Bounded;
use crate::builder::ServerBuilder;
use crate::config::{Deletion, Features, Limits, PatchAnswer, PersonalFilters};
use crate::dispatch;
use crate::gate::Gate;
use crate::later::Later;
use crate::rate::Buckets;
use crate::walk::Walks;

/// A SCIM 2.0 service provider for one tenant, standing on any connector.
///
/// It takes HTTP requests as values and answers with values; any HTTP library can carry them. Cheap to clone.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use tenure_connector::Connector;
/// use tenure_scim::SchemaRegistry;
/// use tenure_scim_server::Server;
///
/// # async fn run(directory: Arc<dyn Connector>) -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
/// let server = Server::builder(directory, SchemaRegistry::builtin(), clock)
///     .base_path("/scim/v2")
///     .token("a-long-random-token", "okta")
///     .build()?;
///
/// let request = http::Request::get("/scim/v2/Users?count=2")
///     .header("authorization", "Bearer a-long-random-token")
///     .body(Bytes::new())?;
/// let response = server.handle(request).await;
/// assert_eq!(response.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Server {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) connector: Bounded,
    pub(crate) capabilities: Capabilities,
    pub(crate) registry: SchemaRegistry,
    /// The names of the resource types that are served.
    pub(crate) served: BTreeSet<String>,
    pub(crate) clock: Clock,
    pub(crate) base_path: String,
    pub(crate) base_url: Option<String>,
    pub(crate) profile: Profile,
    pub(crate) features: Features,
    pub(crate) limits: Limits,
    pub(crate) patch_answer: PatchAnswer,
    pub(crate) deletion: Deletion,
    pub(crate) personal_filters: PersonalFilters,
    pub(crate) validation: ValidateOptions,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) authorize: Arc<dyn Authorize>,
    pub(crate) audit: Option<Arc<dyn Audit>>,
    pub(crate) later: Option<Later>,
    pub(crate) cursor_key: CursorKey,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) gate: Gate,
    pub(crate) walks: Walks,
    pub(crate) tolerances: Mutex<BTreeMap<&'static str, u64>>,
}

impl Server {
    /// Starts to build a server on a connector.
    ///
    /// `registry` holds the resource types that are served; those of which the connector has no class are left out.
    pub fn builder(connector: Arc<dyn Connector>, registry: SchemaRegistry, clock: Clock) -> ServerBuilder {
        ServerBuilder::new(connector, registry, clock)
    }

    /// Answers one request. It always answers: every failure is a SCIM error body.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is done leaves it open whether a write happened.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        dispatch::handle(&self.inner, request).await
    }

    /// The path under which the endpoints are, without a slash at its end.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.inner.base_path
    }

    /// How often each tolerance of the profile was needed, by its id, since the server was built.
    #[must_use]
    pub fn tolerances(&self) -> BTreeMap<&'static str, u64> {
        self.inner.tolerances.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Inner {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// The resource types that are served: registered, and known to the connector.
    pub(crate) fn served(&self) -> impl Iterator<Item = &ResourceSchema> {
        self.registry.resources().filter(|schema| self.served.contains(schema.name()))
    }

    pub(crate) fn by_endpoint(&self, endpoint: &str) -> Option<&ResourceSchema> {
        self.served().find(|schema| schema.resource_type().endpoint.trim_matches('/') == endpoint)
    }

    /// The address of a resource: absolute when the server knows its own, else the path.
    pub(crate) fn location(&self, schema: &ResourceSchema, id: &str) -> String {
        let endpoint = schema.resource_type().endpoint.trim_matches('/');
        self.address(&format!("/{endpoint}/{}", encode(id)))
    }

    pub(crate) fn address(&self, path: &str) -> String {
        let base = self.base_url.as_deref().unwrap_or(&self.base_path);
        format!("{base}{path}")
    }

    pub(crate) fn count_tolerances(&self, fired: &Fired) {
        if fired.is_empty() {
            return;
        }
        let mut counts = self.tolerances.lock().unwrap_or_else(PoisonError::into_inner);
        for (tolerance, count) in fired.iter() {
            tracing::debug!(
                tolerance = tolerance.id(),
                profile = self.profile.id(),
                "the client needed a tolerance"
            );
            *counts.entry(tolerance.id()).or_default() += u64::from(count);
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("connector", &self.inner.connector)
            .field("base_path", &self.inner.base_path)
            .field("profile", &self.inner.profile.id())
            .finish_non_exhaustive()
    }
}

/// The connector's class of a resource type has the same name.
pub(crate) fn class_of(schema: &ResourceSchema) -> ObjectClass {
    ObjectClass::from(schema.name())
}

/// The resource types that a connector has objects of.
pub(crate) fn served(registry: &SchemaRegistry, capabilities: &Capabilities) -> BTreeSet<String> {
    registry
        .resources()
        .filter(|schema| !DISCOVERY.contains(&schema.base().id.as_str()))
        .filter(|schema| capabilities.class(&class_of(schema)).is_some())
        .map(|schema| schema.name().to_owned())
        .collect()
}

/// What the discovery endpoints answer are resources of the protocol, not of the connector.
const DISCOVERY: [&str; 3] = [uri::SERVICE_PROVIDER_CONFIG, uri::RESOURCE_TYPE, uri::SCHEMA];

/// Escapes what may not stand in a path segment.
fn encode(id: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@:".contains(&byte);
    if id.bytes().all(plain) {
        return Cow::Borrowed(id);
    }
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(out)
}
