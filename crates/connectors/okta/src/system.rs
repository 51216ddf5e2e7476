use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, ChangePage, CheckReport, ConnectorInfo, Context,
    CredentialSource, DeleteMode, DeltaToken, EntitlementRef, ObjectClass, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{
    List, Listing, System, already, done, items, need_text, password, probe, removed, text,
};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, narrow, unless_closed};
use tenure_scim::Resource;

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

/// An address of the API.
pub(crate) fn v1<'a>(path: &[&'a str]) -> Vec<&'a str> {
    ["api", "v1"].into_iter().chain(path.iter().copied()).collect()
}

impl Okta {
    pub(crate) fn listing(&self, request: Request) -> Listing {
        Listing::new(&self.client, request, "").paged(Paging::Link).sized("limit", 200)
    }

    /// The plain list leaves out the deactivated; they are a list of their own.
    fn users_of(&self, number: usize) -> Result<Listing> {
        let request = self.client.get(&v1(&["users"]))?;
        Ok(self.listing(match number {
            0 => request,
            _ => request.with_query("filter", "status eq \"DEPROVISIONED\""),
        }))
    }

    async fn step(&self, ctx: &Context, user: &str, step: &str) -> Result<Answer> {
        let request = self.client.post(&v1(&["users", user, "lifecycle", step]))?;
        let request = match step {
            "activate" => request.with_query("sendEmail", self.config.activation_mail.to_string()),
            "deactivate" => request.with_query("sendEmail", "false"),
            _ => request,
        };
        self.client.send(ctx, &request).await
    }
}

impl Okta {
    /// The scopes that a token has: those that stand in it, or those that the administrator's roles of its owner come to.
    /// Nothing, when neither tells.
    async fn given(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        if let Some(claims) = self.client.claims().await? {
            let scopes = items(&claims, "/scp").unwrap_or_default().iter().filter_map(Value::as_str);
            return Ok(Some(scopes.map(str::to_owned).collect()));
        }
        // An API token may do what its owner may. Who may not read roles does not learn them.
        let Ok(me) = self.client.json(ctx, &self.client.get(&v1(&["users", "me"]))?).await else {
            return Ok(None);
        };
        let path = v1(&["users", need_text(&me, "/id")?, "roles"]);
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

    fn new(config: OktaConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
        Ok(Self { client, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("okta", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
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
            "Entitlement" | "Grant" => 2 + usize::from(self.config.apps),
            "Group" => 1,
            _ => 2,
        }
    }

    async fn list(&self, _ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match class.as_str() {
            "User" => self.users_of(number)?.mapped(&self.users).into(),
            "Group" => self.listing(self.client.get(&v1(&["groups"]))?).mapped(&self.groups).into(),
            "Worker" => {
                self.users_of(number)?.workers(&self.users, self.config.workers.as_ref(), "/created").into()
            }
            "Entitlement" => self.entitlements(number)?,
            _ => self.grants(number)?,
        })
    }

    /// A login and the word `me` find a user, too; only the id counts.
    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        let kind = if *class == ObjectClass::GROUP { "groups" } else { "users" };
        let found = self.client.try_json(ctx, &self.client.get(&v1(&[kind, id]))?).await?;
        Ok(found.filter(|item| text(item, "/id") == Some(id)))
    }

    /// By its login a user is read, not searched for: the search lags behind.
    async fn find(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        _name: &str,
        value: &str,
    ) -> Result<Vec<Value>> {
        let found = self.client.try_json(ctx, &self.client.get(&v1(&["users", value]))?).await?;
        Ok(found.into_iter().collect())
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let one =
            |path: &[&str]| -> Result<Request> { Ok(self.client.get(&v1(path))?.with_query("limit", "1")) };
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

    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        mut body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        if *class == ObjectClass::GROUP {
            let request = self.client.post(&v1(&["groups"]))?.with_json(&body)?;
            let answer = self.client.send(ctx, &request).await?;
            return Ok((answer.json()?, answer));
        }
        // A login is an address; without another it is the one that mails go to.
        if let Some(Value::Object(profile)) = body.get_mut("profile")
            && let Some(login) = profile.get("login").cloned()
        {
            profile.entry("email").or_insert(login);
        }
        let wanted = body.remove("flat").and_then(|flat| flat.get("active")?.as_bool()).unwrap_or(true);
        let at_once = wanted && self.config.activation_mail;
        let request = self.client.post(&v1(&["users"]))?.with_query("activate", at_once.to_string());
        let answer = self.client.send(ctx, &request.with_json(&body)?).await?;
        let mut made: Value = answer.json()?;
        if wanted && !at_once {
            let id = need_text(&made, "/id")?.to_owned();
            let activated = self.step(ctx, &id, "activate").await;
            activated.map_err(|error| error.with_certainty(Certainty::Unknown))?;
            if let Some(made) = made.as_object_mut() {
                made.insert("status".to_owned(), "PROVISIONED".into());
            }
        }
        Ok((made, answer))
    }

    /// For a user a POST changes what it names; a group is put as a whole.
    async fn update(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        mut changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let id = need_text(item, "/id")?;
        if *class == ObjectClass::GROUP {
            let mut profile = item.get("profile").and_then(Value::as_object).cloned().unwrap_or_default();
            profile.extend(
                changes.remove("profile").and_then(|new| new.as_object().cloned()).unwrap_or_default(),
            );
            let request = self.client.put(&v1(&["groups", id]))?.with_json(&json!({ "profile": profile }))?;
            return Ok(done(&self.client.send(ctx, &request).await?));
        }
        if let Some(active) = changes.remove("flat").and_then(|flat| flat.get("active")?.as_bool()) {
            let status = if active { AccountStatus::Active } else { AccountStatus::Suspended };
            let changed = self.set_status(ctx, item, status).await?;
            if changes.is_empty() {
                return Ok(changed);
            }
        }
        let request = self.client.post(&v1(&["users", id]))?.with_json(&changes)?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        let now = text(item, "/status").unwrap_or_default();
        let step = match (status, now) {
            (AccountStatus::Active, "SUSPENDED") => "unsuspend",
            (AccountStatus::Active, "STAGED" | "DEPROVISIONED") => "activate",
            (AccountStatus::Active, _) | (_, "DEPROVISIONED") => return Ok(Outcome::already_so()),
            (AccountStatus::Suspended, "SUSPENDED" | "STAGED") => return Ok(Outcome::already_so()),
            (AccountStatus::Suspended, "ACTIVE") => "suspend",
            (AccountStatus::Suspended, _) if self.config.not_active == NotActive::Refuse => "suspend",
            _ => "deactivate",
        };
        already(self.step(ctx, need_text(item, "/id")?, step).await)
    }

    /// The first delete deactivates, the second deletes.
    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let id = need_text(item, "/id")?;
        if *class == ObjectClass::GROUP {
            return removed(self.client.send(ctx, &self.client.delete(&v1(&["groups", id]))?).await);
        }
        let request = self.client.delete(&v1(&["users", id]))?.with_query("sendEmail", "false");
        let was_active = text(item, "/status") != Some("DEPROVISIONED");
        if was_active {
            self.client.send(ctx, &request).await?;
        }
        match removed(self.client.send(ctx, &request).await) {
            Err(error) if was_active => Err(error.with_certainty(Certainty::Unknown)),
            other => other,
        }
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, need_text(item, "/id")?, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, need_text(item, "/id")?, entitlement).await
    }

    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        let request = match scope {
            SessionScope::Tokens => self.client.delete(&v1(&["users", user, "grants"]))?,
            scope => {
                let all = (scope == SessionScope::All).to_string();
                let request = self.client.delete(&v1(&["users", user, "sessions"]))?;
                request.with_query("oauthTokens", &all).with_query("forgetDevices", &all)
            }
        };
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    async fn reset_factors(&self, ctx: &Context, item: &Value) -> Result<Outcome> {
        Ok(done(&self.step(ctx, need_text(item, "/id")?, "reset_factors").await?))
    }

    async fn set_credential(
        &self,
        ctx: &Context,
        item: &Value,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let secret = password(ctx, credential).await?;
        let body = json!({ "credentials": { "password": { "value": secret.expose() } } });
        let request = self.client.post(&v1(&["users", need_text(item, "/id")?]))?.with_json(&body)?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    async fn changes(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.follow(ctx, since).await
    }
}
