use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, Certainty, CheckReport, ConnectorError, ConnectorInfo, Context, DeleteMode, EntitlementRef,
    ErrorKind, ExclusiveGroup, ObjectClass, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{List, Listing, System, done, fixed, need_text, probe, removed, text};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, absent, narrow};
use tenure_scim::Resource;

use crate::{GithubConfig, capabilities, fields};

/// What only GitHub has: people who own their accounts, invitations, teams by the words of their addresses.
#[derive(Debug)]
pub struct Github {
    pub(crate) config: GithubConfig,
    pub(crate) client: RestClient,
    pub(crate) users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

impl Github {
    /// An address below the organisation.
    pub(crate) fn org<'a>(&'a self, path: &[&'a str]) -> Vec<&'a str> {
        ["orgs", &self.config.organization].into_iter().chain(path.iter().copied()).collect()
    }

    pub(crate) fn listing(&self, request: Request) -> Listing {
        Listing::new(&self.client, request, "").paged(Paging::Link).sized("per_page", 100)
    }

    pub(crate) fn all(&self, path: &[&str]) -> Result<Listing> {
        Ok(self.listing(self.client.get(&self.org(path))?))
    }
}

#[async_trait]
impl System for Github {
    type Config = GithubConfig;

    fn new(config: GithubConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_header("accept", "application/vnd.github+json")?
            .with_header("x-github-api-version", "2022-11-28")?
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
        Ok(Self { client, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("github", name, version, &self.config.organization)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.client]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        match class.as_str() {
            "User" => 2 + usize::from(self.config.outside_collaborators),
            "Entitlement" => 3 + usize::from(!self.config.repositories.is_empty()),
            "Grant" => 5 + 2 * self.config.repositories.len(),
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match class.as_str() {
            "User" => self.people(ctx, number).await?,
            "Group" => self.all(&["teams"])?.mapped(&self.groups).into(),
            "Entitlement" => self.entitlements(ctx, number).await?,
            _ => self.grants(ctx, number).await?,
        })
    }

    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        match *class == ObjectClass::GROUP {
            true => self.client.try_json(ctx, &self.client.get(&self.org(&["teams", id]))?).await,
            false => self.person(ctx, id).await,
        }
    }

    async fn find(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        _name: &str,
        value: &str,
    ) -> Result<Vec<Value>> {
        Ok(self.person(ctx, value).await?.into_iter().collect())
    }

    async fn exclusive(&self, _ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        Ok(self.permission_groups())
    }

    /// A classic token says what it may do; any other is tried. Who is no owner sees less than there is.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let answer = absent(self.client.send(ctx, &self.client.get(&self.org(&[]))?).await)?;
        let Some(answer) = answer else {
            let detail = format!("expected the organisation `{}`, found none", self.config.organization);
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::Refused).with_detail(detail));
        };
        report.rate = answer.rate();
        let scopes = answer.headers.get("x-oauth-scopes").and_then(|scopes| scopes.to_str().ok());
        if let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty()) {
            narrow(report, |scope| scopes.split(',').any(|own| own.trim() == scope));
        }
        let invitations = self.client.get(&self.org(&["invitations"]))?.with_query("per_page", "1");
        probe(ctx, report, &[(capabilities::ADMIN, &self.client, invitations)]).await?;
        for repository in self.closed_repositories(ctx).await? {
            let detail = format!("the repository `{repository}` is not there, or not open to the token");
            report.warnings.push(detail);
        }
        if answer.json::<Value>()?.get("plan").is_none() {
            report.warnings.push("seats cannot be read: the token is no owner's".to_owned());
        }
        Ok(())
    }

    /// An address is invited as it is, a login as the person that it belongs to. GitHub takes an invitation of somebody who
    /// is there for a change of the role.
    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        if *class == ObjectClass::GROUP {
            let request = self.client.post(&self.org(&["teams"]))?.with_json(&body)?;
            let answer = self.client.send(ctx, &request).await?;
            return Ok((answer.json()?, answer));
        }
        let login = body.get("login").and_then(Value::as_str).unwrap_or_default();
        if let Some(known) = self.person(ctx, login).await? {
            let other = self.users.item(&known)?.object;
            return Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                .with_detail(format!("`{login}` is in the organisation, or invited"))
                .with_conflicting(other));
        }
        let request = match login.contains('@') {
            true => {
                let body = json!({ "email": login, "role": "direct_member" });
                self.client.post(&self.org(&["invitations"]))?.with_json(&body)?
            }
            false => {
                let request = self.client.put(&self.org(&["memberships", login]))?;
                request.with_json(&json!({ "role": "member" }))?
            }
        };
        let answer = self.client.send(ctx, &request).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => ConnectorError::invalid_input(
                "userName",
                format!("GitHub knows nobody with the login `{login}`"),
            ),
            _ => error,
        })?;
        Ok((json!({ "login": login }), answer))
    }

    async fn update(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        item: &Value,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let request = self.client.patch(&self.org(&["teams", need_text(item, "/slug")?]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&changes)?).await?))
    }

    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let path = match (*class == ObjectClass::GROUP, text(item, "/kind")) {
            (true, _) => self.org(&["teams", need_text(item, "/slug")?]),
            (_, Some("outside_collaborator")) => {
                self.org(&["outside_collaborators", need_text(item, "/login")?])
            }
            (_, Some("invitation")) => self.org(&["invitations", need_text(item, "/invitation")?]),
            _ if item.get("throughEnterprise") == Some(&true.into()) => {
                return Err(fixed("the membership comes by a team of the enterprise; take that away"));
            }
            _ => self.org(&["memberships", need_text(item, "/login")?]),
        };
        removed(self.client.send(ctx, &self.client.delete(&path)?).await)
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    /// Sessions are the person's; what single sign-on authorised is the organisation's.
    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Web | SessionScope::Mobile) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("sessions are the person's own; tokens and keys can be revoked"));
        }
        let path = self.org(&["credential-authorizations", need_text(item, "/login")?, "revoke"]);
        removed(self.client.send(ctx, &self.client.post(&path)?).await)
    }
}
