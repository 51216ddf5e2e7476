use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, ChangePage, CheckReport, ConnectorInfo, Context, DeleteMode, DeltaToken, EntitlementRef,
    ErrorKind, ExclusiveGroup, JobRef, ObjectClass, ObjectRef, Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, Listing, New, System, Wire, id_text, is, items, put, refused, text,
    unclear,
};
use tenure_connector_rest::{Answer, Mapping, RestClient, narrow, unless_closed};

use crate::fields::{AUDIT_LOG, PAGE};
use crate::{People, ZendeskConfig, capabilities, fields};

/// What only Zendesk has: seats that come with roles, tickets that have to change hands, deletion in two steps.
#[derive(Debug)]
pub struct Zendesk {
    pub(crate) config: ZendeskConfig,
    pub(crate) client: RestClient,
    pub(crate) users: Arc<Mapping>,
    groups: Arc<Mapping>,
    audit_logs: Arc<Mapping>,
}

impl Zendesk {
    /// Agents and administrators.
    pub(crate) fn staff(&self) -> Result<Listing> {
        let users = self.client.list(&["users"], "/users")?;
        Ok(users.with("role[]", "agent").with("role[]", "admin"))
    }

    /// Users; a deleted one stays readable.
    pub(crate) fn people(&self) -> Result<Collection> {
        let people = Collection::new(&self.client, &self.users, "users")
            .wrapped("user")
            .numbered()
            .existing(|user| user.get("active") != Some(&false.into()))
            .updated(put("users/{id}"));
        Ok(match self.config.people {
            People::All => people.listed(self.client.list(&["users"], "/users")?),
            People::Organization(id) => {
                let members = self.client.list(&["organizations", &id.to_string(), "users"], "/users")?;
                people.listed(self.staff()?).listed(members.with("role", "end-user"))
            }
        })
    }

    /// Gives a user another main address; the old one stays as a second, so that old mails find the user.
    ///
    /// SPEC: an `email` in an update is added as a second address and changes nothing of the first.
    async fn rename(&self, user: Found<'_>, email: &str) -> Result<Outcome> {
        let path = ["users", user.id, "identities"];
        let known = self.client.list(&path, "/identities")?.all(user.ctx).await?;
        let same = |item: &&Value| text(item, "/value").is_some_and(|own| own.eq_ignore_ascii_case(email));
        let identity = match known.iter().find(same) {
            Some(known) => id_text(known, "/id")?,
            None => {
                let wanted = json!({ "identity": { "type": "email", "value": email, "verified": true } });
                let request = self.client.post(&path)?.with_json(&wanted)?;
                id_text(&self.client.json(user.ctx, &request).await?, "/identity/id")?
            }
        };
        let main = ["users", user.id, "identities", &identity, "make_primary"];
        self.client.done(user.ctx, self.client.put(&main)?).await
    }

    /// Erases who a deleted user was.
    async fn erase(&self, ctx: &Context, user: &str) -> Result<Outcome> {
        self.client.removed(ctx, self.client.delete(&["deleted_users", user])?).await
    }

    /// Whether a token has a permission; anything, for an API token, which may do what its owner may.
    async fn scopes(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        let request = self.client.get(&["oauth", "tokens", "current"])?;
        let Some(found) = unless_closed(self.client.json(ctx, &request).await)? else { return Ok(None) };
        let scopes = items(&found, "/token/scopes")?;
        Ok(Some(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    }
}

#[async_trait]
impl System for Zendesk {
    type Config = ZendeskConfig;

    fn new(config: ZendeskConfig, wire: &Wire) -> Result<Self> {
        let client = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let client = client.below(&["api", "v2"])?.with_lists(fields::paging(), "page[size]", PAGE);
        let (users, groups, audit_logs) = (fields::users()?, fields::groups()?, fields::audit_logs()?);
        Ok(Self { config, client, users, groups, audit_logs })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("zendesk", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let groups = Collection::new(&self.client, &self.groups, "groups")
            .listed(self.client.list(&["groups"], "/groups")?)
            .wrapped("group")
            .numbered()
            .existing(|group| !is(group, "/deleted"))
            .updated(put("groups/{id}"));
        let lines = Collection::new(&self.client, &self.audit_logs, "audit_logs")
            .listed(self.client.list(&["audit_logs"], "/audit_logs")?)
            .filtered("filter[actor_id]");
        Ok(vec![self.people()?, groups, lines])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn entitlements(&self, ctx: &Context, kind: &str) -> Result<List> {
        match kind {
            "role" => self.every_role(ctx).await,
            _ => self.seat(ctx).await,
        }
    }

    async fn grants(&self, ctx: &Context, _kind: &str, _number: usize) -> Result<List> {
        self.seats(ctx).await
    }

    /// The search finds words and beginnings.
    async fn find(&self, ctx: &Context, _: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        if name == ObjectRef::EXTERNAL_ID {
            return self.client.list(&["users"], "/users")?.with("external_id", value).all(ctx).await;
        }
        let query = format!("email:\"{}\"", value.replace('"', ""));
        let request = self.client.get(&["users", "search"])?.with_query("query", query);
        Ok(items(&self.client.json(ctx, &request).await?, "/users")?.to_vec())
    }

    async fn exclusive(&self, ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        let custom = self.roles(ctx).await?.into_iter().map(|role| role.id);
        let all = ["agent", "admin"].map(str::to_owned).into_iter().chain(custom);
        let members = all.map(|id| EntitlementRef::new("role", id)).collect();
        Ok(vec![ExclusiveGroup { name: "role".to_owned(), members, fallback: None }])
    }

    /// Asks who the connector is, which scopes its token has, and what the plan lacks.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let answer = self.client.send(ctx, &self.client.get(&["users", "me"])?).await?;
        report.rate = answer.rate();
        let me: Value = answer.json()?;
        if text(&me, "/user/role") != Some("admin") {
            let found = text(&me, "/user/role").unwrap_or("nobody");
            report
                .warnings
                .push(format!("expected the connector's own account to be an admin, found `{found}`"));
            narrow(report, |_| false);
        } else if let Some(scopes) = self.scopes(ctx).await? {
            narrow(report, |wanted| scopes.iter().any(|own| own == "write" || own == wanted));
        }
        if self.roles(ctx).await?.is_empty() {
            let detail = "the plan has no custom roles: only `agent` and `admin` can be granted";
            report.warnings.push(detail.to_owned());
        }
        let request = self.client.get(&["audit_logs"])?.with_query("page[size]", "1");
        if unless_closed(self.client.send(ctx, &request).await)?.is_none() {
            report.capabilities.classes.remove(&AUDIT_LOG);
            report.warnings.push("the plan has no audit logs".to_owned());
        }
        Ok(())
    }

    async fn create(&self, mut new: New<'_>) -> Result<(Value, Answer)> {
        new.body.insert("skip_verify_email".to_owned(), json!(!self.config.welcome_mail));
        if let People::Organization(organization) = self.config.people {
            new.body.insert("organization_id".to_owned(), organization.into());
        }
        self.people()?.create(new).await
    }

    async fn update(&self, user: Found<'_>, mut changes: Map<String, Value>) -> Result<Outcome> {
        let Some(Value::String(email)) = changes.remove("email") else {
            return self.people()?.update(user, changes).await;
        };
        let renamed = self.rename(user, &email).await?;
        if changes.is_empty() {
            return Ok(renamed);
        }
        // The address has changed already.
        unclear(self.people()?.update(user, changes).await)
    }

    /// Zendesk deletes in two steps: the user, who stays readable, and then what says who it was.
    async fn delete(&self, user: Found<'_>, mode: DeleteMode) -> Result<Outcome> {
        let deleted = self.people()?.delete(user).await?;
        if mode != DeleteMode::Soft {
            unclear(self.erase(user.ctx, user.id).await)?;
        }
        Ok(deleted)
    }

    async fn purge(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        match object.id.parse::<u64>() {
            Ok(_) if object.class == ObjectClass::USER => self.erase(ctx, &object.id).await,
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        match wanted.kind.as_str() {
            "role" => self.set_role(user, Some(&wanted.id)).await,
            _ => self.give_seat(user).await,
        }
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            "role" => self.set_role(user, None).await,
            _ => self.take_seat(user).await,
        }
    }

    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Mobile | SessionScope::Tokens) {
            let why = "the API ends all sessions of a user, not those of one kind";
            return Err(refused(ErrorKind::Unsupported, why));
        }
        let path = ["users", user.id, "sessions"];
        let open = self.client.json(user.ctx, &self.client.get(&path)?).await?;
        match items(&open, "/sessions")? {
            [] => Ok(Outcome::already_so()),
            _ => self.client.done(user.ctx, self.client.delete(&path)?).await,
        }
    }

    async fn transfer(&self, from: Found<'_>, to: Found<'_>, scope: &OwnershipScope) -> Result<Outcome> {
        self.hand_over(from, to, scope).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.ask_jobs(ctx, job).await
    }

    async fn changes(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        self.follow(ctx, since).await
    }
}
