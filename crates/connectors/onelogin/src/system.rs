use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, ChangePage, CheckReport, ConnectorInfo, Context, CredentialSource,
    DeleteMode, DeltaToken, EntitlementRef, ObjectClass, ObjectRef, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{
    List, Listing, System, already, done, id_text, items, need_text, password, probe, removed,
};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, RestClient};
use tenure_scim::Resource;

use crate::capabilities as scope;
use crate::{OneloginConfig, capabilities, fields};

/// What only OneLogin has: numbers for lives and licences, and an API of two generations.
#[derive(Debug)]
pub struct Onelogin {
    pub(crate) config: OneloginConfig,
    pub(crate) client: RestClient,
    pub(crate) users: Arc<Mapping>,
}

impl Onelogin {
    pub(crate) fn all_users(&self) -> Result<Listing> {
        let request = self.client.get(&["api", "2", "users"])?.with_query("fields", fields::LISTED);
        Ok(Listing::new(&self.client, request, "").paged(Self::users_paging()).sized("limit", 100))
    }

    /// How lists of the second generation go on.
    pub(crate) fn users_paging() -> Paging {
        Paging::Header { header: "after-cursor".to_owned(), parameter: "cursor".to_owned() }
    }

    /// How lists of the first generation go on.
    pub(crate) fn old_paging() -> Paging {
        Paging::Cursor { at: "/pagination/after_cursor".to_owned(), parameter: "after_cursor".to_owned() }
    }

    pub(crate) async fn put(&self, ctx: &Context, path: &[&str], body: &Value) -> Result<Answer> {
        self.client.send(ctx, &self.client.put(path)?.with_json(body)?).await
    }
}

#[async_trait]
impl System for Onelogin {
    type Config = OneloginConfig;

    fn new(config: OneloginConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
        Ok(Self { client, users: fields::users()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        let host = self.config.base_url.host_str().unwrap_or_default();
        ConnectorInfo::new("onelogin", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of()
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.client]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        if *class == ObjectClass::ENTITLEMENT { 2 } else { 1 }
    }

    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        match class.as_str() {
            "User" => Ok(self.all_users()?.mapped(&self.users).into()),
            "Entitlement" => self.entitlements(ctx, number).await,
            _ => self.grants(),
        }
    }

    async fn read(&self, ctx: &Context, _class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        // An id is a number; anything else is another address.
        if id.parse::<u64>().is_err() {
            return Ok(None);
        }
        self.client.try_json(ctx, &self.client.get(&["api", "2", "users", id])?).await
    }

    async fn find(&self, ctx: &Context, _class: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        let parameter = match name {
            ObjectRef::USER_NAME => "username",
            ObjectRef::EXTERNAL_ID => "external_id",
            other => other,
        };
        self.all_users()?.map_request(|request| request.with_query(parameter, value)).all(ctx).await
    }

    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let users = self.client.get(&["api", "2", "users"])?.with_query("limit", "1");
        let roles = self.client.get(&["api", "1", "roles"])?;
        probe(ctx, report, &[(scope::USERS, &self.client, users), (scope::ALL, &self.client, roles)]).await
    }

    /// A user is made with a licence and as active, or as suspended; without a password it waits for one.
    async fn create(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        let mut body = fields::unflat(body);
        body.entry("status").or_insert(fields::ACTIVE.into());
        body.insert("state".to_owned(), fields::LICENSED.into());
        let request = self.client.post(&["api", "2", "users"])?.with_json(&body)?;
        let answer = self.client.send(ctx, &request).await?;
        Ok((answer.json()?, answer))
    }

    async fn update(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        item: &Value,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let path = ["api", "2", "users", &id_text(item, "/id")?];
        Ok(done(&self.put(ctx, &path, &fields::unflat(changes).into()).await?))
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        if fields::is_active(item) == status.is_active() {
            return Ok(Outcome::already_so());
        }
        let number = if status.is_active() { fields::ACTIVE } else { fields::SUSPENDED };
        let path = ["api", "2", "users", &id_text(item, "/id")?];
        already(self.put(ctx, &path, &json!({ "status": number })).await)
    }

    async fn delete(
        &self,
        ctx: &Context,
        _class: &ObjectClass,
        item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        let request = self.client.delete(&["api", "2", "users", &id_text(item, "/id")?])?;
        removed(self.client.send(ctx, &request).await)
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    /// There is one kind of session.
    async fn end_sessions(&self, ctx: &Context, item: &Value, _scope: SessionScope) -> Result<Outcome> {
        let path = ["api", "1", "users", &id_text(item, "/id")?, "logout"];
        Ok(done(&self.put(ctx, &path, &json!({})).await?))
    }

    async fn reset_factors(&self, ctx: &Context, item: &Value) -> Result<Outcome> {
        let user = id_text(item, "/id")?;
        let path = ["api", "2", "mfa", "users", &user, "devices"];
        let devices = self.client.json(ctx, &self.client.get(&path)?).await?;
        let devices = items(&devices, "")?;
        for device in devices {
            let request = self.client.delete(&[&path[..], &[need_text(device, "/device_id")?]].concat())?;
            removed(self.client.send(ctx, &request).await)?;
        }
        Ok(if devices.is_empty() { Outcome::already_so() } else { Outcome::done(true) })
    }

    async fn set_credential(
        &self,
        ctx: &Context,
        item: &Value,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let secret = password(ctx, credential).await?;
        let body = json!({ "password": secret.expose(), "password_confirmation": secret.expose() });
        let request = self.client.put(&["api", "2", "users", &id_text(item, "/id")?])?;
        let request = request.with_query("validate_policy", "true").with_json(&body)?;
        Ok(done(&self.client.send(ctx, &request).await?))
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
