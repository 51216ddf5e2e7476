use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tenure_connector::{
    Capabilities, Certainty, CheckReport, ConnectorError, ConnectorInfo, Context, DeleteMode, EntitlementRef,
    ErrorKind, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, New, System, Wire, fixed, need_text, probe, refused, scopes_of,
    warn_of_closed,
};
use tenure_connector_rest::{Answer, Mapping, Paging, RestClient, absent, narrow};

use crate::{GithubConfig, capabilities, fields};

/// What only GitHub has: people who own their accounts, invitations, teams by the words of their addresses.
#[derive(Debug)]
pub struct Github {
    pub(crate) config: GithubConfig,
    pub(crate) org: RestClient,
    pub(crate) repositories: RestClient,
    pub(crate) users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

#[async_trait]
impl System for Github {
    type Config = GithubConfig;

    fn new(config: GithubConfig, wire: &Wire) -> Result<Self> {
        let client = wire
            .client(&config.base_url, config.timeout_seconds, fields::rules())?
            .with_header("accept", "application/vnd.github+json")?
            .with_header("x-github-api-version", "2022-11-28")?
            .with_lists(Paging::Link, "per_page", 100);
        let org = client.clone().below(&["orgs", &config.organization])?;
        let repositories = client.below(&["repos", &config.organization])?;
        Ok(Self { org, repositories, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("github", name, version, &self.config.organization)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    /// GitHub takes an invitation of somebody who is there for a change of the role.
    fn collections(&self) -> Result<Vec<Collection>> {
        let lists = 2 + usize::from(self.config.outside_collaborators);
        Ok(vec![
            Collection::new(&self.org, &self.users, "members").in_lists(lists).looked_up(),
            Collection::new(&self.org, &self.groups, "teams").listed(self.org.list(&["teams"], "")?),
        ])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn list(&self, ctx: &Context, number: usize) -> Result<List> {
        self.people(ctx, number).await
    }

    async fn entitlements(&self, ctx: &Context, _kind: &str) -> Result<List> {
        self.seat(ctx).await
    }

    async fn grants(&self, ctx: &Context, _kind: &str, number: usize) -> Result<List> {
        self.seats(ctx, number).await
    }

    async fn read(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        self.person(ctx, id).await
    }

    async fn find(&self, ctx: &Context, _name: &str, value: &str) -> Result<Vec<Value>> {
        Ok(self.person(ctx, value).await?.into_iter().collect())
    }

    /// A classic token says what it may do; any other is tried. Who is no owner sees less than there is.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let Some(answer) = absent(self.org.send(ctx, &self.org.get(&[])?).await)? else {
            let detail = format!("expected the organisation `{}`, found none", self.config.organization);
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::Refused).with_detail(detail));
        };
        report.rate = answer.rate();
        if let Some(scopes) = scopes_of(&answer) {
            narrow(report, |scope| scopes.iter().any(|own| own == scope));
        }
        let invitations = self.org.get(&["invitations"])?.with_query("per_page", "1");
        probe(ctx, report, &[(capabilities::ADMIN, &self.org, invitations)]).await?;
        for name in &self.config.repositories {
            let request = self.repositories.get(&[name, "collaborators"])?.with_query("per_page", "1");
            let asked = self.repositories.send(ctx, &request).await;
            warn_of_closed(report, &format!("the repository `{name}`"), "the token", asked)?;
        }
        if answer.json::<Value>()?.get("plan").is_none() {
            report.warnings.push("seats cannot be read: the token is no owner's".to_owned());
        }
        Ok(())
    }

    /// An address is invited as it is, a login as the person that it belongs to.
    async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        let login = new.body.get("login").and_then(Value::as_str).unwrap_or_default();
        let (request, body) = match login.contains('@') {
            true => (self.org.post(&["invitations"])?, json!({ "email": login, "role": "direct_member" })),
            false => (self.org.put(&["memberships", login])?, json!({ "role": "member" })),
        };
        let sent = self.org.send(new.ctx, &request.with_json(&body)?).await;
        let answer = sent.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let detail = format!("GitHub knows nobody with the login `{login}`");
                ConnectorError::invalid_input("userName", detail)
            }
            _ => error,
        })?;
        Ok((json!({ "login": login }), answer))
    }

    async fn delete(&self, user: Found<'_>, _mode: DeleteMode) -> Result<Outcome> {
        let path = match user.text("/kind") {
            Some("outside_collaborator") => ["outside_collaborators", user.id],
            Some("invitation") => ["invitations", need_text(user.item, "/invitation")?],
            _ if user.is("/throughEnterprise") => {
                return Err(fixed("the membership comes by a team of the enterprise; take that away"));
            }
            _ => ["memberships", user.id],
        };
        self.org.removed(user.ctx, self.org.delete(&path)?).await
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        self.give_access(user, wanted).await
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        self.take_access(user, held).await
    }

    /// Sessions are the person's; what single sign-on authorised is the organisation's.
    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Web | SessionScope::Mobile) {
            let why = "sessions are the person's own; tokens and keys can be revoked";
            return Err(refused(ErrorKind::Unsupported, why));
        }
        let path = ["credential-authorizations", user.id, "revoke"];
        self.org.removed(user.ctx, self.org.post(&path)?).await
    }
}
