use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, CheckReport, ConnectorError, ConnectorInfo, Context, DeleteMode,
    EntitlementRef, ErrorKind, ObjectClass, Outcome, Result,
};
use tenure_connector_rest::system::{List, Listing, System, done, need_text, protocol, removed, text};
use tenure_connector_rest::{Answer, Auth, Mapping, RestClient, narrow};
use tenure_scim::Resource;

use crate::{TrelloConfig, capabilities, fields};

/// What only Trello has: memberships of a workspace, boards with members of their own.
#[derive(Debug)]
pub struct Trello {
    pub(crate) config: TrelloConfig,
    pub(crate) client: RestClient,
    users: Arc<Mapping>,
}

impl Trello {
    /// An address below the workspace. Addresses below a member have a limit of their own, which is soon used up.
    pub(crate) fn workspace<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        ["organizations", &self.config.workspace].into_iter().chain(path.iter().copied()).collect()
    }

    pub(crate) fn memberships(&self) -> Result<Listing> {
        let request = self.client.get(&self.workspace(&["memberships"]))?.with_query("member", "true");
        let request = request.with_query("member_fields", "username,fullName,email");
        Ok(Listing::new(&self.client, request, ""))
    }

    async fn deactivate(&self, ctx: &Context, member: &str, value: bool) -> Result<Answer> {
        let request = self.client.put(&self.workspace(&["members", member, "deactivated"]))?;
        self.client.send(ctx, &request.with_query("value", value.to_string())).await
    }
}

#[async_trait]
impl System for Trello {
    type Config = TrelloConfig;

    fn new(config: TrelloConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
        Ok(Self { client, users: fields::users()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("trello", name, version, &self.config.workspace)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.client]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        match class.as_str() {
            "Entitlement" => 2,
            "Grant" => 3,
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        match class.as_str() {
            "User" => Ok(self.memberships()?.mapped(&self.users).into()),
            "Entitlement" => self.entitlements(ctx, number).await,
            _ => self.grants(number),
        }
    }

    async fn read(&self, ctx: &Context, _class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        let all = self.memberships()?.all(ctx).await?;
        Ok(all.into_iter().find(|own| text(own, "/idMember") == Some(id)))
    }

    async fn find(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        _name: &str,
        _value: &str,
    ) -> Result<Vec<Value>> {
        self.memberships()?.all(ctx).await
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let me = self.client.get(&["members", "me"])?.with_query("fields", "username");
        let answer = self.client.send(ctx, &me).await?;
        report.rate = answer.rate();
        let me: Value = answer.json()?;
        let all = self.memberships()?.all(ctx).await?;
        let own = all.iter().find(|own| text(own, "/idMember") == text(&me, "/id"));
        let is_admin = own.is_some_and(|own| text(own, "/memberType") == Some("admin"));
        narrow(report, |_| is_admin);
        Ok(())
    }

    /// The answer does not name the new member: it is the one who was not there before.
    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        body: Map<String, Value>,
        resource: &Resource,
    ) -> Result<(Value, Answer)> {
        let name = resource.text("userName").unwrap_or_default();
        let before = self.memberships()?.all(ctx).await?;
        let taken = before.iter().map(|own| self.users.item(own)).collect::<Result<Vec<_>>>()?;
        let same = |own: &str| own.eq_ignore_ascii_case(name);
        if let Some(other) = taken.into_iter().find(|own| own.resource.text("userName").is_some_and(same)) {
            return Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                .with_detail(format!("`{name}` is in the workspace"))
                .with_conflicting(other.object));
        }
        if !name.contains('@') {
            let detail = format!("expected an e-mail address, found `{name}`: a {class} is invited by one");
            return Err(ConnectorError::invalid_input("userName", detail));
        }
        let request = self.client.put(&self.workspace(&["members"]))?;
        let request = request.with_query("email", name).with_query("type", "normal");
        let full = resource.text("displayName").unwrap_or_default();
        let answer = self.client.send(ctx, &request.with_query("fullName", full)).await?;
        let unknown = |error: ConnectorError| error.with_certainty(Certainty::Unknown);
        let known = |own: &Value| before.iter().any(|old| text(old, "/idMember") == text(own, "/idMember"));
        let after = self.memberships()?.all(ctx).await.map_err(unknown)?;
        let made = after.into_iter().find(|own| !known(own));
        let made =
            made.ok_or_else(|| unknown(protocol("expected a new member in the workspace, found none")))?;
        if body.get("deactivated") == Some(&true.into()) && self.config.paid {
            self.deactivate(ctx, need_text(&made, "/idMember")?, true).await.map_err(unknown)?;
        }
        Ok((made, answer))
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        let stop = !status.is_active();
        if item.get("deactivated").and_then(Value::as_bool).unwrap_or(false) == stop {
            return Ok(Outcome::already_so());
        }
        Ok(done(&self.deactivate(ctx, need_text(item, "/idMember")?, stop).await?))
    }

    /// Takes the member out of all boards, too: on them a former member would stay as a guest, who is paid for.
    async fn delete(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let path = self.workspace(&["members", need_text(item, "/idMember")?, "all"]);
        removed(self.client.send(ctx, &self.client.delete(&path)?).await)
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }
}
