use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tenure_scim::ScimError;

use crate::Server;
use crate::reply::Reply;

/// Many servers behind one address, told apart by their base paths.
///
/// Each has its own connector, tokens, profile, limits and cursors, so that nothing of one reaches another.
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_scim::{Profile, SchemaRegistry};
/// use tenure_scim_server::{Server, Tenants};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = |name: &str, profile: &str| -> Result<Server, Box<dyn std::error::Error>> {
///     let clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
///     let server = Server::builder(Arc::new(MemoryConnector::new(name)), SchemaRegistry::builtin(), clock)
///         .base_path(format!("/{name}/scim/v2"))
///         .profile(Profile::named(profile).ok_or("no such profile")?)
///         .token("a-long-random-token", name);
///     Ok(server.build()?)
/// };
/// let tenants = Tenants::new().with(tenant("acme", "entra")?).with(tenant("globex", "okta-custom")?);
/// assert!(tenants.find("/globex/scim/v2/Users").is_some());
/// assert!(tenants.find("/globexx/scim/v2/Users").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tenants {
    servers: Arc<Vec<Server>>,
}

impl Tenants {
    /// No tenant.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tenant. Where base paths are nested, the longest one that fits a request answers it.
    #[must_use]
    pub fn with(mut self, server: Server) -> Self {
        let servers = Arc::make_mut(&mut self.servers);
        servers.push(server);
        servers.sort_by_key(|server| std::cmp::Reverse(server.base_path().len()));
        self
    }

    /// The server that answers a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Server> {
        self.servers.iter().find(|server| {
            path.strip_prefix(server.base_path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        match self.find(request.uri().path()) {
            Some(server) => server.handle(request).await,
            None => Reply::error(&ScimError::not_found("there is no such endpoint")).into_response(false),
        }
    }
}
