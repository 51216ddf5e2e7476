use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, CheckReport, ConnectorError, ConnectorInfo, Context,
    CredentialSource, DeleteMode, ErrorKind, ObjectClass, ObjectRef, Outcome, OwnershipScope, Result, Secret,
    SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Found, Kind, List, Listing, New, System, Wire, done, items, need_text, password, text,
};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, narrow};

use crate::capabilities::{ADMIN, capabilities};
use crate::fields::{self, is};
use crate::{Suspension, SynapseConfig};

/// What only Synapse has: its admin API, and what an administrator does in rooms as everybody does.
#[derive(Debug)]
pub struct Synapse {
    pub(crate) config: SynapseConfig,
    pub(crate) client: RestClient,
    wire: Wire,
    users: Arc<Mapping>,
}

pub(crate) const ADMIN_V1: [&str; 3] = ["_synapse", "admin", "v1"];
const ADMIN_V2: [&str; 3] = ["_synapse", "admin", "v2"];

/// An address below one part of the API.
pub(crate) fn at<'a>(part: [&'a str; 3], path: &[&'a str]) -> Vec<&'a str> {
    part.into_iter().chain(path.iter().copied()).collect()
}

impl Synapse {
    /// A list, which is walked by numbers.
    pub(crate) fn paged(&self, request: Request, name: &str, next: &str) -> Listing {
        let paging = Paging::Cursor { at: next.to_owned(), parameter: "from".to_owned() };
        Listing::new(&self.client, request, name).paged(paging).sized("limit", 100)
    }

    pub(crate) fn all_users(&self) -> Result<Listing> {
        // Nobody ever leaves the list, and by this order who comes stands at its end.
        let everybody =
            [("guests", "false"), ("deactivated", "true"), ("locked", "true"), ("order_by", "creation_ts")];
        let request = self.client.get(&at(ADMIN_V2, &["users"]))?;
        let request = everybody.into_iter().fold(request, |ask, (name, value)| ask.with_query(name, value));
        Ok(self.paged(request, "/users", "/next_token"))
    }

    /// A client of somebody else.
    pub(crate) fn client_as(&self, token: &Secret) -> Result<RestClient> {
        client(&self.config, &self.wire.with_auth(Auth::bearer(token)))
    }

    fn id_of(&self, name: &str) -> String {
        format!("@{name}:{}", self.config.server_name)
    }

    /// An account as it is, also an erased one.
    async fn account(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        if !self.config.is_local(id) {
            return Ok(None);
        }
        let found = self.client.try_json(ctx, &self.client.get(&at(ADMIN_V2, &["users", id]))?).await?;
        Ok(found.map(|user| fields::flat(user, &self.config)))
    }

    async fn put(&self, ctx: &Context, id: &str, body: &Value) -> Result<Answer> {
        let request = self.client.put(&at(ADMIN_V2, &["users", id]))?;
        self.client.send(ctx, &request.with_json(body)?).await
    }

    async fn deactivate(&self, ctx: &Context, item: &Value, erase: bool) -> Result<Outcome> {
        let request = self.client.post(&at(ADMIN_V1, &["deactivate", need_text(item, "/name")?]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&json!({ "erase": erase }))?).await?))
    }

    /// Sets or lifts the suspension that leaves an account to read.
    async fn restrict(&self, ctx: &Context, item: &Value, suspend: bool) -> Result<Outcome> {
        let request = self.client.put(&at(ADMIN_V1, &["suspend", need_text(item, "/name")?]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&json!({ "suspend": suspend }))?).await?))
    }

    /// What Synapse takes for these members. It would move an address of somebody else, and leave half an account behind when
    /// an external id is somebody else's: both are asked for first.
    async fn body(&self, ctx: &Context, changes: Map<String, Value>, item: &Value) -> Result<Value> {
        for (name, at) in [(ObjectRef::EMAIL, "email"), (ObjectRef::EXTERNAL_ID, "externalId")] {
            let value = changes.get("flat").and_then(|flat| text(flat, &format!("/{at}")));
            let Some(value) = value else { continue };
            if at == "externalId" && self.config.auth_provider.is_none() {
                let detail = "the configuration names no `auth_provider` whose ids these are";
                return Err(ConnectorError::invalid_input(at, detail));
            }
            for other in self.find(ctx, name, value).await? {
                let (own, other) = (text(item, "/name"), need_text(&other, "/name")?);
                if own != Some(other) {
                    return Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                        .with_attribute(at)
                        .with_detail(format!("`{value}` belongs to `{other}`"))
                        .with_conflicting(ObjectRef::new(ObjectClass::USER, other)));
                }
            }
        }
        let provider = self.config.auth_provider.as_deref().unwrap_or_default();
        Ok(fields::unflat(changes, item, provider).into())
    }
}

fn client(config: &SynapseConfig, wire: &Wire) -> Result<RestClient> {
    wire.client(&config.base_url, config.timeout_seconds, fields::rules())
}

#[async_trait]
impl System for Synapse {
    type Config = SynapseConfig;

    fn new(config: SynapseConfig, wire: &Wire) -> Result<Self> {
        let client = client(&config, wire)?;
        Ok(Self { client, wire: wire.clone(), users: fields::users()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ConnectorInfo::new("synapse", name, version, &self.config.server_name)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        Ok(vec![Collection::new(&self.client, &self.users, "users").in_lists(1)])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    /// The list of accounts tells neither addresses nor external ids: each is read.
    async fn list(&self, _ctx: &Context, _number: usize) -> Result<List> {
        let (client, config, users) = (self.client.clone(), self.config.clone(), Arc::clone(&self.users));
        let detail = move |user: &Value| client.get(&at(ADMIN_V2, &["users", need_text(user, "/name")?]));
        let object = move |user: &Value| match is(user, "erased") {
            true => Ok(Vec::new()),
            false => Ok(vec![users.item(&fields::flat(user.clone(), &config))?]),
        };
        Ok(self.all_users()?.detailed(detail).each(object).into())
    }

    async fn entitlements(&self, _ctx: &Context, _kind: &str) -> Result<List> {
        Ok(self.rooms()?.into())
    }

    async fn grants(&self, _ctx: &Context, _kind: &str, _number: usize) -> Result<List> {
        self.people_in_rooms()
    }

    /// An erased account is a deleted one, although the server keeps it.
    async fn read(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        Ok(self.account(ctx, id).await?.filter(|user| !is(user, "erased")))
    }

    async fn find(&self, ctx: &Context, name: &str, value: &str) -> Result<Vec<Value>> {
        let address = value.to_lowercase();
        let path = match (name, &self.config.auth_provider) {
            (ObjectRef::USER_NAME, _) => {
                return Ok(self.read(ctx, &self.id_of(value)).await?.into_iter().collect());
            }
            (ObjectRef::EMAIL, _) => ["threepid", "email", "users", &address],
            (_, Some(provider)) => ["auth_providers", provider, "users", value],
            (_, None) => return Ok(Vec::new()),
        };
        let found = self.client.try_json(ctx, &self.client.get(&at(ADMIN_V1, &path))?).await?;
        let Some(found) = found else { return Ok(Vec::new()) };
        Ok(self.read(ctx, need_text(&found, "/user_id")?).await?.into_iter().collect())
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let me = self.client.json(ctx, &self.client.get(&WHOAMI)?).await?;
        let me = need_text(&me, "/user_id")?;
        if !self.config.is_local(me) {
            let detail =
                format!("expected an account of `{}`, found the token of `{me}`", self.config.server_name);
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_attribute("server_name")
                .with_detail(detail));
        }
        let asked = self.client.get(&at(ADMIN_V1, &["users", me, "admin"]))?;
        let admin = match self.client.json(ctx, &asked).await {
            Err(error) if error.kind() == ErrorKind::Permission => false,
            answer => is(&answer?, "admin"),
        };
        narrow(report, |permission| admin || permission != ADMIN);
        Ok(())
    }

    /// A put changes an account that is there: the name has to be free before, and what was put has to be new.
    async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        let New { ctx, mut body, .. } = new;
        let mut take = |name| body.get_mut("flat").and_then(|flat| flat.as_object_mut()?.remove(name));
        let name = take("userName").unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        let free = self.client.get(&at(ADMIN_V1, &["username_available"]))?.with_query("username", name);
        self.client.send(ctx, &free).await?;
        let (id, body) = (self.id_of(name), self.body(ctx, body, &Value::Null).await?);
        let answer = self.put(ctx, &id, &body).await?;
        if answer.status != 201 {
            return Err(ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Unknown)
                .with_detail(format!("`{id}` was made by somebody else at the same time")));
        }
        Ok((fields::flat(answer.json()?, &self.config), answer))
    }

    async fn update(&self, user: Found<'_>, changes: Map<String, Value>) -> Result<Outcome> {
        let body = self.body(user.ctx, changes, user.item).await?;
        match body.as_object().is_some_and(|body| !body.is_empty()) {
            true => Ok(done(&self.put(user.ctx, user.id, &body).await?)),
            false => Ok(Outcome::already_so()),
        }
    }

    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        let Found { ctx, item, .. } = user;
        let stopped = item.pointer("/flat/active") == Some(&false.into());
        let id = need_text(item, "/name")?;
        match status {
            AccountStatus::Active if !stopped => Ok(Outcome::already_so()),
            AccountStatus::Active => {
                if is(item, "suspended") && self.config.suspension == Suspension::ReadOnly {
                    self.restrict(ctx, item, false).await?;
                }
                let works = json!({ "deactivated": false, "locked": false });
                Ok(done(&self.put(ctx, id, &works).await?))
            }
            AccountStatus::Suspended if stopped => Ok(Outcome::already_so()),
            AccountStatus::Suspended if self.config.suspension == Suspension::ReadOnly => {
                self.restrict(ctx, item, true).await
            }
            AccountStatus::Suspended => Ok(done(&self.put(ctx, id, &json!({ "locked": true })).await?)),
            AccountStatus::Disabled | AccountStatus::Archived if is(item, "deactivated") => {
                Ok(Outcome::already_so())
            }
            AccountStatus::Disabled | AccountStatus::Archived => self.deactivate(ctx, item, false).await,
        }
    }

    async fn delete(&self, user: Found<'_>, _mode: DeleteMode) -> Result<Outcome> {
        let Found { ctx, item, .. } = user;
        self.deactivate(ctx, item, true).await
    }

    /// A put would make an account that never was.
    async fn restore(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        let id = match (object.id.as_str(), object.secondary(ObjectRef::USER_NAME)) {
            ("", Some(name)) => self.id_of(name),
            (id, _) => id.to_owned(),
        };
        if self.account(ctx, &id).await?.is_none() {
            return Err(ConnectorError::not_found(object));
        }
        Ok(done(&self.put(ctx, &id, &json!({ "deactivated": false, "locked": false })).await?))
    }

    /// A session is a device, whatever it runs on; with the device its tokens end.
    async fn end_sessions(&self, user: Found<'_>, _scope: SessionScope) -> Result<Outcome> {
        let Found { ctx, item, .. } = user;
        let user = need_text(item, "/name")?;
        let listed =
            self.client.json(ctx, &self.client.get(&at(ADMIN_V2, &["users", user, "devices"]))?).await?;
        let devices: Vec<&str> =
            items(&listed, "/devices")?.iter().filter_map(|device| text(device, "/device_id")).collect();
        if devices.is_empty() {
            return Ok(Outcome::already_so());
        }
        let request = self.client.post(&at(ADMIN_V2, &["users", user, "delete_devices"]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&json!({ "devices": devices }))?).await?))
    }

    async fn set_credential(&self, user: Found<'_>, credential: &CredentialSource) -> Result<Outcome> {
        let Found { ctx, item, .. } = user;
        let secret = password(ctx, credential).await?;
        let body = json!({ "password": secret.expose(), "logout_devices": false });
        Ok(done(&self.put(ctx, need_text(item, "/name")?, &body).await?))
    }

    async fn transfer(&self, from: Found<'_>, to: Found<'_>, scope: &OwnershipScope) -> Result<Outcome> {
        self.hand_over(from, to, scope).await
    }
}

pub(crate) const WHOAMI: [&str; 5] = ["_matrix", "client", "v3", "account", "whoami"];
