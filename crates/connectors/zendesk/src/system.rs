use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, ChangePage, CheckReport, ConnectorError, ConnectorInfo, Context,
    DeleteMode, DeltaToken, EntitlementRef, ErrorKind, ExclusiveGroup, JobRef, ObjectClass, ObjectRef,
    Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{List, Listing, System, done, id_text, items, protocol, removed, text};
use tenure_connector_rest::{Answer, Auth, Mapping, Request, RestClient, narrow, unless_closed};
use tenure_scim::Resource;

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

/// An address of the API.
pub(crate) fn v2<'a>(path: &[&'a str]) -> Vec<&'a str> {
    ["api", "v2"].into_iter().chain(path.iter().copied()).collect()
}

impl Zendesk {
    fn paged(&self, request: Request, at: &str) -> Listing {
        Listing::new(&self.client, request, at).paged(fields::paging()).sized("page[size]", PAGE)
    }

    pub(crate) fn listing(&self, path: &[&str], at: &str) -> Result<Listing> {
        Ok(self.paged(self.client.get(&v2(path))?, at))
    }

    /// Agents and administrators.
    pub(crate) fn staff(&self) -> Result<Listing> {
        let users = self.listing(&["users"], "/users")?;
        Ok(users.map_request(|users| users.with_query("role[]", "agent").with_query("role[]", "admin")))
    }

    /// A user that is not deleted: a deleted one stays readable.
    pub(crate) async fn find_user(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        let found = self.client.try_json(ctx, &self.client.get(&v2(&["users", id]))?).await?;
        let user = found.map(|found| member(&found, "user")).transpose()?;
        Ok(user.filter(|user| user.get("active") != Some(&false.into())))
    }

    pub(crate) async fn put_user(
        &self,
        ctx: &Context,
        user: &str,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let request = self.client.put(&v2(&["users", user]))?.with_json(&json!({ "user": changes }))?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    /// Gives a user another main address; the old one stays as a second, so that old mails find the user.
    ///
    /// SPEC: an `email` in an update is added as a second address and changes nothing of the first.
    async fn rename(&self, ctx: &Context, user: &str, email: &str) -> Result<Outcome> {
        let path = ["users", user, "identities"];
        let known = self.listing(&path, "/identities")?.all(ctx).await?;
        let same = |item: &&Value| text(item, "/value").is_some_and(|own| own.eq_ignore_ascii_case(email));
        let identity = match known.iter().find(same) {
            Some(known) => id_text(known, "/id")?,
            None => {
                let wanted = json!({ "identity": { "type": "email", "value": email, "verified": true } });
                let request = self.client.post(&v2(&path))?.with_json(&wanted)?;
                id_text(&self.client.json(ctx, &request).await?, "/identity/id")?
            }
        };
        let main = v2(&["users", user, "identities", &identity, "make_primary"]);
        Ok(done(&self.client.send(ctx, &self.client.put(&main)?).await?))
    }

    /// Erases who a deleted user was.
    async fn erase(&self, ctx: &Context, user: &str) -> Result<Outcome> {
        removed(self.client.send(ctx, &self.client.delete(&v2(&["deleted_users", user]))?).await)
    }

    /// Whether a token has a permission; anything, for an API token, which may do what its owner may.
    async fn scopes(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        let request = self.client.get(&v2(&["oauth", "tokens", "current"]))?;
        let Some(found) = unless_closed(self.client.json(ctx, &request).await)? else { return Ok(None) };
        let scopes = items(&found, "/token/scopes")?;
        Ok(Some(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    }
}

#[async_trait]
impl System for Zendesk {
    type Config = ZendeskConfig;

    fn new(config: ZendeskConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
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

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.client]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups, &self.audit_logs]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        let organizations = usize::from(self.config.organizations);
        match class.as_str() {
            "User" => 1 + usize::from(self.config.people != People::All),
            "Entitlement" => 2 + organizations,
            "Grant" => 3 + organizations,
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match (class.as_str(), &self.config.people) {
            ("User", People::All) => self.listing(&["users"], "/users")?.mapped(&self.users).into(),
            ("User", People::Organization(_)) if number == 0 => self.staff()?.mapped(&self.users).into(),
            ("User", People::Organization(organization)) => {
                let members =
                    self.listing(&["organizations", &organization.to_string(), "users"], "/users")?;
                let others = members.map_request(|request| request.with_query("role", "end-user"));
                others.mapped(&self.users).into()
            }
            ("Group", _) => self.listing(&["groups"], "/groups")?.mapped(&self.groups).into(),
            ("Entitlement", _) => self.entitlements(ctx, number).await?,
            ("Grant", _) => self.grants(ctx, number).await?,
            _ => self.listing(&["audit_logs"], "/audit_logs")?.mapped(&self.audit_logs).into(),
        })
    }

    async fn narrowed(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _name: &str,
        value: &str,
    ) -> Result<Option<List>> {
        if *class != AUDIT_LOG {
            return Ok(None);
        }
        let lines = self.listing(&["audit_logs"], "/audit_logs")?.mapped(&self.audit_logs);
        Ok(Some(lines.map_request(|request| request.with_query("filter[actor_id]", value)).into()))
    }

    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        // An id is a number; anything else is another address.
        if id.parse::<u64>().is_err() {
            return Ok(None);
        }
        if *class == ObjectClass::USER {
            return self.find_user(ctx, id).await;
        }
        let found = self.client.try_json(ctx, &self.client.get(&v2(&["groups", id]))?).await?;
        let group = found.map(|found| member(&found, "group")).transpose()?;
        Ok(group.filter(|group| group.get("deleted") != Some(&true.into())))
    }

    /// The search finds words and beginnings.
    async fn find(&self, ctx: &Context, _class: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        if name == ObjectRef::EXTERNAL_ID {
            let users = self.listing(&["users"], "/users")?;
            return users.map_request(|request| request.with_query("external_id", value)).all(ctx).await;
        }
        let query = format!("email:\"{}\"", value.replace('"', ""));
        let request = self.client.get(&v2(&["users", "search"]))?.with_query("query", query);
        Ok(items(&self.client.json(ctx, &request).await?, "/users")?.to_vec())
    }

    async fn exclusive(&self, ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        let members = self.every_role(ctx).await?;
        Ok(vec![ExclusiveGroup { name: "role".to_owned(), members, fallback: None }])
    }

    /// Asks who the connector is, which scopes its token has, and what the plan lacks.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let answer = self.client.send(ctx, &self.client.get(&v2(&["users", "me"]))?).await?;
        report.rate = answer.rate();
        let me = member(&answer.json()?, "user")?;
        if text(&me, "/role") != Some("admin") {
            let found = text(&me, "/role").unwrap_or("nobody");
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
        let request = self.client.get(&v2(&["audit_logs"]))?.with_query("page[size]", "1");
        if unless_closed(self.client.send(ctx, &request).await)?.is_none() {
            report.capabilities.classes.remove(&AUDIT_LOG);
            report.warnings.push("the plan has no audit logs".to_owned());
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
        let (one, many) = kind(class);
        if *class == ObjectClass::USER {
            body.insert("skip_verify_email".to_owned(), json!(!self.config.welcome_mail));
            if let People::Organization(organization) = self.config.people {
                body.insert("organization_id".to_owned(), organization.into());
            }
        }
        let request = self.client.post(&v2(&[many]))?.with_json(&json!({ (one): body }))?;
        let answer = self.client.send(ctx, &request).await?;
        Ok((member(&answer.json()?, one)?, answer))
    }

    async fn update(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        mut changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let id = id_text(item, "/id")?;
        if *class == ObjectClass::GROUP {
            let request = self.client.put(&v2(&["groups", &id]))?.with_json(&json!({ "group": changes }))?;
            return Ok(done(&self.client.send(ctx, &request).await?));
        }
        let renamed = match changes.remove("email") {
            Some(Value::String(email)) => Some(self.rename(ctx, &id, &email).await?),
            _ => None,
        };
        match renamed {
            Some(renamed) if changes.is_empty() => Ok(renamed),
            // The address has changed already.
            Some(_) => {
                let put = self.put_user(ctx, &id, changes).await;
                put.map_err(|error| error.with_certainty(Certainty::Unknown))
            }
            None => self.put_user(ctx, &id, changes).await,
        }
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        let suspended = !status.is_active();
        if (item.get("suspended") == Some(&true.into())) == suspended {
            return Ok(Outcome::already_so());
        }
        let changes = Map::from_iter([("suspended".to_owned(), suspended.into())]);
        self.put_user(ctx, &id_text(item, "/id")?, changes).await
    }

    /// Zendesk deletes in two steps: the user, who stays readable, and then what says who it was.
    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        mode: DeleteMode,
    ) -> Result<Outcome> {
        let id = id_text(item, "/id")?;
        let deleted = removed(self.client.send(ctx, &self.client.delete(&v2(&[kind(class).1, &id]))?).await)?;
        if mode == DeleteMode::Soft || *class == ObjectClass::GROUP {
            return Ok(deleted);
        }
        self.erase(ctx, &id).await.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        Ok(deleted)
    }

    async fn purge(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        match object.id.parse::<u64>() {
            Ok(_) if object.class == ObjectClass::USER => self.erase(ctx, &object.id).await,
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Mobile | SessionScope::Tokens) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("the API ends all sessions of a user, not those of one kind"));
        }
        let id = id_text(item, "/id")?;
        let path = v2(&["users", &id, "sessions"]);
        let open = self.client.json(ctx, &self.client.get(&path)?).await?;
        if items(&open, "/sessions")?.is_empty() {
            return Ok(Outcome::already_so());
        }
        Ok(done(&self.client.send(ctx, &self.client.delete(&path)?).await?))
    }

    async fn transfer(
        &self,
        ctx: &Context,
        from: &Value,
        to: &Value,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        self.hand_over(ctx, from, to, scope).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.ask_jobs(ctx, job).await
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

/// What the API calls one object of a class, and all.
fn kind(class: &ObjectClass) -> (&'static str, &'static str) {
    if *class == ObjectClass::GROUP { ("group", "groups") } else { ("user", "users") }
}

/// A member of an answer that has to be there.
fn member(body: &Value, name: &str) -> Result<Value> {
    body.get(name).cloned().ok_or_else(|| protocol(&format!("expected `{name}` in the answer, found none")))
}
