use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, ChangePage, CheckReport, ConnectorInfo, Context, DeltaToken, ObjectRef, Outcome, Result,
    SessionScope,
};
use tenure_connector_rest::system::{Collection, Found, Kind, List, Listing, System, Wire, probe, put};
use tenure_connector_rest::{Mapping, Paging, RestClient};

use crate::capabilities as scope;
use crate::{OneloginConfig, capabilities, fields};

/// What only OneLogin has: numbers for lives and licences, and an API of two generations.
#[derive(Debug)]
pub struct Onelogin {
    pub(crate) config: OneloginConfig,
    /// Both generations, `1` and `2`.
    pub(crate) api: RestClient,
    /// The second one.
    pub(crate) client: RestClient,
    pub(crate) users: Arc<Mapping>,
}

impl Onelogin {
    pub(crate) fn all_users(&self) -> Result<Listing> {
        Ok(self.client.list(&["users"], "")?.with("fields", fields::LISTED))
    }

    /// How lists of the second generation go on.
    pub(crate) fn users_paging() -> Paging {
        Paging::Header { header: "after-cursor".to_owned(), parameter: "cursor".to_owned() }
    }

    /// How lists of the first generation go on.
    pub(crate) fn old_paging() -> Paging {
        Paging::Cursor { at: "/pagination/after_cursor".to_owned(), parameter: "after_cursor".to_owned() }
    }
}

#[async_trait]
impl System for Onelogin {
    type Config = OneloginConfig;

    fn new(config: OneloginConfig, wire: &Wire) -> Result<Self> {
        let client = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let api = client.below(&["api"])?;
        let client = api.clone().below(&["2"])?.with_lists(Self::users_paging(), "limit", 100);
        Ok(Self { api, client, users: fields::users()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("onelogin", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of()
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let parameter = |name: &str, value: &str| match name {
            ObjectRef::USER_NAME => ("username", value.to_owned()),
            ObjectRef::EXTERNAL_ID => ("external_id", value.to_owned()),
            _ => ("email", value.to_owned()),
        };
        Ok(vec![
            Collection::new(&self.client, &self.users, "users")
                .listed(self.all_users()?)
                .numbered()
                .searched(parameter)
                .made_with(new_user)
                .updated(put("users/{id}"))
                .changed_with(|changes, _| fields::unflat(changes))
                .password(
                    put("users/{id}?validate_policy=true"),
                    |secret| json!({ "password": secret, "password_confirmation": secret }),
                ),
        ])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    async fn entitlements(&self, ctx: &Context, _kind: &str) -> Result<List> {
        self.licence(ctx).await
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let users = self.client.get(&["users"])?.with_query("limit", "1");
        let roles = self.api.get(&["1", "roles"])?;
        probe(ctx, report, &[(scope::USERS, &self.client, users), (scope::ALL, &self.api, roles)]).await
    }

    /// There is one kind of session.
    async fn end_sessions(&self, user: Found<'_>, _scope: SessionScope) -> Result<Outcome> {
        let request = self.api.put(&["1", "users", user.id, "logout"])?.with_json(&json!({}))?;
        self.api.done(user.ctx, request).await
    }

    async fn reset_factors(&self, user: Found<'_>) -> Result<Outcome> {
        self.client.remove_each(user.ctx, &["mfa", "users", user.id, "devices"], "", "/device_id").await
    }

    async fn changes(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        self.follow(ctx, since).await
    }
}

/// A user is made with a licence and as active, or as suspended; without a password it waits for one.
fn new_user(body: &mut Map<String, Value>) {
    *body = fields::unflat(std::mem::take(body));
    body.entry("status").or_insert(fields::ACTIVE.into());
    body.insert("state".to_owned(), fields::LICENSED.into());
}
