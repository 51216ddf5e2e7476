use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tenure_connector::{
    Capabilities, CheckReport, ConnectorInfo, Context, EntitlementRef, ErrorKind, Outcome, Result,
    SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, System, Wire, refused, scim_patch, scopes_of,
};
use tenure_connector_rest::{Mapping, Paging, RestClient, narrow, unless_closed};

use crate::{SlackConfig, capabilities, fields};

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
    /// A call of the Web API that changes something.
    pub(crate) async fn tell(&self, ctx: &Context, method: &str, fields: &[(&str, &str)]) -> Result<Outcome> {
        self.web.done(ctx, self.web.post(&[method])?.with_form(fields)).await
    }
}

#[async_trait]
impl System for Slack {
    type Config = SlackConfig;

    /// Lists of SCIM go on by numbers; of a list of the Web API an empty cursor is the end.
    fn new(config: SlackConfig, wire: &Wire) -> Result<Self> {
        let (parameter, total) = ("startIndex".to_owned(), "/totalResults".to_owned());
        let scim = wire.client(&config.scim_url, config.timeout_seconds, fields::scim_rules())?;
        let scim = scim.with_lists(Paging::StartIndex { parameter, total }, "count", 1000);
        let (at, parameter) = ("/response_metadata/next_cursor".to_owned(), "cursor".to_owned());
        let web = wire.client(&config.api_url, config.timeout_seconds, fields::web_rules())?;
        let web = web.with_lists(Paging::Cursor { at, parameter }, "limit", 200);
        Ok(Self { scim, web, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("slack", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.team)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let one = |mapping: &Arc<Mapping>, path: &str| -> Result<Collection> {
            let list = self.scim.list(&[path], "/Resources")?;
            let equal = |name: &str, value: &str| ("filter", format!("{name} eq {}", Value::from(value)));
            let one = Collection::new(&self.scim, mapping, path).listed(list).searched(equal);
            Ok(one.changed_with(scim_patch))
        };
        let users = one(&self.users, "Users")?.made_with(fields::new_user);
        Ok(vec![users, one(&self.groups, "Groups")?.made_with(fields::new_group)])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn entitlements(&self, ctx: &Context, _kind: &str) -> Result<List> {
        self.seat(ctx).await
    }

    async fn grants(&self, ctx: &Context, _kind: &str, _number: usize) -> Result<List> {
        Ok(List::Given(self.seats(ctx).await?))
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let answer = self.web.send(ctx, &self.web.get(&["auth.test"])?).await?;
        if let Some(scopes) = scopes_of(&answer) {
            narrow(report, |scope| scopes.iter().any(|own| own == scope));
        }
        let request = self.scim.get(&["Users"])?.with_query("count", "1");
        if unless_closed(self.scim.send(ctx, &request).await)?.is_none() {
            narrow(report, |scope| scope != capabilities::ADMIN);
            let warning = "SCIM is closed: the plan or the rank of the token's owner is too low";
            report.warnings.push(warning.to_owned());
        }
        Ok(())
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        match wanted.kind.as_str() {
            "role" => self.set_role(user, wanted, true).await,
            _ => self.set_usergroup(user, wanted, true).await,
        }
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            "role" => self.set_role(user, held, false).await,
            _ => self.set_usergroup(user, held, false).await,
        }
    }

    /// Slack does not tell whether there were sessions.
    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        let mut fields = vec![("user_id", user.id)];
        match scope {
            SessionScope::All => {}
            SessionScope::Web => fields.push(("web_only", "true")),
            SessionScope::Mobile => fields.push(("mobile_only", "true")),
            SessionScope::Tokens => {
                return Err(refused(ErrorKind::Unsupported, "the API ends sessions, not tokens of apps"));
            }
        }
        self.tell(user.ctx, "admin.users.session.reset", &fields).await
    }
}
