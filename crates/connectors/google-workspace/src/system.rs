use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, CheckReport, ConnectorInfo, Context, EntitlementRef, ErrorKind, JobRef,
    ObjectRef, Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, Listing, System, Wire, post, probe, put, text,
};
use tenure_connector_rest::{Auth, ErrorRules, Mapping, Paging, Request, RestClient, narrow};

use crate::capabilities as scope;
use crate::{GoogleConfig, capabilities, fields};

/// What only Google Workspace has: the Directory, Licensing and Data Transfer APIs.
#[derive(Debug)]
pub struct Google {
    pub(crate) config: GoogleConfig,
    pub(crate) directory: RestClient,
    pub(crate) licensing: RestClient,
    pub(crate) transfers: RestClient,
    token_info: RestClient,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

impl Google {
    pub(crate) fn all_users(&self) -> Result<Listing> {
        let users = self.directory.list(&["users"], "/users")?.with("customer", &self.config.customer);
        Ok(users.with("projection", "full").sized("maxResults", 500))
    }

    pub(crate) fn all_groups(&self) -> Result<Listing> {
        Ok(self.directory.list(&["groups"], "/groups")?.with("customer", &self.config.customer))
    }

    /// The last words of the scopes that a token has; nothing, when Google does not say.
    async fn scopes(&self, ctx: &Context) -> Result<Option<Vec<String>>> {
        let Some(token) = self.directory.token().await? else { return Ok(None) };
        let request = self.token_info.post(&["tokeninfo"])?.with_form(&[("access_token", token.expose())]);
        // It serves the check only, which tries each API otherwise.
        let Ok(answer) = self.token_info.json(ctx, &request.reading()).await else { return Ok(None) };
        let last = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(text(&answer, "/scope").map(|scopes| scopes.split(' ').map(last).collect()))
    }

    /// A POST on a user that has no body and no answer.
    async fn act(&self, user: Found<'_>, action: &[&str]) -> Result<Outcome> {
        let request = self.directory.post(&[&["users", user.id], action].concat())?;
        self.directory.done(user.ctx, request).await
    }

    async fn put(&self, user: Found<'_>, body: &Value) -> Result<Outcome> {
        let request = self.directory.put(&["users", user.id])?.with_json(body)?;
        self.directory.done(user.ctx, request).await
    }

    fn people(&self) -> Result<Collection> {
        let by_number = |_: &str, value: &str| {
            ("query", format!("externalId='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
        };
        Ok(Collection::new(&self.directory, &self.users, "users")
            .listed(self.all_users()?)
            .workers(self.config.workers.as_ref(), "/creationTime")
            .searched(by_number)
            .made_with(new_user)
            .updated(put("users/{id}"))
            .changed_with(fields::unflat)
            .restored(post("users/{id}/undelete").json(|_| json!({ "orgUnitPath": "/" })))
            .password(put("users/{id}"), |secret| json!({ "password": secret })))
    }
}

#[async_trait]
impl System for Google {
    type Config = GoogleConfig;

    /// Lists go on by a token that is good for three days.
    fn new(config: GoogleConfig, wire: &Wire) -> Result<Self> {
        let seconds = config.timeout_seconds;
        let lists = Paging::Cursor { at: "/nextPageToken".to_owned(), parameter: "pageToken".to_owned() };
        let admin = wire.client(&config.base_url, seconds, fields::rules())?.below(&["admin"])?;
        let licensing = wire.client(&config.licensing_url, seconds, fields::licensing_rules())?;
        Ok(Self {
            directory: admin.clone().below(&["directory", "v1"])?.with_lists(
                lists.clone(),
                "maxResults",
                200,
            ),
            transfers: admin.below(&["datatransfer", "v1"])?,
            licensing: licensing.below(&["apps", "licensing", "v1", "product"])?.with_lists(
                lists,
                "maxResults",
                1000,
            ),
            token_info: wire.with_auth(Auth::none()).client(
                &config.token_info(),
                seconds,
                ErrorRules::new(),
            )?,
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

    fn collections(&self) -> Result<Vec<Collection>> {
        let groups = Collection::new(&self.directory, &self.groups, "groups").listed(self.all_groups()?);
        Ok(vec![self.people()?, groups.updated(put("groups/{id}"))])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn taken(&self, ctx: &Context, licence: &EntitlementRef) -> Result<u64> {
        Ok(self.holders(ctx, self.sku(licence)?).await?.len() as u64)
    }

    async fn grants(&self, ctx: &Context, _kind: &str, _number: usize) -> Result<List> {
        self.seats(ctx).await
    }

    async fn find(&self, ctx: &Context, name: &str, value: &str) -> Result<Vec<Value>> {
        if name != ObjectRef::USER_NAME {
            return self.people()?.find(ctx, name, value).await;
        }
        match self.directory.try_json(ctx, &self.directory.get(&["users", value])?).await {
            // What is no address is answered with 400.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(Vec::new()),
            found => Ok(found?.into_iter().collect()),
        }
    }

    /// Google says which scopes a token has. A scope is not all: each API is asked for one thing besides, because the
    /// administrator whom the token stands for can lack a right, and the project an API.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let (directory, customer) = (&self.directory, self.config.customer.as_str());
        let one = |request: Request| request.with_query("maxResults", "1");
        let listed = |path: &str| -> Result<Request> {
            Ok(one(directory.get(&[path])?.with_query("customer", customer)))
        };
        let first = directory.json(ctx, &listed("users")?).await.unwrap_or_default();
        let me = text(&first, "/users/0/id").unwrap_or("me");
        let mut parts = vec![
            (scope::USERS, directory, listed("users")?),
            (scope::GROUPS, directory, listed("groups")?),
            (scope::ROLES, directory, one(directory.get(&["customer", customer, "roles"])?)),
            (scope::SECURITY, directory, directory.get(&["users", me, "tokens"])?),
            (scope::TRANSFERS, &self.transfers, self.transfers.get(&["applications"])?),
        ];
        if let Some(sku) = self.config.licences.first() {
            let request = one(self.licensing.get(&[&sku.product, "users"])?);
            parts.push((scope::LICENCES, &self.licensing, request.with_query("customerId", customer)));
        }
        probe(ctx, report, &parts).await?;
        if let Some(scopes) = self.scopes(ctx).await? {
            narrow(report, |wanted| scopes.iter().any(|own| own == wanted));
        }
        Ok(())
    }

    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        let stopped = user.is("/suspended") || user.is("/archived");
        let body = match status {
            AccountStatus::Active if !stopped => return Ok(Outcome::already_so()),
            AccountStatus::Active => json!({ "suspended": false, "archived": false }),
            AccountStatus::Archived if user.is("/archived") => return Ok(Outcome::already_so()),
            AccountStatus::Archived => json!({ "archived": true }),
            _ if stopped => return Ok(Outcome::already_so()),
            _ => json!({ "suspended": true }),
        };
        self.put(user, &body).await
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        self.assign(user, wanted).await
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        self.release(user, held).await
    }

    /// Signing out ends sessions in browsers and on devices alike; programs with access are tokens, and older ones have
    /// passwords of their own, which no session is behind.
    async fn end_sessions(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Tokens | SessionScope::All) {
            let mut ended = Outcome::already_so();
            for (list, id) in [("tokens", "/clientId"), ("asps", "/codeId")] {
                let path = ["users", user.id, list];
                let gone = self.directory.remove_each(user.ctx, &path, "/items", id).await?;
                ended = if gone.changed() { gone } else { ended };
            }
            if scope == SessionScope::Tokens {
                return Ok(ended);
            }
        }
        self.act(user, &["signOut"]).await
    }

    /// The codes that somebody printed are a factor, too.
    async fn reset_factors(&self, user: Found<'_>) -> Result<Outcome> {
        self.act(user, &["verificationCodes", "invalidate"]).await?;
        self.act(user, &["twoStepVerification", "turnOff"]).await
    }

    async fn transfer(&self, from: Found<'_>, to: Found<'_>, scope: &OwnershipScope) -> Result<Outcome> {
        self.begin_transfer(from, to, scope).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.jobs().poll(ctx, job).await
    }
}

/// A user gets a password that nobody knows: people sign in elsewhere, or a password is set after.
fn new_user(body: &mut Map<String, Value>) {
    *body = fields::unflat(std::mem::take(body), &Value::Null);
    let nobody_knows = format!("{}-{}", uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    body.insert("password".to_owned(), nobody_knows.into());
}
