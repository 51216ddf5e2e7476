use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorInfo, Context, EntitlementRef, Outcome, Result,
    SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, New, System, Wire, delete, items, probe, text, warn_of_closed,
};
use tenure_connector_rest::{Answer, Mapping, Paging, RestClient, narrow};

use crate::capabilities as scope;
use crate::organization::Organization;
use crate::{AtlassianConfig, capabilities, fields, projects};

/// What only Atlassian has: a site whose groups give its seats, and an organisation above it.
#[derive(Debug)]
pub struct Atlassian {
    pub(crate) config: AtlassianConfig,
    pub(crate) site: RestClient,
    pub(crate) organization: Option<Organization>,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

impl Atlassian {
    /// The users of the site; a user who is deleted from it keeps the Atlassian account.
    fn people(&self) -> Result<Collection> {
        Ok(Collection::new(&self.site, &self.users, "user")
            .listed(self.site.list(&["users", "search"], "")?)
            .listing_only(fields::is_person)
            .read_at("user?accountId={id}", "")
            .deleted(delete("user?accountId={id}")))
    }
}

#[async_trait]
impl System for Atlassian {
    type Config = AtlassianConfig;

    /// Lists go on by numbers; some tell a total.
    fn new(config: AtlassianConfig, wire: &Wire) -> Result<Self> {
        let (parameter, size, total) =
            ("startAt".to_owned(), "maxResults".to_owned(), Some("/total".to_owned()));
        let site = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let site = site.below(&["rest", "api", "3"])?;
        let site = site.with_lists(Paging::Offset { parameter, size, total }, "maxResults", 50);
        Ok(Self { site, organization: None, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("atlassian", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        let mut config = self.config.clone();
        // Without its key the organisation is out of reach.
        config.organization = config.organization.filter(|_| self.organization.is_some());
        capabilities::of(&config)
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let groups = Collection::new(&self.site, &self.groups, "group")
            .listed(self.site.list(&["group", "bulk"], "/values")?)
            .searched(|_, name| ("groupName", name.to_owned()))
            .read_at("group/bulk?groupId={id}", "/values/0")
            .deleted(delete("group?groupId={id}"));
        Ok(vec![self.people()?, groups])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn entitlements(&self, ctx: &Context, kind: &str) -> Result<List> {
        match kind {
            projects::KIND => self.project_roles(ctx).await,
            _ => self.seats(),
        }
    }

    async fn grants(&self, ctx: &Context, kind: &str, number: usize) -> Result<List> {
        match kind {
            projects::KIND => self.project_people(ctx, number).await,
            _ => self.seated(ctx).await,
        }
    }

    async fn find(&self, ctx: &Context, _name: &str, value: &str) -> Result<Vec<Value>> {
        let request = self.site.get(&["user", "search"])?.with_query("query", value);
        Ok(items(&self.site.json(ctx, &request).await?, "")?.to_vec())
    }

    /// The site says whether the account administers it, and with it the projects. The key of an organisation is tried, and
    /// when it is to manage accounts, with that: a key with scopes is refused there only.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let me = self.site.json(ctx, &self.site.get(&["myself"])?).await?;
        let own = self.site.get(&["mypermissions"])?.with_query("permissions", "ADMINISTER");
        let own = self.site.try_json(ctx, &own).await?.unwrap_or_default();
        if own.pointer("/permissions/ADMINISTER/havePermission") == Some(&false.into()) {
            narrow(report, |permission| permission != scope::SITE);
        }
        for project in &self.config.projects {
            let roles = self.roles_of(ctx, project).await;
            warn_of_closed(report, &format!("the project `{project}`"), "the account", roles)?;
        }
        let mut parts = vec![(scope::SITE, &self.site, self.site.get(&["applicationrole"])?)];
        if let Some(organization) = &self.organization {
            let client = &organization.client;
            parts.push((scope::ORGANIZATION, client, client.get(&["admin", "v1", "orgs"])?));
            if let (true, Some(account)) = (self.config.managed, text(&me, "/accountId")) {
                parts.push((scope::ORGANIZATION, client, client.get(&["users", account, "manage"])?));
            }
        }
        probe(ctx, report, &parts).await
    }

    async fn create(&self, mut new: New<'_>) -> Result<(Value, Answer)> {
        let address = new.body.remove("flat").and_then(|flat| flat.get("name").cloned());
        new.body.insert("emailAddress".to_owned(), address.unwrap_or_default());
        if !self.config.products.is_empty() {
            new.body.insert("products".to_owned(), json!(self.config.products));
        }
        self.people()?.create(new).await
    }

    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        match &self.organization {
            Some(organization) if user.is("/active") != status.is_active() => {
                organization.set_status(user, status, self.config.managed).await
            }
            _ => Ok(Outcome::already_so()),
        }
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        match wanted.kind.as_str() {
            projects::KIND => self.give_role(user, wanted).await,
            _ => self.give_seat(user, wanted).await,
        }
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            projects::KIND => self.take_role(user, held).await,
            _ => self.take_seat(user, held).await,
        }
    }

    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        match &self.organization {
            Some(organization) => organization.end_tokens(user, scope).await,
            None => Ok(Outcome::already_so()),
        }
    }
}
