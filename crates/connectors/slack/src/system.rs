use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorInfo, Context, DeleteMode, EntitlementRef, ErrorKind,
    ExclusiveGroup, ObjectClass, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{List, Listing, System, done, items};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, narrow};
use tenure_scim::Resource;

use crate::{SlackConfig, capabilities, vendor};

/// What only Slack has: SCIM for accounts and groups, the Web API for the rest.
#[derive(Debug)]
pub struct Slack {
    pub(crate) config: SlackConfig,
    pub(crate) scim: RestClient,
    pub(crate) web: RestClient,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

impl Slack {
    /// A call of the Web API that reads.
    pub(crate) fn ask(&self, method: &str) -> Result<Request> {
        self.web.get(&[method])
    }

    pub(crate) async fn read_web(&self, ctx: &Context, request: &Request) -> Result<Value> {
        self.web.json(ctx, request).await
    }

    /// A call of the Web API that changes something.
    pub(crate) async fn tell(&self, ctx: &Context, method: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.web.send(ctx, &self.web.post(&[method])?.with_form(fields)).await
    }

    /// A list of SCIM, which is walked by numbers.
    pub(crate) fn listing(&self, kind: &str) -> Result<Listing> {
        let (parameter, total) = ("startIndex".to_owned(), "/totalResults".to_owned());
        Ok(Listing::new(&self.scim, self.scim.get(&[kind])?, "/Resources")
            .paged(Paging::StartIndex { parameter, total })
            .sized("count", 1000))
    }
}

#[async_trait]
impl System for Slack {
    type Config = SlackConfig;

    fn new(config: SlackConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = |base: &url::Url| RestClient::new(base.clone(), auth.clone(), http.clone());
        Ok(Self {
            scim: client(&config.scim_url)?.with_rules(vendor::scim_rules()).with_timeout(config.timeout()),
            web: client(&config.api_url)?.with_rules(vendor::web_rules()).with_timeout(config.timeout()),
            users: vendor::users()?,
            groups: vendor::groups()?,
            config,
        })
    }

    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("slack", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.team)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.scim, &mut self.web]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        let channels = usize::from(self.config.channels);
        match class.as_str() {
            "Entitlement" => 3 + channels,
            "Grant" => 4 + channels,
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match (class.as_str(), number) {
            ("User", _) => self.listing("Users")?.mapped(&self.users).into(),
            ("Group", _) => self.listing("Groups")?.mapped(&self.groups).into(),
            ("Entitlement", number) => self.entitlements(ctx, number).await?,
            (_, number) => self.grants(ctx, number).await?,
        })
    }

    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        self.scim.try_json(ctx, &self.scim.get(&[kind(class), id])?).await
    }

    async fn find(&self, ctx: &Context, class: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        let filter = format!("{name} eq {}", Value::from(value));
        let request = self.scim.get(&[kind(class)])?.with_query("filter", filter);
        Ok(items(&self.scim.json(ctx, &request).await?, "/Resources")?.to_vec())
    }

    async fn exclusive(&self, _ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        let members = ["admin", "owner"].map(|role| EntitlementRef::new("role", role)).to_vec();
        Ok(vec![ExclusiveGroup { name: "role".to_owned(), members, fallback: None }])
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let answer = self.web.send(ctx, &self.ask("auth.test")?).await?;
        let scopes = answer.headers.get("x-oauth-scopes").and_then(|scopes| scopes.to_str().ok());
        if let Some(scopes) = scopes {
            narrow(report, |scope| scopes.split(',').any(|own| own.trim() == scope));
        }
        let request = self.scim.get(&["Users"])?.with_query("count", "1");
        match self.scim.send(ctx, &request).await {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::Permission | ErrorKind::NotFound) => {
                narrow(report, |scope| scope != capabilities::ADMIN);
                report
                    .warnings
                    .push("SCIM is closed: the plan or the rank of the token's owner is too low".to_owned());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        self.create_account(ctx, kind(class), body).await
    }

    async fn update(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        self.patch(ctx, kind(class), item, changes).await
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        if item.get("active") == Some(&status.is_active().into()) {
            return Ok(Outcome::already_so());
        }
        let change = Map::from_iter([("active".to_owned(), status.is_active().into())]);
        self.patch(ctx, "Users", item, change).await
    }

    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let id = tenure_connector_rest::system::need_text(item, "/id")?;
        let answer = self.scim.send(ctx, &self.scim.delete(&[kind(class), id])?).await?;
        Ok(done(&answer))
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        self.reset_sessions(ctx, item, scope).await
    }
}

/// A list of the Web API: an empty cursor is the end.
pub(crate) fn paged(web: &RestClient, request: Request, name: &str) -> Listing {
    let at = "/response_metadata/next_cursor".to_owned();
    let paging = Paging::Cursor { at, parameter: "cursor".to_owned() };
    Listing::new(web, request, name).paged(paging).sized("limit", 200)
}

fn kind(class: &ObjectClass) -> &'static str {
    if *class == ObjectClass::GROUP { "Groups" } else { "Users" }
}
