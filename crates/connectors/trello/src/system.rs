use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorError, ConnectorInfo, Context, EntitlementRef,
    Outcome, Result,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, Listing, New, System, Wire, delete, protocol, text, unclear,
};
use tenure_connector_rest::{Answer, Mapping, RestClient, narrow};

use crate::{TrelloConfig, capabilities, fields};

/// What only Trello has: memberships of a workspace, boards with members of their own.
#[derive(Debug)]
pub struct Trello {
    pub(crate) config: TrelloConfig,
    pub(crate) client: RestClient,
    /// Addresses below the workspace: those below a member have a limit of their own, which is soon used up.
    pub(crate) workspace: RestClient,
    users: Arc<Mapping>,
}

impl Trello {
    pub(crate) fn memberships(&self) -> Result<Listing> {
        let all = Listing::new(&self.workspace, self.workspace.get(&["memberships"])?, "");
        Ok(all.with("member", "true").with("member_fields", "username,fullName,email"))
    }
}

#[async_trait]
impl System for Trello {
    type Config = TrelloConfig;

    fn new(config: TrelloConfig, wire: &Wire) -> Result<Self> {
        let client = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let workspace = client.clone().below(&["organizations", &config.workspace])?;
        Ok(Self { client, workspace, users: fields::users()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("trello", name, version, &self.config.workspace)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    /// A member is deleted from all boards, too: on them a former member would stay as a guest, who is paid for.
    fn collections(&self) -> Result<Vec<Collection>> {
        let members = Collection::new(&self.workspace, &self.users, "members");
        let members = members.listed(self.memberships()?).deleted(delete("members/{id}/all"));
        Ok(vec![members.looked_up()])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn entitlements(&self, ctx: &Context, _kind: &str) -> Result<List> {
        self.seat(ctx).await
    }

    async fn read(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        let all = self.memberships()?.all(ctx).await?;
        Ok(all.into_iter().find(|own| text(own, "/idMember") == Some(id)))
    }

    async fn find(&self, ctx: &Context, _name: &str, _value: &str) -> Result<Vec<Value>> {
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
    async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        let body = Value::from(new.body);
        let name = text(&body, "/flat/name").unwrap_or_default();
        if !name.contains('@') {
            let detail =
                format!("expected an e-mail address, found `{name}`: a {} is invited by one", new.class);
            return Err(ConnectorError::invalid_input("userName", detail));
        }
        let before = self.memberships()?.all(new.ctx).await?;
        let request =
            self.workspace.put(&["members"])?.with_query("email", name).with_query("type", "normal");
        let full = text(&body, "/member/fullName").unwrap_or_default();
        let answer = self.workspace.send(new.ctx, &request.with_query("fullName", full)).await?;
        let known = |own: &Value| before.iter().any(|old| text(old, "/idMember") == text(own, "/idMember"));
        let after = unclear(self.memberships()?.all(new.ctx).await)?;
        let made = after.into_iter().find(|own| !known(own));
        let none = || protocol("expected a new member in the workspace, found none");
        Ok((unclear(made.ok_or_else(none))?, answer))
    }

    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        let stop = !status.is_active();
        if user.is("/deactivated") == stop {
            return Ok(Outcome::already_so());
        }
        let request = self.workspace.put(&["members", user.id, "deactivated"])?;
        self.workspace.done(user.ctx, request.with_query("value", stop.to_string())).await
    }

    async fn grant(&self, user: Found<'_>, _wanted: &EntitlementRef) -> Result<Outcome> {
        self.license(user, true).await
    }

    async fn revoke(&self, user: Found<'_>, _held: &EntitlementRef) -> Result<Outcome> {
        self.license(user, false).await
    }
}
