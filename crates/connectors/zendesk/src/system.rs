use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, Change, CheckReport, ConnectorInfo, Context, EntitlementRef, ErrorKind, JobRef,
    ObjectClass, ObjectRef, Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Feed, Found, Kind, List, Listing, New, Start, System, Wire, delete, id_text, is, items, put,
    refused, text, unclear,
};
use tenure_connector_rest::{Answer, Mapping, Paging, RestClient, narrow, unless_closed};

use crate::fields::{AUDIT_LOG, PAGE};
use crate::{People, ZendeskConfig, capabilities, fields};

/// How far back an export has to start, at least, in seconds.
const MINUTE: i64 = 61;

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

    /// Users. Zendesk deletes in two steps: the user, who stays readable, and then what says who it was.
    pub(crate) fn people(&self) -> Result<Collection> {
        let people = Collection::new(&self.client, &self.users, "users")
            .wrapped("user")
            .numbered()
            .existing(|user| user.get("active") != Some(&false.into()))
            .updated(put("users/{id}"))
            .erased(delete("deleted_users/{id}"));
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

    /// The incremental export leaves out the last minute: what changes now is told by a read a minute later.
    fn feed(&self) -> Result<Option<Feed>> {
        let export = self.client.get(&["incremental", "users", "cursor"])?;
        let after = Paging::Cursor { at: "/after_cursor".to_owned(), parameter: "cursor".to_owned() };
        let form = |now: DateTime<Utc>| (now.timestamp() - MINUTE).to_string();
        let (users, ask) = (Arc::clone(&self.users), self.client.get(&["users", "me"])?);
        let change = move |user: &Value| {
            let deleted = user.get("active") == Some(&false.into());
            Ok(vec![match deleted {
                true => Change::Deleted(ObjectRef::new(ObjectClass::USER, id_text(user, "/id")?)),
                false => Change::Upserted(users.item(user)?),
            }])
        };
        let feed = Feed::new(&self.client, export, "/users", after).each(change).drained();
        let start = Start::Now { parameter: "start_time", form, ask };
        Ok(Some(feed.starting(start).ending_at("/end_of_stream")))
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
    async fn find(&self, ctx: &Context, name: &str, value: &str) -> Result<Vec<Value>> {
        if name == ObjectRef::EXTERNAL_ID {
            return self.client.list(&["users"], "/users")?.with("external_id", value).all(ctx).await;
        }
        let query = format!("email:\"{}\"", value.replace('"', ""));
        let request = self.client.get(&["users", "search"])?.with_query("query", query);
        Ok(items(&self.client.json(ctx, &request).await?, "/users")?.to_vec())
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

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        match wanted.kind.as_str() {
            "role" => self.set_role(user, Some(&wanted.id)).await,
            _ => self.set_seat(user, true).await,
        }
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            "role" => self.set_role(user, None).await,
            _ => self.set_seat(user, false).await,
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
}
