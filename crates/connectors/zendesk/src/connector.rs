use async_trait::async_trait;
use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::{
    Capabilities, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo, ConnectorSchema,
    Context, DeltaToken, EntitlementRef, ExclusiveGroup, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Operation, Outcome, Page, Result, WriteRequest,
};
use tenure_connector_rest::{Auth, HarRecorder, Mapping, RestClient, refusal};

use crate::fields::{self, AUDIT_LOG};
use crate::{ZendeskConfig, capabilities, vendor};

/// Provisions into one instance of Zendesk Support.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_zendesk::{ZendeskConfig, ZendeskConnector, api_token};
///
/// let config = ZendeskConfig::new("https://meridian.zendesk.com".parse()?);
/// let auth = api_token("admin@example.com", &Secret::new("token"));
/// let connector = ZendeskConnector::new(config, auth, reqwest::Client::new())?;
/// assert_eq!(connector.info().instance, "meridian.zendesk.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ZendeskConnector {
    pub(crate) config: ZendeskConfig,
    pub(crate) client: RestClient,
    pub(crate) users: Mapping,
    pub(crate) groups: Mapping,
    pub(crate) audit_logs: Mapping,
}

impl ZendeskConnector {
    /// Makes a connector. Build the `reqwest::Client` with [`http_client`](tenure_connector_rest::http_client), which
    /// follows no redirect.
    ///
    /// # Errors
    ///
    /// `Config`, when the address cannot be used.
    pub fn new(config: ZendeskConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(vendor::rules())
            .with_timeout(config.timeout);
        Ok(Self {
            config,
            client,
            users: fields::users()?,
            groups: fields::groups()?,
            audit_logs: fields::audit_logs()?,
        })
    }

    /// Records every request and its answer, without their secrets.
    #[must_use]
    pub fn with_har(mut self, har: HarRecorder) -> Self {
        self.client = self.client.with_har(har);
        self
    }
}

#[async_trait]
impl Connector for ZendeskConnector {
    fn info(&self) -> ConnectorInfo {
        let url = &self.config.base_url;
        let host = url.host_str().unwrap_or_default();
        ConnectorInfo::new("zendesk", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let mut members = vec![EntitlementRef::new("role", "agent"), EntitlementRef::new("role", "admin")];
        members
            .extend(self.roles(ctx).await?.iter().map(|role| EntitlementRef::new("role", role.id.as_str())));
        let mut schema = ConnectorSchema::new()
            .with(ObjectClass::USER, self.users.described())
            .with(ObjectClass::GROUP, self.groups.described())
            .with(ObjectClass::ENTITLEMENT, entitlement_class())
            .with(ObjectClass::GRANT, grant_class())
            .with(AUDIT_LOG, self.audit_logs.described());
        schema.exclusive.push(ExclusiveGroup { name: "role".to_owned(), members, fallback: None });
        Ok(schema)
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.report(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.read_one(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.read_page(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.follow(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        if let Some(because) = refusal(&self.capabilities(), request) {
            return Err(because);
        }
        match &request.operation {
            Operation::Create { class, resource } => self.create(ctx, class, resource).await,
            Operation::Update { object, patch } => self.update(ctx, object, patch).await,
            Operation::SetStatus { object, status } => {
                self.set_suspended(ctx, object, !status.is_active()).await
            }
            Operation::Delete { object, mode } => self.delete(ctx, object, *mode).await,
            Operation::Grant { object, entitlement, .. } => self.grant(ctx, object, entitlement).await,
            Operation::Revoke { object, entitlement } => self.revoke(ctx, object, entitlement).await,
            Operation::RevokeSessions { object, scope } => self.end_sessions(ctx, object, *scope).await,
            Operation::TransferOwnership { object, to, scope } => {
                self.transfer_tickets(ctx, object, to, scope).await
            }
            Operation::AssignLicence { object, licence } => self.assign_seat(ctx, object, licence).await,
            Operation::ReleaseLicence { object, licence } => self.release_seat(ctx, object, licence).await,
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.ask_jobs(ctx, job).await
    }
}
