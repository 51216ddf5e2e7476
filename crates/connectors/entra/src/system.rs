use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, ChangePage, CheckReport, ConnectorError, ConnectorInfo, Context,
    CredentialSource, DeleteMode, DeltaToken, EntitlementRef, ObjectClass, ObjectRef, Outcome,
    OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    List, Listing, System, done, fixed, need_text, password, probe, removed, text,
};
use tenure_connector_rest::{Answer, Auth, Mapping, Paging, Request, RestClient, narrow};
use tenure_scim::Resource;

use crate::capabilities as scope;
use crate::{EntraConfig, capabilities, fields};

/// What only Microsoft Graph has: links between objects, licences with places of use, deleted objects that come back.
#[derive(Debug)]
pub struct Entra {
    pub(crate) config: EntraConfig,
    pub(crate) client: RestClient,
    users: Arc<Mapping>,
    groups: Arc<Mapping>,
}

/// An address of the API.
pub(crate) fn v1<'a>(path: &[&'a str]) -> Vec<&'a str> {
    ["v1.0"].into_iter().chain(path.iter().copied()).collect()
}

/// The link between an object and another one. Every link is made here: without `$ref` a DELETE would remove the object at
/// its end instead of the link.
pub(crate) fn link<'a>(object: [&'a str; 2], relation: &'a str, end: Option<&'a str>) -> Vec<&'a str> {
    ["v1.0"].into_iter().chain(object).chain([relation]).chain(end).chain(["$ref"]).collect()
}

impl Entra {
    /// What a user is read with.
    pub(crate) fn select(&self) -> String {
        let activity = if self.config.sign_in_activity { fields::ACTIVITY } else { "" };
        format!("{}{activity}", fields::SELECT)
    }

    pub(crate) fn paged(&self, request: Request, largest: u32) -> Listing {
        let paging = Paging::Address { at: "/@odata.nextLink".to_owned() };
        Listing::new(&self.client, request, "/value").paged(paging).sized("$top", largest)
    }

    /// Users, with these properties.
    pub(crate) fn users_with(&self, select: &str) -> Result<Listing> {
        let request = self.client.get(&v1(&["users"]))?.with_query("$select", select);
        let request = match self.config.guests {
            true => request,
            false => request.with_query("$filter", "userType eq 'Member'"),
        };
        Ok(self.paged(request, capabilities::page(&self.config)))
    }

    fn whole_users(&self) -> Result<Listing> {
        let users = self.users_with(&self.select())?;
        Ok(users.map_request(|request| request.with_query("$expand", "manager($select=id)")))
    }

    pub(crate) fn all_groups(&self) -> Result<Listing> {
        let select = "id,displayName,description,mailNickname,mailEnabled,groupTypes,membershipRule,\
                      onPremisesSyncEnabled";
        Ok(self.paged(self.client.get(&v1(&["groups"]))?.with_query("$select", select), 999))
    }

    /// Points a link at an object.
    pub(crate) fn reference(&self, request: Request, kind: &str, id: &str) -> Result<Request> {
        let target = self.client.get(&v1(&[kind, id]))?.url().to_string();
        request.with_json(&json!({ "@odata.id": target }))
    }

    async fn patch(&self, ctx: &Context, class: &ObjectClass, id: &str, body: &Value) -> Result<Outcome> {
        let request = self.client.patch(&v1(&[kind(class), id]))?.with_json(body)?;
        Ok(done(&self.client.send(ctx, &request).await?))
    }

    /// Erases a deleted object for good.
    async fn erase(&self, ctx: &Context, id: &str) -> Result<Outcome> {
        let request = self.client.delete(&v1(&["directory", "deletedItems", id]))?;
        removed(self.client.send(ctx, &request).await)
    }
}

#[async_trait]
impl System for Entra {
    type Config = EntraConfig;

    fn new(config: EntraConfig, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let client = RestClient::new(config.base_url.clone(), auth, http)?
            .with_rules(fields::rules())
            .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
        Ok(Self { client, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("entra", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.tenant)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn clients(&mut self) -> Vec<&mut RestClient> {
        vec![&mut self.client]
    }

    fn mappings(&self) -> Vec<&Arc<Mapping>> {
        vec![&self.users, &self.groups]
    }

    fn lists(&self, class: &ObjectClass) -> usize {
        match class.as_str() {
            "Entitlement" | "Grant" => 3 + usize::from(!self.config.app_roles.is_empty()),
            _ => 1,
        }
    }

    async fn list(&self, _ctx: &Context, class: &ObjectClass, number: usize) -> Result<List> {
        Ok(match class.as_str() {
            "User" => self.whole_users()?.mapped(&self.users).into(),
            "Group" => self.all_groups()?.mapped(&self.groups).into(),
            "Worker" => {
                let from = self.config.workers.as_ref();
                self.whole_users()?.workers(&self.users, from, "/createdDateTime").into()
            }
            "Entitlement" => self.entitlements(number)?,
            _ => self.grants(number)?,
        })
    }

    /// A user name finds a user, too; only the id counts.
    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>> {
        let request = self.client.get(&v1(&[kind(class), id]))?;
        let request = match *class == ObjectClass::GROUP {
            true => request,
            false => {
                request.with_query("$select", self.select()).with_query("$expand", "manager($select=id)")
            }
        };
        Ok(self.client.try_json(ctx, &request).await?.filter(|item| text(item, "/id") == Some(id)))
    }

    async fn find(&self, ctx: &Context, class: &ObjectClass, name: &str, value: &str) -> Result<Vec<Value>> {
        let list = if *class == ObjectClass::GROUP { self.all_groups()? } else { self.whole_users()? };
        let filter = format!("{} eq '{}'", fields::searched(name), value.replace('\'', "''"));
        let found = list.map_request(|request| request.with_only_query("$filter", filter)).all(ctx).await?;
        Ok(found)
    }

    /// A token of an application says itself what the tenant allowed it; any other is tried.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let one = |path: &[&str]| -> Result<Request> {
            Ok(self.client.get(&v1(path))?.with_query("$select", "id"))
        };
        let users = one(&["users"])?.with_query("$top", "1");
        // Methods are asked for of one user, whoever that is.
        let somebody = self.client.json(ctx, &users).await.unwrap_or_default();
        let mut parts = vec![
            (scope::USERS, &self.client, users),
            (scope::GROUPS, &self.client, one(&["groups"])?.with_query("$top", "1")),
            (scope::ROLES, &self.client, one(&["directoryRoles"])?),
            (scope::LICENCES, &self.client, self.client.get(&v1(&["subscribedSkus"]))?),
        ];
        if let Some(user) = text(&somebody, "/value/0/id") {
            parts.push((scope::FACTORS, &self.client, self.ask_methods(user)?));
        }
        probe(ctx, report, &parts).await?;
        let claims = self.client.claims().await?.unwrap_or_default();
        if let Some(given) = claims.get("roles").and_then(Value::as_array) {
            narrow(report, |wanted| {
                given.iter().filter_map(Value::as_str).any(|own| capabilities::covers(own, wanted))
            });
        }
        if self.config.sign_in_activity {
            let select = format!("id{}", fields::ACTIVITY);
            let request = self.client.get(&v1(&["users"]))?.with_query("$select", select);
            if let Err(error) = self.client.send(ctx, &request.with_query("$top", "1")).await {
                let why = error.detail();
                report.warnings.push(format!("last sign-ins cannot be read, and users with them: {why}"));
            }
        }
        Ok(())
    }

    /// A user gets a password that nobody knows: people sign in elsewhere, or a password is set after.
    async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        mut body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        let flat = body.remove("flat");
        let name = if *class == ObjectClass::GROUP { "displayName" } else { "userPrincipalName" };
        let nickname = nickname(body.get(name).and_then(Value::as_str).unwrap_or_default());
        body.entry("mailNickname").or_insert_with(|| nickname.into());
        if *class == ObjectClass::GROUP {
            body.extend([
                ("mailEnabled".to_owned(), false.into()),
                ("securityEnabled".to_owned(), true.into()),
            ]);
        } else {
            body.entry("accountEnabled").or_insert(true.into());
            let nobody_knows = format!("Aa1-{}-{}", uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
            let profile = json!({ "password": nobody_knows, "forceChangePasswordNextSignIn": true });
            body.insert("passwordProfile".to_owned(), profile);
        }
        let answer = self.client.send(ctx, &self.client.post(&v1(&[kind(class)]))?.with_json(&body)?).await?;
        let made: Value = answer.json()?;
        if let Some(flat) = flat {
            let managed = self.manage(ctx, need_text(&made, "/id")?, &flat).await;
            managed.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        }
        Ok((made, answer))
    }

    async fn update(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        mut changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let id = need_text(item, "/id")?;
        // What belongs together is one value, and replaced as one.
        if let Some(Value::Object(new)) = changes.get_mut("employeeOrgData") {
            let mut whole =
                item.get("employeeOrgData").and_then(Value::as_object).cloned().unwrap_or_default();
            whole.extend(std::mem::take(new));
            *new = whole;
        }
        let flat = changes.remove("flat");
        let changed = match changes.is_empty() {
            true => Outcome::done(true),
            false => self.patch(ctx, class, id, &changes.into()).await?,
        };
        if let Some(flat) = flat {
            self.manage(ctx, id, &flat).await.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        }
        Ok(changed)
    }

    async fn set_status(&self, ctx: &Context, item: &Value, status: AccountStatus) -> Result<Outcome> {
        let wanted = status.is_active();
        if item.get("accountEnabled") == Some(&wanted.into()) {
            return Ok(Outcome::already_so());
        }
        let body = json!({ "accountEnabled": wanted });
        self.patch(ctx, &ObjectClass::USER, need_text(item, "/id")?, &body).await
    }

    async fn delete(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        item: &Value,
        mode: DeleteMode,
    ) -> Result<Outcome> {
        let id = need_text(item, "/id")?;
        let deleted = removed(self.client.send(ctx, &self.client.delete(&v1(&[kind(class), id]))?).await)?;
        if mode == DeleteMode::Soft || *class == ObjectClass::GROUP {
            return Ok(deleted);
        }
        self.erase(ctx, id).await.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        Ok(deleted)
    }

    async fn purge(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        match object.id.as_str() {
            "" => Ok(Outcome::already_gone()),
            id => self.erase(ctx, id).await,
        }
    }

    async fn restore(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        if object.id.is_empty() {
            return Err(ConnectorError::invalid_input("id", "a deleted object is found by its id only"));
        }
        let request = self.client.post(&v1(&["directory", "deletedItems", &object.id, "restore"]))?;
        Ok(done(&self.client.send(ctx, &request.with_json(&json!({}))?).await?))
    }

    async fn grant(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.give(ctx, item, entitlement).await
    }

    async fn revoke(&self, ctx: &Context, item: &Value, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.take(ctx, item, entitlement).await
    }

    /// The answer is 200 with a body or 204 without one. There is one kind of session.
    async fn end_sessions(&self, ctx: &Context, item: &Value, _scope: SessionScope) -> Result<Outcome> {
        if text(item, "/userType") == Some("Guest") {
            return Err(fixed("a guest's sessions belong to the tenant that the guest comes from"));
        }
        let path = v1(&["users", need_text(item, "/id")?, "revokeSignInSessions"]);
        Ok(done(&self.client.send(ctx, &self.client.post(&path)?).await?))
    }

    async fn reset_factors(&self, ctx: &Context, item: &Value) -> Result<Outcome> {
        self.forget_factors(ctx, item).await
    }

    async fn set_credential(
        &self,
        ctx: &Context,
        item: &Value,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let secret = password(ctx, credential).await?;
        let profile = json!({ "password": secret.expose(), "forceChangePasswordNextSignIn": true });
        let body = json!({ "passwordProfile": profile });
        self.patch(ctx, &ObjectClass::USER, need_text(item, "/id")?, &body).await
    }

    async fn transfer(
        &self,
        ctx: &Context,
        from: &Value,
        to: &Value,
        scope: &OwnershipScope,
    ) -> Result<Outcome> {
        self.hand_over(ctx, need_text(from, "/id")?, need_text(to, "/id")?, scope).await
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

fn kind(class: &ObjectClass) -> &'static str {
    if *class == ObjectClass::GROUP { "groups" } else { "users" }
}

/// What stands before the `@`, of the letters that a nickname may have.
fn nickname(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    let kept: String =
        local.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(64).collect();
    if kept.is_empty() { uuid::Uuid::now_v7().simple().to_string() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_is_without_its_last_word() {
        assert_eq!(
            link(["groups", "g1"], "members", Some("u1")),
            ["v1.0", "groups", "g1", "members", "u1", "$ref"]
        );
        assert_eq!(link(["users", "u1"], "manager", None), ["v1.0", "users", "u1", "manager", "$ref"]);
    }

    #[test]
    fn a_nickname_has_letters_that_it_may_have() {
        assert_eq!(nickname("anna.berg@meridian.example"), "anna.berg");
        assert_eq!(nickname(&"a".repeat(80)).len(), 64);
        assert_eq!(nickname("李").len(), 32);
    }
}
