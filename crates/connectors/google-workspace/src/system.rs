use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorError, ConnectorInfo, Context, CredentialSource,
    DeleteMode, EntitlementRef, ErrorKind, ExclusiveGroup, JobRef, ObjectClass, ObjectRef, Outcome,
    OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    List, Listing, System, done, id_text, items, need_text, password, probe, removed, text,
};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, absent, narrow};
use tenure_scim::Resource;

use crate::capabilities as scope;
use crate::{GoogleConfig, capabilities, fields};

const DIRECTORY: [&str; 3] = ["admin", "directory", "v1"];

/// What only Google Workspace has: the Directory, Licensing and Data Transfer APIs.
#[derive(Debug)]
pub struct Google {
    pub(crate) config: GoogleConfig,
    pub(crate) admin: RestClient,
    pub(crate) licensing: RestClient,
    token_info: RestClient,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

/// An address of the Directory API.
pub(crate) fn directory<'a>(path: &[&'a str]) -> Vec<&'a str> {
    DIRECTORY.iter().copied().chain(path.iter().copied()).collect()
}

/// Lists go on by a token that is good for three days.
pub(crate) fn paged(client: &RestClient, request: Request, at: &str, largest: u32) -> Listing {
    let paging = Paging::Cursor { at: "/nextPageToken".to_owned(), parameter: "pageToken".to_owned() };
    Listing::new(client, request, at).paged(paging).sized("maxResults", largest)
}

impl Google {
    pub(crate) fn all_users(&self) -> Result<Listing> {
        let request = self.admin.get(&directory(&["users"]))?;
        let request = request.with_query("customer", &self.config.customer).with_query("projection", "full");
        Ok(paged(&self.admin, request, "/users", 500))
    }

    pub(crate) fn all_groups(&self) -> Result<Listing> {
        let request = self.admin.get(&directory(&["groups"]))?.with_query("customer", &self.config.customer);
        Ok(paged(&self.admin, request, "/groups", 200))
    }

    /// The last words of the scopes that a token has; nothing, when Google does not say.
    async fn scopes(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        let Some(token) = self.admin.token().await? else { return Ok(None) };
        let request = self.token_info.post(&["tokeninfo"])?.with_form(&[("access_token", token.expose())]);
        // It serves the check only, which tries each API otherwise.
        let Ok(answer) = self.token_info.json(ctx, &request.reading()).await else { return Ok(None) };
        let last = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(text(&answer, "/scope").map(|scopes| scopes.split(' ').map(last).collect()))
    }

    /// A POST on a user that has no body and no answer.
    async fn act(&self, ctx: &Context, user: &str, action: &[&str]) -> Result<Outcome> {
        let path: Vec<&str> = ["users", user].into_iter().chain(action.iter().copied()).collect();
        Ok(done(&self.admin.send(ctx, &self.admin.post(&directory(&path))?).await?))
    }

    async fn put(&self, ctx: &Context, class: &ObjectClass, item: &Value, body: &Value) -> Result<Outcome> {
        let request = self.admin.put(&directory(&[kind(class), need_text(item, "/id")?]))?;
        Ok(done(&self.admin.send(ctx, &request.with_json(body)?).await?))
    }
}

#[async_trait]
impl System for Google {
    type Config = GoogleConfig;

    fn new(config: GoogleConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let timeout = Duration::from_secs(config.timeout_seconds.into());
        let client = |base: &url::Url, rules| -> Result<RestClient> {
            let client = RestClient::new(base.clone(), auth.clone(), http.clone())?;
            Ok(client.with_rules(rules).with_timeout(timeout))
        };
        let token_info =
            RestClient::new(config.token_info(), Auth::none(), http.clone())?.with_timeout(timeout);
        Ok(Self {
            token_info,
            admin: client(&config.base_url, fields::rules())?,
            licensing: client(&config.licensing_url, fields::licensing_rules())?,
            users: fields::users()?,
            groups: fields::groups()?,
            config,
        })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("google-workspace", name, version, &self.config.customer)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.admin, &mut self.licensing, &mut self.token_info]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        match class.as_str() {
            "Entitlement" | "Grant" => 2 + usize::from(!self.config.licences.is_empty()),
            _ => 1,
        }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match class.as_str() {
            "User" => self.all_users()?.mapped(&self.users).into(),
            "Group" => self.all_groups()?.mapped(&self.groups).into(),
            "Worker" => {
                let from = self.config.workers.as_ref();
                self.all_users()?.workers(&self.users, from, "/creationTime").into()
            }
            "Entitlement" => self.entitlements(ctx, number).await?,
            _ => self.grants(ctx, number).await?,
        })
    }

    /// Also an address or an alias finds a user; only the id counts.
    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        let request = self.admin.get(&directory(&[kind(class), id]))?;
        Ok(self.admin.try_json(ctx, &request).await?.filter(|item| text(item, "/id") == Some(id)))
    }

    async fn find(&self, ctx: &Context, _class: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        if name == ObjectRef::USER_NAME {
            let request = self.admin.get(&directory(&["users", value]))?;
            // What is no address is answered with 400.
            return match self.admin.try_json(ctx, &request).await {
                Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(Vec::new()),
                found => Ok(found?.into_iter().collect()),
            };
        }
        let query = format!("externalId='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        let found = self.all_users()?.map_request(|request| request.with_query("query", query));
        found.all(ctx).await
    }

    async fn exclusive(&self, _ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        let mut groups: Vec<ExclusiveGroup> = Vec::new();
        for sku in &self.config.licences {
            let member = EntitlementRef::new("licence", sku.id());
            match groups.iter_mut().find(|group| group.name == sku.product) {
                Some(group) => group.members.push(member),
                None => {
                    let (name, members) = (sku.product.clone(), vec![member]);
                    groups.push(ExclusiveGroup { name, members, fallback: None });
                }
            }
        }
        Ok(groups)
    }

    /// Google says which scopes a token has. A scope is not all: each API is asked for one thing besides, because the
    /// administrator whom the token stands for can lack a right, and the project an API.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let one = |request: Request| request.with_query("maxResults", "1");
        let customer = |path: &[&str]| -> Result<Request> {
            Ok(one(self.admin.get(&directory(path))?.with_query("customer", &self.config.customer)))
        };
        let first = self.admin.json(ctx, &customer(&["users"])?).await;
        let me = first.as_ref().ok().and_then(|users| text(users, "/users/0/id")).unwrap_or("me").to_owned();
        let roles = self.admin.get(&directory(&["customer", &self.config.customer, "roles"]))?;
        let mut parts = vec![
            (scope::USERS, &self.admin, customer(&["users"])?),
            (scope::GROUPS, &self.admin, customer(&["groups"])?),
            (scope::ROLES, &self.admin, one(roles)),
            (scope::SECURITY, &self.admin, self.admin.get(&directory(&["users", &me, "tokens"]))?),
            (scope::TRANSFERS, &self.admin, self.ask_applications()?),
        ];
        if let Some(sku) = self.config.licences.first() {
            let request =
                self.licensing.get(&["apps", "licensing", "v1", "product", &sku.product, "users"])?;
            let request = one(request.with_query("customerId", &self.config.customer));
            parts.push((scope::LICENCES, &self.licensing, request));
        }
        probe(ctx, report, &parts).await?;
        if let Some(scopes) = self.scopes(ctx).await? {
            narrow(report, |wanted| scopes.iter().any(|own| own == wanted));
        }
        Ok(())
    }

    /// A user gets a password that nobody knows: people sign in elsewhere, or a password is set after.
    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        let mut body = fields::unflat(body, &Value::Null);
        if *class == ObjectClass::USER {
            let nobody_knows = format!("{}-{}", uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
            body.insert("password".to_owned(), nobody_knows.into());
        }
        let request = self.admin.post(&directory(&[kind(class)]))?.with_json(&body)?;
        let answer = self.admin.send(ctx, &request).await?;
        Ok((answer.json()?, answer))
    }

    async fn update(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        self.put(ctx, class, item, &fields::unflat(changes, item).into()).await
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        let is = |name: &str| item.get(name) == Some(&true.into());
        let stopped = is("suspended") || is("archived");
        let body = match status {
            AccountStatus::Active if !stopped => return Ok(Outcome::already_so()),
            AccountStatus::Active => json!({ "suspended": false, "archived": false }),
            AccountStatus::Archived if is("archived") => return Ok(Outcome::already_so()),
            AccountStatus::Archived => json!({ "archived": true }),
            _ if stopped => return Ok(Outcome::already_so()),
            _ => json!({ "suspended": true }),
        };
        self.put(ctx, &ObjectClass::USER, item, &body).await
    }

    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let request = self.admin.delete(&directory(&[kind(class), need_text(item, "/id")?]))?;
        removed(self.admin.send(ctx, &request).await)
    }

    async fn restore(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        if object.id.is_empty() {
            return Err(ConnectorError::invalid_input("id", "a deleted user is found by its id only"));
        }
        let request = self.admin.post(&directory(&["users", &object.id, "undelete"]))?;
        Ok(done(&self.admin.send(ctx, &request.with_json(&json!({ "orgUnitPath": "/" }))?).await?))
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    /// Signing out ends sessions in browsers and on devices alike; programs with access are tokens, and older ones have
    /// passwords of their own, which no session is behind.
    async fn end_sessions(&self, ctx: &Context, item: &Value, scope: SessionScope) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        if matches!(scope, SessionScope::Tokens | SessionScope::All) {
            let path = directory(&["users", user, "tokens"]);
            let listed = self.admin.json(ctx, &self.admin.get(&path)?).await?;
            for token in items(&listed, "/items")? {
                let path = directory(&["users", user, "tokens", need_text(token, "/clientId")?]);
                absent(self.admin.send(ctx, &self.admin.delete(&path)?).await)?;
            }
            let path = directory(&["users", user, "asps"]);
            let passwords = self.admin.json(ctx, &self.admin.get(&path)?).await?;
            for password in items(&passwords, "/items")? {
                let code = id_text(password, "/codeId")?;
                let path = directory(&["users", user, "asps", &code]);
                absent(self.admin.send(ctx, &self.admin.delete(&path)?).await)?;
            }
            if scope == SessionScope::Tokens {
                let none = items(&listed, "/items")?.is_empty() && items(&passwords, "/items")?.is_empty();
                return Ok(if none { Outcome::already_so() } else { Outcome::done(true) });
            }
        }
        self.act(ctx, user, &["signOut"]).await
    }

    /// The codes that somebody printed are a factor, too.
    async fn reset_factors(&self, ctx: &Context, item: &Value) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        self.act(ctx, user, &["verificationCodes", "invalidate"]).await?;
        self.act(ctx, user, &["twoStepVerification", "turnOff"]).await
    }

    async fn set_credential(
        &self,
        ctx: &Context,
        item: &Value,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let secret = password(ctx, credential).await?;
        self.put(ctx, &ObjectClass::USER, item, &json!({ "password": secret.expose() })).await
    }

    async fn transfer(
        &self,
        ctx: &Context,
        from: &Value,
        to: &Value,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        self.begin_transfer(ctx, from, to, scope).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.ask_transfer(ctx, job).await
    }
}

fn kind(class: &ObjectClass) -> &'static str {
    if *class == ObjectClass::GROUP { "groups" } else { "users" }
}
