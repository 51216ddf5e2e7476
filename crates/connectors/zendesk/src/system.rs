use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::{
    Capabilities, CheckReport, ConnectorInfo, Context, EntitlementRef, JobRef, ObjectRef, Outcome,
    OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Feed, Found, Kind, List, Listing, Start, System, Wire, close_class, delete, ends_only,
    id_text, is, put, text, texts,
};
use tenure_connector_rest::{Mapping, Paging, RestClient, narrow, unless_closed};

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

    /// Users. Zendesk deletes in two steps: the user, who stays readable, and then what says who it was. The search finds
    /// words and beginnings.
    pub(crate) fn people(&self) -> Result<Collection> {
        let all = self.client.list(&["users"], "/users")?;
        let search = Listing::new(&self.client, self.client.get(&["users", "search"])?, "/users");
        let quoted = |_: &str, email: &str| ("query", format!("email:\"{}\"", email.replace('"', "")));
        let (mail, people) = (self.config.welcome_mail, self.config.people.clone());
        let collection = Collection::new(&self.client, &self.users, "users")
            .wrapped("user")
            .numbered()
            .existing(|user| user.get("active") != Some(&false.into()))
            .searched_in(&[ObjectRef::EXTERNAL_ID], all.clone(), |_, id| ("external_id", id.to_owned()))
            .searched_in(&[ObjectRef::USER_NAME, ObjectRef::EMAIL], search, quoted)
            .made_with(move |user| {
                user.insert("skip_verify_email".to_owned(), json!(!mail));
                if let People::Organization(id) = people {
                    user.insert("organization_id".to_owned(), id.into());
                }
            })
            .apart(&["email"])
            .updated(put("users/{id}"))
            .erased(delete("deleted_users/{id}"));
        Ok(match self.config.people {
            People::All => collection.listed(all),
            People::Organization(id) => {
                let members = self.client.list(&["organizations", &id.to_string(), "users"], "/users")?;
                collection.listed(self.staff()?).listed(members.with("role", "end-user"))
            }
        })
    }

    /// Whether a token has a permission; anything, for an API token, which may do what its owner may.
    async fn scopes(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        let request = self.client.get(&["oauth", "tokens", "current"])?;
        let Some(found) = unless_closed(self.client.json(ctx, &request).await)? else { return Ok(None) };
        texts(&found, "/token/scopes").map(Some)
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
        let feed = Feed::new(&self.client, export, "/users", after).objects(&self.people()?).drained();
        let start = Start::Now { parameter: "start_time", form, ask: self.client.get(&["users", "me"])? };
        Ok(Some(feed.starting(start).ending_at("/end_of_stream")))
    }

    async fn taken(&self, ctx: &Context, _seat: &EntitlementRef) -> Result<u64> {
        self.seats_taken(ctx, &self.roles(ctx).await?).await
    }

    async fn grants(&self, ctx: &Context, _kind: &str, _number: usize) -> Result<List> {
        self.seats(ctx).await
    }

    /// Asks who the connector is, which scopes its token has, and what the plan lacks.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let me = self.client.asked(ctx, report, &self.client.get(&["users", "me"])?).await?;
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
        let lines = self.client.send(ctx, &request).await;
        close_class(report, &AUDIT_LOG, lines, "the plan has no audit logs")
    }

    /// Gives a user another main address; the old one stays as a second, so that old mails find the user.
    ///
    /// SPEC: an `email` in an update is added as a second address and changes nothing of the first.
    async fn update_apart(&self, user: Found<'_>, _member: &str, email: &Value) -> Result<Outcome> {
        let path = ["users", user.id, "identities"];
        let known = self.client.list(&path, "/identities")?.all(user.ctx).await?;
        let wanted = email.as_str().unwrap_or_default();
        let same = |item: &&Value| text(item, "/value").is_some_and(|own| own.eq_ignore_ascii_case(wanted));
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

    async fn hold(&self, user: Found<'_>, which: &EntitlementRef, held: bool) -> Result<Outcome> {
        match which.kind.as_str() {
            "role" => self.set_role(user, held.then_some(&which.id)).await,
            _ => self.set_seat(user, held).await,
        }
    }

    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        let why = "the API ends all sessions of a user, not those of one kind";
        ends_only(scope, &[SessionScope::All, SessionScope::Web], why)?;
        self.client.clear(user.ctx, &["users", user.id, "sessions"], "/sessions").await
    }

    async fn transfer(&self, from: Found<'_>, to: Found<'_>, scope: &OwnershipScope) -> Result<Outcome> {
        self.hand_over(from, to, scope).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.ask_jobs(ctx, job).await
    }
}
