use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, Change, CheckReport, ConnectorInfo, Context, EntitlementRef, ErrorKind, ObjectClass,
    ObjectRef, Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_connector_rest::system::{
    Collection, Feed, Found, Kind, Listing, New, Start, System, Wire, delete, fixed, items, need_text, patch,
    post, probe, refused, text, unclear, unclear_if,
};
use tenure_connector_rest::{Answer, Mapping, Paging, Request, RestClient, narrow};

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

/// The link between an object and another one. Every link is made here: without `$ref` a DELETE would remove the object at
/// its end instead of the link.
pub(crate) fn link<'a>(object: [&'a str; 2], relation: &'a str, end: Option<&'a str>) -> Vec<&'a str> {
    object.into_iter().chain([relation]).chain(end).chain(["$ref"]).collect()
}

impl Entra {
    /// Users, with these properties.
    pub(crate) fn users_with(&self, select: &str) -> Result<Listing> {
        let users = self.client.list(&["users"], "/value")?.with("$select", select);
        let users = users.sized("$top", capabilities::page(&self.config));
        Ok(if self.config.guests { users } else { users.with("$filter", "userType eq 'Member'") })
    }

    pub(crate) fn all_groups(&self) -> Result<Listing> {
        Ok(self.client.list(&["groups"], "/value")?.with("$select", fields::SELECT_GROUP))
    }

    /// A user name finds a user, too; only the id counts.
    fn people(&self) -> Result<Collection> {
        let activity = if self.config.sign_in_activity { fields::ACTIVITY } else { "" };
        let select = format!("{}{activity}", fields::SELECT);
        Ok(Collection::new(&self.client, &self.users, "users")
            .listed(self.users_with(&select)?.with("$expand", "manager($select=id)"))
            .workers(self.config.workers.as_ref(), "/createdDateTime")
            .read_at(format!("users/{{id}}?$select={select}&$expand=manager($select=id)"), "")
            .searched(fields::search)
            .made_with(new_user)
            .whole("employeeOrgData")
            .erased(delete("directory/deletedItems/{id}"))
            .restored(post("directory/deletedItems/{id}/restore").json(|_| json!({})))
            .password(patch("users/{id}"), |secret| {
                let profile = json!({ "password": secret, "forceChangePasswordNextSignIn": true });
                json!({ "passwordProfile": profile })
            }))
    }

    /// Points a link at an object.
    pub(crate) fn reference(&self, request: Request, kind: &str, id: &str) -> Result<Request> {
        let target = self.client.get(&[kind, id])?.url().to_string();
        request.with_json(&json!({ "@odata.id": target }))
    }
}

#[async_trait]
impl System for Entra {
    type Config = EntraConfig;

    fn new(config: EntraConfig, wire: &Wire) -> Result<Self> {
        let client = wire.client(&config.base_url, config.timeout_seconds, fields::rules())?;
        let paging = Paging::Address { at: "/@odata.nextLink".to_owned() };
        let client = client.below(&["v1.0"])?.with_lists(paging, "$top", 999);
        Ok(Self { client, users: fields::users()?, groups: fields::groups()?, config })
    }

    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("entra", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.tenant)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities::of(&self.config)
    }

    fn collections(&self) -> Result<Vec<Collection>> {
        let groups = Collection::new(&self.client, &self.groups, "groups").listed(self.all_groups()?);
        Ok(vec![self.people()?, groups.searched(fields::search).made_with(new_group)])
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        self.all_kinds()
    }

    /// Users are followed by Graph's own links, which are kept whole.
    fn feed(&self) -> Result<Option<Feed>> {
        let link = |name: &str| Paging::Address { at: format!("/@odata.{name}") };
        let first = self.client.get(&["users", "delta"])?;
        let latest = first.clone().with_query("$select", fields::FOLLOWED);
        let start = Start::At(latest.with_query("$deltatoken", "latest"));
        let feed = Feed::new(&self.client, first, "/value", link("nextLink")).each(change);
        Ok(Some(feed.starting(start).resting_at(link("deltaLink"))))
    }

    /// A token of an application says itself what the tenant allowed it; any other is tried.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()> {
        let client = &self.client;
        let one = |path: &str| -> Result<Request> { Ok(client.get(&[path])?.with_query("$select", "id")) };
        let users = one("users")?.with_query("$top", "1");
        // Methods are asked for of one user, whoever that is.
        let somebody = client.json(ctx, &users).await.unwrap_or_default();
        let mut parts = vec![
            (scope::USERS, client, users),
            (scope::GROUPS, client, one("groups")?.with_query("$top", "1")),
            (scope::ROLES, client, one("directoryRoles")?),
            (scope::LICENCES, client, client.get(&["subscribedSkus"])?),
        ];
        if let Some(user) = text(&somebody, "/value/0/id") {
            parts.push((scope::FACTORS, client, client.get(&["users", user, "authentication", "methods"])?));
        }
        probe(ctx, report, &parts).await?;
        let claims = client.claims().await?.unwrap_or_default();
        if let Some(given) = claims.get("roles").and_then(Value::as_array) {
            narrow(report, |wanted| {
                given.iter().filter_map(Value::as_str).any(|own| capabilities::covers(own, wanted))
            });
        }
        if self.config.sign_in_activity {
            let select = format!("id{}", fields::ACTIVITY);
            let request = client.get(&["users"])?.with_query("$select", select).with_query("$top", "1");
            if let Err(error) = client.send(ctx, &request).await {
                let why = error.detail();
                report.warnings.push(format!("last sign-ins cannot be read, and users with them: {why}"));
            }
        }
        Ok(())
    }

    async fn create(&self, mut new: New<'_>) -> Result<(Value, Answer)> {
        let (ctx, flat) = (new.ctx, new.body.remove("flat"));
        let (made, answer) = self.people()?.create(new).await?;
        if let Some(flat) = flat {
            unclear(self.manage(ctx, need_text(&made, "/id")?, &flat).await)?;
        }
        Ok((made, answer))
    }

    async fn update(&self, user: Found<'_>, mut changes: Map<String, Value>) -> Result<Outcome> {
        let flat = changes.remove("flat");
        let changed = match changes.is_empty() {
            true => Outcome::done(true),
            false => self.people()?.update(user, changes).await?,
        };
        if let Some(flat) = flat {
            unclear(self.manage(user.ctx, user.id, &flat).await)?;
        }
        Ok(changed)
    }

    async fn grant(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        self.assign(user, wanted).await
    }

    async fn revoke(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            "app" => self.take_app(user, held).await,
            _ => self.release(user, held).await,
        }
    }

    /// The answer is 200 with a body or 204 without one. There is one kind of session.
    async fn end_sessions(&self, user: Found<'_>, _scope: SessionScope) -> Result<Outcome> {
        if user.text("/userType") == Some("Guest") {
            return Err(fixed("a guest's sessions belong to the tenant that the guest comes from"));
        }
        self.client.done(user.ctx, self.client.post(&["users", user.id, "revokeSignInSessions"])?).await
    }

    /// Factors are methods of authentication, each of a kind with an address of its own. Every one goes but the password; the
    /// default one is refused while there are others.
    async fn reset_factors(&self, user: Found<'_>) -> Result<Outcome> {
        let path = ["users", user.id, "authentication"];
        let request = self.client.get(&[&path[..], &["methods"]].concat())?;
        let answer = self.client.json(user.ctx, &request).await?;
        let (mut left, mut unknown) = (Vec::new(), None);
        for method in items(&answer, "/value")? {
            let kind = need_text(method, "/@odata.type")?;
            let kind = kind.strip_prefix("#microsoft.graph.").unwrap_or(kind);
            match fields::FACTORS.iter().find(|(name, _)| *name == kind) {
                Some((_, word)) => {
                    left.push(self.client.delete(&[&path[..], &[word, need_text(method, "/id")?]].concat())?);
                }
                None if kind == fields::PASSWORD => {}
                None => unknown = Some(kind.to_owned()),
            }
        }
        let removed = self.client.remove_all(user.ctx, left).await?;
        let Some(kind) = unknown else { return Ok(removed) };
        let why = format!("a method of the kind `{kind}` is left: the connector does not know it");
        unclear_if(removed.changed(), Err(refused(ErrorKind::Unsupported, why)))
    }

    async fn transfer(&self, from: Found<'_>, to: Found<'_>, scope: &OwnershipScope) -> Result<Outcome> {
        self.hand_over(from, to, scope).await
    }
}

/// A deleted user is told as removed, for whatever reason. Of any other one only a part is told, and not who manages it: it
/// has to be read.
fn change(item: &Value) -> Result<Vec<Change>> {
    let user = ObjectRef::new(ObjectClass::USER, need_text(item, "/id")?);
    Ok(vec![if item.get("@removed").is_some() { Change::Deleted(user) } else { Change::Touched(user) }])
}

/// A user gets a password that nobody knows: people sign in elsewhere, or a password is set after.
fn new_user(body: &mut Map<String, Value>) {
    nicknamed(body, "userPrincipalName");
    body.entry("accountEnabled").or_insert(true.into());
    let nobody_knows = format!("Aa1-{}-{}", uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let profile = json!({ "password": nobody_knows, "forceChangePasswordNextSignIn": true });
    body.insert("passwordProfile".to_owned(), profile);
}

fn new_group(body: &mut Map<String, Value>) {
    nicknamed(body, "displayName");
    body.extend([("mailEnabled".to_owned(), false.into()), ("securityEnabled".to_owned(), true.into())]);
}

/// A nickname is what stands before the `@`, of the letters that it may have.
fn nicknamed(body: &mut Map<String, Value>, name: &str) {
    let nickname = nickname(body.get(name).and_then(Value::as_str).unwrap_or_default());
    body.entry("mailNickname").or_insert_with(|| nickname.into());
}

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
        assert_eq!(link(["groups", "g1"], "members", Some("u1")), ["groups", "g1", "members", "u1", "$ref"]);
        assert_eq!(link(["users", "u1"], "manager", None), ["users", "u1", "manager", "$ref"]);
        assert_eq!(link(["groups", "{id}"], "members", None).join("/"), "groups/{id}/members/$ref");
    }

    #[test]
    fn a_nickname_has_letters_that_it_may_have() {
        assert_eq!(nickname("anna.berg@meridian.example"), "anna.berg");
        assert_eq!(nickname(&"a".repeat(80)).len(), 64);
        assert_eq!(nickname("李").len(), 32);
    }
}
