use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, CheckReport, ConnectorInfo, Context, DeleteMode, EntitlementRef,
    ObjectClass, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{List, Listing, System, items, need_text, probe, removed, text};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, narrow};
use tenure_scim::Resource;

use crate::capabilities as scope;
use crate::organization::Organization;
use crate::{AtlassianConfig, capabilities, fields};

/// What only Atlassian has: a site whose groups give its seats, and an organisation above it.
#[derive(Debug)]
pub struct Atlassian {
    pub(crate) config: AtlassianConfig,
    pub(crate) site: RestClient,
    pub(crate) organization: Option<Organization>,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

/// An address of the site.
pub(crate) fn v3<'a>(path: &[&'a str]) -> Vec<&'a str> {
    ["rest", "api", "3"].into_iter().chain(path.iter().copied()).collect()
}

/// Lists go on by numbers.
pub(crate) fn paged(client: &RestClient, request: Request, at: &str, total: Option<&str>) -> Listing {
    let paging = Paging::Offset {
        parameter: "startAt".to_owned(),
        size: "maxResults".to_owned(),
        total: total.map(str::to_owned),
    };
    Listing::new(client, request, at).paged(paging).sized("maxResults", 50)
}

impl Atlassian {
    pub(crate) fn all_groups(&self) -> Result<Listing> {
        let request = self.site.get(&v3(&["group", "bulk"]))?;
        Ok(paged(&self.site, request, "/values", Some("/total")))
    }

    fn account(&self, request: Request, id: &str) -> Request {
        request.with_query("accountId", id)
    }
}

#[async_trait]
impl System for Atlassian {
    type Config = AtlassianConfig;

    fn new(config: AtlassianConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let site = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
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

    fn clients(&mut self) -> Vec<&mut RestClient> {
        [Some(&mut self.site), self.organization.as_mut().map(|own| &mut own.client)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        match class.as_str() {
            "Entitlement" => 2 + usize::from(!self.config.projects.is_empty()),
            "Grant" => 2 + self.config.projects.len(),
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match class.as_str() {
            "User" => {
                let users = Arc::clone(&self.users);
                let shown = move |user: &Value| {
                    Ok(if fields::is_person(user) { vec![users.item(user)?] } else { Vec::new() })
                };
                paged(&self.site, self.site.get(&v3(&["users", "search"]))?, "", None).each(shown).into()
            }
            "Group" => self.all_groups()?.mapped(&self.groups).into(),
            "Entitlement" => self.entitlements(ctx, number).await?,
            _ => self.grants(ctx, number).await?,
        })
    }

    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        if *class == ObjectClass::GROUP {
            let found = self.all_groups()?.map_request(|request| request.with_query("groupId", id));
            let mut found = found.all(ctx).await?;
            found.retain(|group| text(group, "/groupId") == Some(id));
            return Ok(found.pop());
        }
        self.site.try_json(ctx, &self.account(self.site.get(&v3(&["user"]))?, id)).await
    }

    async fn find(&self, ctx: &Context, class: &ObjectClass, _name: &str, value: &str) -> Result<Vec<Value>> {
        if *class == ObjectClass::GROUP {
            let found = self.all_groups()?.map_request(|request| request.with_query("groupName", value));
            return found.all(ctx).await;
        }
        let request = self.site.get(&v3(&["user", "search"]))?.with_query("query", value);
        Ok(items(&self.site.json(ctx, &request).await?, "")?.to_vec())
    }

    /// The site says whether the account administers it, and with it the projects. The key of an organisation is tried, and
    /// when it is to manage accounts, with that: a key with scopes is refused there only.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let me = self.site.json(ctx, &self.site.get(&v3(&["myself"]))?).await?;
        let own = self.site.get(&v3(&["mypermissions"]))?.with_query("permissions", "ADMINISTER");
        let own = self.site.try_json(ctx, &own).await?.unwrap_or_default();
        if own.pointer("/permissions/ADMINISTER/havePermission") == Some(&false.into()) {
            narrow(report, |permission| permission != scope::SITE);
        }
        for project in self.closed_projects(ctx).await? {
            let detail = format!("the project `{project}` is not there, or not open to the account");
            report.warnings.push(detail);
        }
        let mut parts = vec![(scope::SITE, &self.site, self.site.get(&v3(&["applicationrole"]))?)];
        if let Some(organization) = &self.organization {
            let client = &organization.client;
            parts.push((scope::ORGANIZATION, client, client.get(&["admin", "v1", "orgs"])?));
            if let (true, Some(account)) = (self.config.managed, text(&me, "/accountId")) {
                parts.push((scope::ORGANIZATION, client, client.get(&["users", account, "manage"])?));
            }
        }
        probe(ctx, report, &parts).await
    }

    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        body: Map<String, Value>,
        resource: &Resource,
    ) -> Result<(Value, Answer)> {
        if *class == ObjectClass::GROUP {
            let answer = self.site.send(ctx, &self.site.post(&v3(&["group"]))?.with_json(&body)?).await?;
            return Ok((answer.json()?, answer));
        }
        let mut invited = json!({ "emailAddress": resource.text("userName") });
        if let (false, Some(invited)) = (self.config.products.is_empty(), invited.as_object_mut()) {
            invited.insert("products".to_owned(), json!(self.config.products));
        }
        if let (Some(name), Some(invited)) = (resource.text("displayName"), invited.as_object_mut()) {
            invited.insert("displayName".to_owned(), name.into());
        }
        let answer = self.site.send(ctx, &self.site.post(&v3(&["user"]))?.with_json(&invited)?).await?;
        let made: Value = answer.json()?;
        if body.get("active") == Some(&false.into()) && self.organization.is_some() {
            let stopped = self.set_status(ctx, &made, AccountStatus::Suspended).await;
            stopped.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        }
        Ok((made, answer))
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        match &self.organization {
            Some(organization) => organization.set_status(ctx, item, status, self.config.managed).await,
            None => Ok(Outcome::already_so()),
        }
    }

    /// Takes the user out of the site; the Atlassian account stays.
    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let request = match *class == ObjectClass::GROUP {
            true => self.site.delete(&v3(&["group"]))?.with_query("groupId", need_text(item, "/groupId")?),
            false => self.account(self.site.delete(&v3(&["user"]))?, need_text(item, "/accountId")?),
        };
        removed(self.site.send(ctx, &request).await)
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        match &self.organization {
            Some(organization) => organization.end_tokens(ctx, item, scope).await,
            None => Ok(Outcome::already_so()),
        }
    }
}
