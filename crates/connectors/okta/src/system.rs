use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorInfo, Context, DeleteMode, ObjectClass, Outcome,
    Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Feed, Found, Kind, New, System, Wire, items, need_text, post, probe, put, text, unclear,
};
use tenure_connector_rest::{Answer, Mapping, Paging, Request, RestClient, narrow, unless_closed};

use crate::capabilities as scope;
use crate::{NotActive, OktaConfig, capabilities, fields};

/// What only Okta has: lives of users, groups of several makers, applications, administrators' roles.
#[derive(Debug)]
pub struct Okta {
    pub(crate) config: OktaConfig,
    pub(crate) client: RestClient,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

impl Okta {
    /// The plain list of users leaves out the deactivated; they are a list of their own. A POST changes what it names.
    fn people(&self) -> Result<Collection> {
        let deactivated = self.client.list(&["users"], "")?.with("filter", "status eq \"DEPROVISIONED\"");
        Ok(Collection::new(&self.client, &self.users, "users")
            .listed(self.client.list(&["users"], "")?)
            .listed(deactivated)
            .workers(self.config.workers.as_ref(), "/created")
            .made_with(with_address)
            .updated(post("users/{id}"))
            .password(
                post("users/{id}"),
                |secret| json!({ "credentials": { "password": { "value": secret } } }),
            ))
    }

    async fn step(&self, user: Found<'_>, step: &str) -> Result<Outcome> {
        let request = self.client.post(&["users", user.id, "lifecycle", step])?;
        let request = match step {
            "activate" => request.with_query("sendEmail", self.config.activation_mail.to_string()),
            "deactivate" => request.with_query("sendEmail", "false"),
            _ => request,
        };
        self.client.already(user.ctx, request).await
    }

    /// The scopes that a token has: those that stand in it, or those that the administrator's roles of its owner come to.
    /// Nothing, when neither tells.
    async fn given(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        if let Some(claims) = self.client.claims().await? {
            let scopes = items(&claims, "/scp").unwrap_or_default().iter().filter_map(Value::as_str);
            return Ok(Some(scopes.map(str::to_owned).collect()));
        }
        // An API token may do what its owner may. Who may not read roles does not learn them.
        let Ok(me) = self.client.json(ctx, &self.client.get(&["users", "me"])?).await else {
            return Ok(None);
        };
        let path = ["users", need_text(&me, "/id")?, "roles"];
        let Ok(roles) = self.client.json(ctx, &self.client.get(&path)?).await else { return Ok(None) };
        let mut given = Vec::new();
        for role in items(&roles, "")? {
            match scope::of_role(text(role, "/type").unwrap_or_default()) {
                Some(scopes) => given.extend(scopes.iter().map(|scope| (*scope).to_owned())),
                // What somebody put into a role is not known here.
                None => return Ok(None),
            }
        }
        Ok(Some(given))
    }
}

#[async_trait]
impl System for Okta {
    type Config = OktaConfig;

    fn new(config: OktaConfig, wire: &Wire) -> Result<Self> {
        let client = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let client = client.below(&["api", "v1"])?.with_lists(Paging::Link, "limit", 200);
        Ok(Self { client, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("okta", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let groups = Collection::new(&self.client, &self.groups, "groups");
        let groups = groups.listed(self.client.list(&["groups"], "")?);
        Ok(vec![self.people()?, groups.updated(put("groups/{id}")).whole("profile")])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    fn feed(&self) -> Result<Option<Feed>> {
        self.log().map(Some)
    }

    /// By its login a user is read, not searched for: the search lags behind.
    async fn find(&self, ctx: &Context, _name: &str, value: &str) -> Result<Vec<Value>> {
        let found = self.client.try_json(ctx, &self.client.get(&["users", value])?).await?;
        Ok(found.into_iter().collect())
    }

    /// Who is not activated at once, with a mail, is staged.
    async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        let at_once = new.active && self.config.activation_mail;
        self.people()?.made(post(format!("users?activate={at_once}"))).create(new).await
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let one = |path: &[&str]| -> Result<Request> { Ok(self.client.get(path)?.with_query("limit", "1")) };
        let mut parts = vec![
            (scope::USERS, &self.client, one(&["users"])?),
            (scope::GROUPS, &self.client, one(&["groups"])?),
            (scope::ROLES, &self.client, one(&["iam", "assignees", "users"])?),
        ];
        if self.config.apps {
            parts.push((scope::APPS, &self.client, one(&["apps"])?));
        }
        probe(ctx, report, &parts).await?;
        let log = self.events()?.with_only_query("limit", "1");
        if unless_closed(self.client.send(ctx, &log).await)?.is_none() {
            if let Some(users) = report.capabilities.classes.get_mut(&ObjectClass::USER) {
                users.changes = None;
            }
            let detail = "the log is closed, so that changes cannot be followed: `okta.logs.read` is missing";
            report.warnings.push(detail.to_owned());
        }
        if let Some(given) = self.given(ctx).await? {
            narrow(report, |wanted| given.iter().any(|own| own == wanted));
        }
        Ok(())
    }

    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        let now = user.text("/status").unwrap_or_default();
        let step = match (status, now) {
            (AccountStatus::Active, "SUSPENDED") => "unsuspend",
            (AccountStatus::Active, "STAGED" | "DEPROVISIONED") => "activate",
            (AccountStatus::Active, _) | (_, "DEPROVISIONED") => return Ok(Outcome::already_so()),
            (AccountStatus::Suspended, "SUSPENDED" | "STAGED") => return Ok(Outcome::already_so()),
            (AccountStatus::Suspended, "ACTIVE") => "suspend",
            (AccountStatus::Suspended, _) if self.config.not_active == NotActive::Refuse => "suspend",
            _ => "deactivate",
        };
        self.step(user, step).await
    }

    /// The first delete deactivates, the second deletes.
    async fn delete(&self, user: Found<'_>, _mode: DeleteMode) -> Result<Outcome> {
        let request = self.client.delete(&["users", user.id])?.with_query("sendEmail", "false");
        if user.text("/status") == Some("DEPROVISIONED") {
            return self.client.removed(user.ctx, request).await;
        }
        self.client.send(user.ctx, &request).await?;
        unclear(self.client.removed(user.ctx, request).await)
    }

    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        let request = match scope {
            SessionScope::Tokens => self.client.delete(&["users", user.id, "grants"])?,
            scope => {
                let all = (scope == SessionScope::All).to_string();
                let request = self.client.delete(&["users", user.id, "sessions"])?;
                request.with_query("oauthTokens", &all).with_query("forgetDevices", &all)
            }
        };
        self.client.done(user.ctx, request).await
    }

    async fn reset_factors(&self, user: Found<'_>) -> Result<Outcome> {
        self.step(user, "reset_factors").await
    }
}

/// A login is an address; without another it is the one that mails go to.
fn with_address(body: &mut Map<String, Value>) {
    if let Some(Value::Object(profile)) = body.get_mut("profile")
        && let Some(login) = profile.get("login").cloned()
    {
        profile.entry("email").or_insert(login);
    }
}
