//! Groups, directory roles and roles of applications.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, ErrorKind, Object, Outcome, Result};
use tenure_connector_rest::RestClient;
use tenure_connector_rest::system::{
    List, Listing, already, fixed, need_text, no_entitlement, removed, text,
};

use crate::fields::is_own;
use crate::system::{link, v1};
use crate::{AppRole, Entra};

const NOT_OURS: &str = "members of the group come by a rule, from another directory or from Exchange";

impl Entra {
    /// Groups, directory roles, licences, roles of applications.
    pub(crate) fn entitlements(&self, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let group = |group: &Value| {
                    let mut found = Entitlement::new("group", need_text(group, "/id")?);
                    found.display = text(group, "/displayName").map(str::to_owned);
                    found.immutable = !is_own(group);
                    Ok(vec![Object::from(&found)])
                };
                self.all_groups()?.each(group).into()
            }
            1 => self.roles()?.entitlements("role", "/id", "/displayName").into(),
            2 => self.skus()?.into(),
            _ => {
                let shown =
                    |app: &AppRole| Object::from(&Entitlement::new("app", &app.id()).with_display(&app.name));
                List::Given(self.config.app_roles.iter().map(shown).collect())
            }
        })
    }

    /// Members of groups, holders of roles, licences, holders of roles of applications.
    pub(crate) fn grants(&self, list: usize) -> Result<List> {
        let client = self.client.clone();
        Ok(match list {
            0 => {
                let groups = self.all_groups()?.each(|group| {
                    let made_by = if is_own(group) { "own" } else { "other" };
                    Ok(vec![Object::from(&Entitlement::new(made_by, need_text(group, "/id")?))])
                });
                let members = self.paged(self.client.get(&v1(&["groups"]))?, 999);
                List::of_each(groups, move |name| {
                    let (made_by, group) = name.split_once(':').unwrap_or(("own", name));
                    let held = EntitlementRef::new("group", group);
                    let list = at(&members, &client, &["groups", group, "members"])?;
                    Ok(people(list, held, made_by != "own"))
                })
            }
            1 => {
                let plain = self.roles()?;
                List::of_each(self.roles()?.ids("/id"), move |role| {
                    let held = EntitlementRef::new("role", role);
                    Ok(people(at(&plain, &client, &["directoryRoles", role, "members"])?, held, false))
                })
            }
            2 => self.seats()?.into(),
            number => {
                let Some(app) = self.config.app_roles.get(number - 3) else {
                    return Ok(List::Given(Vec::new()));
                };
                return self.holders_of(app.clone());
            }
        })
    }

    /// Only roles that were ever used are there.
    fn roles(&self) -> Result<Listing> {
        Ok(Listing::new(&self.client, self.client.get(&v1(&["directoryRoles"]))?, "/value"))
    }

    fn holders_of(&self, app: AppRole) -> Result<List> {
        let request = self.client.get(&v1(&["servicePrincipals", &app.resource, "appRoleAssignedTo"]))?;
        let held = move |row: &Value| {
            let is_ours =
                text(row, "/appRoleId") == Some(&app.role) && text(row, "/principalType") == Some("User");
            let user = text(row, "/principalId").filter(|_| is_ours);
            let held = EntitlementRef::new("app", app.id());
            Ok(user.map(|user| Object::from(&GrantRecord::new(user, held))).into_iter().collect())
        };
        Ok(self.paged(request, 999).each(held).into())
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        match wanted.kind.as_str() {
            "group" => {
                let group =
                    self.client.try_json(ctx, &self.client.get(&v1(&["groups", &wanted.id]))?).await?;
                let group = group.ok_or_else(|| no_entitlement(wanted))?;
                if !is_own(&group) {
                    return match self.is_member(ctx, user, &wanted.id).await? {
                        true => Ok(Outcome::already_so()),
                        false => Err(fixed(NOT_OURS)),
                    };
                }
                self.join(ctx, ["groups", &wanted.id], user).await
            }
            "role" => {
                let known = self.roles()?.all(ctx).await?;
                if !known.iter().any(|role| text(role, "/id") == Some(&wanted.id)) {
                    return Err(no_entitlement(wanted));
                }
                self.join(ctx, ["directoryRoles", &wanted.id], user).await
            }
            "licence" => self.assign(ctx, item, wanted).await,
            "app" => {
                let app = self.app(wanted).ok_or_else(|| no_entitlement(wanted))?;
                let body = json!({ "principalId": user, "resourceId": app.resource, "appRoleId": app.role });
                let request =
                    self.client.post(&v1(&["users", user, "appRoleAssignments"]))?.with_json(&body)?;
                already(self.client.send(ctx, &request).await)
            }
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        let request = match held.kind.as_str() {
            "group" => {
                let group = self.client.try_json(ctx, &self.client.get(&v1(&["groups", &held.id]))?).await?;
                if group.is_some_and(|group| !is_own(&group)) && self.is_member(ctx, user, &held.id).await? {
                    return Err(fixed(NOT_OURS));
                }
                self.client.delete(&link(["groups", &held.id], "members", Some(user)))?
            }
            "role" => self.client.delete(&link(["directoryRoles", &held.id], "members", Some(user)))?,
            "licence" => return self.release(ctx, item, held).await,
            "app" => {
                let own = self.client.get(&v1(&["users", user, "appRoleAssignments"]))?;
                let own = self.paged(own, 999).all(ctx).await?;
                let app = self.app(held);
                let same = own.iter().find(|row| {
                    app.is_some_and(|app| {
                        text(row, "/resourceId") == Some(&app.resource)
                            && text(row, "/appRoleId") == Some(&app.role)
                    })
                });
                let Some(same) = same else { return Ok(Outcome::already_gone()) };
                self.client.delete(&v1(&["users", user, "appRoleAssignments", need_text(same, "/id")?]))?
            }
            _ => return Ok(Outcome::already_gone()),
        };
        removed(self.client.send(ctx, &request).await)
    }

    fn app(&self, wanted: &EntitlementRef) -> Option<&AppRole> {
        self.config.app_roles.iter().find(|app| app.id() == wanted.id)
    }

    /// Both ends were just read: one that is not found now is one that has not arrived everywhere yet.
    async fn join(&self, ctx: &Context, object: [&str; 2], user: &str) -> Result<Outcome> {
        let request = self.client.post(&link(object, "members", None))?;
        let sent = self.client.send(ctx, &self.reference(request, "directoryObjects", user)?).await;
        already(sent.map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                let detail = error.detail().to_owned();
                tenure_connector::ConnectorError::new(ErrorKind::NotReady, error.certainty())
                    .with_detail(detail)
            }
            _ => error,
        }))
    }

    async fn is_member(&self, ctx: &Context, user: &str, group: &str) -> Result<bool> {
        let request = self.client.get(&v1(&["users", user, "memberOf"]))?.with_query("$select", "id");
        let groups = self.paged(request, 999).all(ctx).await?;
        Ok(groups.iter().any(|own| text(own, "/id") == Some(group)))
    }
}

/// A list of another address, paged as this one.
fn at(list: &Listing, client: &RestClient, path: &[&str]) -> Result<Listing> {
    let request = client.get(&v1(path))?.with_query("$select", "id");
    Ok(list.clone().map_request(|_| request))
}

/// The users among members: groups and devices are no accounts.
fn people(list: Listing, held: EntitlementRef, immutable: bool) -> Listing {
    list.each(move |member| {
        if text(member, "/@odata.type") != Some("#microsoft.graph.user") {
            return Ok(Vec::new());
        }
        let mut grant = GrantRecord::new(need_text(member, "/id")?, held.clone());
        grant.immutable = immutable;
        Ok(vec![Object::from(&grant)])
    })
}
