use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassSchema, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, MissingPermission, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_connector_rest::{Clock, TokenSource};
use tenure_scim_client::{Auth, Client, HttpTransport, Limits, Peer, Query, Recovery, Transport};

use crate::error::translate;
use crate::{AuthConfig, ScimConfig, capabilities, tokens};

/// Provisions into a SCIM 2.0 service provider.
///
/// It discovers the peer with the first call that needs to know it. It never waits and never repeats; layers around
/// it do.
pub struct ScimConnector {
    pub(crate) config: ScimConfig,
    client: Client,
    known: Mutex<Option<Client>>,
}

impl ScimConnector {
    /// Makes a connector over the network. Build the `reqwest::Client` without redirects, as
    /// [`http_client`](tenure_connector_rest::http_client) does.
    ///
    /// # Errors
    ///
    /// `Config`, when the address or the credentials cannot be used, or are OAuth, which needs
    /// [`with_clock`](Self::with_clock).
    pub fn new(config: ScimConfig, http: reqwest::Client) -> Result<Self> {
        Self::over(config, HttpTransport::new(http))
    }

    /// Makes a connector over the network that may ask for OAuth tokens, whose ends the clock tells.
    ///
    /// # Errors
    ///
    /// `Config`, when an address or the credentials cannot be used.
    pub fn with_clock(config: ScimConfig, http: reqwest::Client, clock: Clock) -> Result<Self> {
        match &config.auth {
            AuthConfig::Oauth(oauth) => {
                let source = tokens::source(oauth, http.clone(), clock)?;
                Self::with_tokens(config, http, source)
            }
            _ => Self::new(config, http),
        }
    }

    /// Makes a connector over the network that takes its bearer tokens from a source, whatever the configuration says.
    ///
    /// # Errors
    ///
    /// `Config`, when the address cannot be used.
    pub fn with_tokens(
        config: ScimConfig,
        http: reqwest::Client,
        source: impl TokenSource + 'static,
    ) -> Result<Self> {
        Self::build(config, HttpTransport::new(http), tokens::auth(source))
    }

    /// Makes a connector over a transport of the program's own.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn over(config: ScimConfig, transport: impl Transport + 'static) -> Result<Self> {
        if matches!(config.auth, AuthConfig::Oauth(_)) {
            let detail = "OAuth tokens need a clock; make the connector with one";
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail));
        }
        let auth = config.auth.to_auth().map_err(|error| translate(&error))?;
        Self::build(config, transport, auth)
    }

    fn build(config: ScimConfig, transport: impl Transport + 'static, auth: Auth) -> Result<Self> {
        let builder = Client::builder(config.base_url.clone())
            .auth(auth)
            .transport(transport)
            .dialect(config.dialect.clone())
            .recovery(Recovery::ByExternalId)
            .limits(Limits { attempt: config.timeout, ..Limits::default() });
        let builder = if config.allow_plain_http { builder.allow_plain_http() } else { builder };
        let client = builder.build().map_err(|error| translate(&error))?;
        Ok(Self { config, client, known: Mutex::default() })
    }

    /// The client for one call: it knows the peer, and sends the id and the time limit of the call.
    pub(crate) async fn client(&self, ctx: &Context) -> Result<Client> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let client = match known {
            Some(client) => client,
            None => self.discover(ctx).await?,
        };
        Ok(self.for_call(&client, ctx))
    }

    fn for_call(&self, client: &Client, ctx: &Context) -> Client {
        let client = client.correlated(ctx.correlation());
        match ctx.deadline() {
            Some(deadline) => client.within(deadline.min(self.config.timeout)),
            None => client,
        }
    }

    async fn discover(&self, ctx: &Context) -> Result<Client> {
        let peer = self.for_call(&self.client, ctx).discover().await.map_err(|error| translate(&error))?;
        let client = self.client.knowing(Arc::new(peer));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }

    /// The name of the resource type of a class, if the peer has it.
    pub(crate) fn resource_type(client: &Client, class: &ObjectClass) -> Result<String> {
        let kind = client.peer().and_then(|peer| peer.resource_type(class.as_str()));
        kind.map(|kind| kind.name.clone()).ok_or_else(|| ConnectorError::unknown_class(class))
    }
}

#[async_trait]
impl Connector for ScimConnector {
    fn info(&self) -> ConnectorInfo {
        let url = &self.config.base_url;
        let host = url.host_str().unwrap_or_default();
        let instance = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        ConnectorInfo::new("scim", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), instance)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let client = self.client(ctx).await?;
        let mut schema = ConnectorSchema::new()
            .with(ObjectClass::ENTITLEMENT, entitlement_class())
            .with(ObjectClass::GRANT, grant_class());
        for class in client.peer().into_iter().flat_map(classes) {
            schema = schema.with(ObjectClass::from(class.resource_type.name.as_str()), class);
        }
        Ok(schema)
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let client = self.discover(ctx).await?;
        let client = self.for_call(&client, ctx);
        let Some(peer) = client.peer() else { return Ok(CheckReport::ok(self.capabilities())) };
        let mut report = CheckReport::ok(capabilities::with(&self.config, peer));
        report.warnings.clone_from(&peer.warnings);
        for class in [ObjectClass::USER, ObjectClass::GROUP] {
            if peer.resource_type(class.as_str()).is_none() {
                continue;
            }
            match client.list(class.as_str(), &Query::new().with_page_size(1)).await {
                Ok(page) => report.rate = tenure_connector_rest::rate_signal(&page.headers).or(report.rate),
                Err(error) if error.status() == Some(403) => {
                    let capabilities = report.capabilities.classes.remove(&class);
                    let operations = capabilities.into_iter().flat_map(|class| class.operations.into_keys());
                    report.missing.push(MissingPermission {
                        permission: format!("read {class}"),
                        needed_for: operations.map(|kind| (class.clone(), kind)).collect(),
                    });
                }
                Err(error) => return Err(translate(&error)),
            }
        }
        Ok(report)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.read_one(&self.client(ctx).await?, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.read_page(&self.client(ctx).await?, query).await
    }

    async fn changes(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let detail = format!("SCIM cannot follow changes of class `{class}`");
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        if let Some(because) = self.refusal(request) {
            return Err(because);
        }
        self.write(&self.client(ctx).await?, ctx, request).await
    }

    async fn poll(&self, _ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let detail = format!("SCIM starts no jobs, so there is none called `{}`", job.id);
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
    }
}

/// The peer's resource types as classes, each with its schemas.
fn classes(peer: &Peer) -> impl Iterator<Item = ClassSchema> {
    peer.resource_types.iter().filter_map(|kind| {
        let schema = peer.schema(&kind.name)?;
        let extensions = schema.extensions().map(|(extension, _)| extension.clone());
        let found_by: &[&str] = match kind.name.as_str() {
            "User" => &[ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID, ObjectRef::EMAIL],
            _ => &[ObjectRef::DISPLAY_NAME, ObjectRef::EXTERNAL_ID],
        };
        Some(ClassSchema {
            resource_type: schema.resource_type().clone(),
            schemas: std::iter::once(schema.base().clone()).chain(extensions).collect(),
            found_by: found_by.iter().map(|name| (*name).to_owned()).collect(),
        })
    })
}

impl fmt::Debug for ScimConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimConnector").field("client", &self.client).finish_non_exhaustive()
    }
}
