//! Groups, administrators' roles and applications.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    List, Listing, already, fixed, items, need_text, no_entitlement, removed, text,
};

use crate::Okta;
use crate::system::v1;

/// The roles that every organisation has and that are given for the whole of it.
const ROLES: [&str; 8] = [
    "API_ACCESS_MANAGEMENT_ADMIN",
    "APP_ADMIN",
    "GROUP_MEMBERSHIP_ADMIN",
    "HELP_DESK_ADMIN",
    "ORG_ADMIN",
    "READ_ONLY_ADMIN",
    "REPORT_ADMIN",
    "SUPER_ADMIN",
];

impl Okta {
    /// Groups, roles, applications.
    pub(crate) fn entitlements(&self, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let group = |group: &Value| {
                    let mut found = Entitlement::new("group", need_text(group, "/id")?);
                    found.display = text(group, "/profile/name").map(str::to_owned);
                    found.immutable = !is_own(group);
                    Ok(vec![Object::from(&found)])
                };
                self.listing(self.client.get(&v1(&["groups"]))?).each(group).into()
            }
            1 => {
                List::Given(ROLES.iter().map(|role| Object::from(&Entitlement::new("role", role))).collect())
            }
            _ => {
                let apps = self.listing(self.client.get(&v1(&["apps"]))?);
                apps.entitlements("app", "/id", "/label").into()
            }
        })
    }

    /// Members of groups, holders of roles, users of applications.
    pub(crate) fn grants(&self, list: usize) -> Result<List> {
        let client = self.client.clone();
        let page = move |request| {
            Listing::new(&client, request, "").paged(tenure_connector_rest::Paging::Link).sized("limit", 200)
        };
        let client = self.client.clone();
        Ok(match list {
            0 => {
                // Everybody is in the group of everybody.
                let groups = self.listing(self.client.get(&v1(&["groups"]))?).each(|group| {
                    let shown = Entitlement::new(
                        if is_own(group) { "own" } else { "other" },
                        need_text(group, "/id")?,
                    );
                    let everyone = text(group, "/type") == Some("BUILT_IN");
                    Ok(if everyone { Vec::new() } else { vec![Object::from(&shown)] })
                });
                List::of_each(groups, move |name| {
                    let (kind, group) = name.split_once(':').unwrap_or(("own", name));
                    let (held, immutable) = (EntitlementRef::new("group", group), kind != "own");
                    let members = page(client.get(&v1(&["groups", group, "users"]))?);
                    Ok(members.each(move |user| {
                        let mut grant = GrantRecord::new(need_text(user, "/id")?, held.clone());
                        grant.immutable = immutable;
                        Ok(vec![Object::from(&grant)])
                    }))
                })
            }
            1 => {
                let assignees = self.client.get(&v1(&["iam", "assignees", "users"]))?;
                List::of_each(Listing::new(&self.client, assignees, "/value").ids("/id"), move |user| {
                    let user = user.to_owned();
                    let roles = Listing::new(&client, client.get(&v1(&["users", &user, "roles"]))?, "");
                    Ok(roles.each(move |role| {
                        let held = EntitlementRef::new("role", need_text(role, "/type")?);
                        let mut grant = GrantRecord::new(user.as_str(), held);
                        grant.immutable = text(role, "/assignmentType") == Some("GROUP");
                        Ok(vec![Object::from(&grant)])
                    }))
                })
            }
            _ => {
                let apps = self.listing(self.client.get(&v1(&["apps"]))?).ids("/id");
                List::of_each(apps, move |app| {
                    let held = EntitlementRef::new("app", app);
                    Ok(page(client.get(&v1(&["apps", app, "users"]))?).each(move |user| {
                        let mut grant = GrantRecord::new(need_text(user, "/id")?, held.clone());
                        grant.immutable = by_group(user);
                        Ok(vec![Object::from(&grant)])
                    }))
                })
            }
        })
    }

    pub(crate) async fn give(&self, ctx: &Context, user: &str, wanted: &EntitlementRef) -> Result<Outcome> {
        let request = match wanted.kind.as_str() {
            "group" => {
                let group =
                    self.client.try_json(ctx, &self.client.get(&v1(&["groups", &wanted.id]))?).await?;
                let group = group.ok_or_else(|| no_entitlement(wanted))?;
                if self.is_member(ctx, user, wanted).await? {
                    return Ok(Outcome::already_so());
                }
                if !is_own(&group) {
                    return Err(fixed("the group is not Okta's own and does not change here"));
                }
                self.client.put(&v1(&["groups", &wanted.id, "users", user]))?
            }
            "role" if ROLES.contains(&wanted.id.as_str()) => {
                self.client.post(&v1(&["users", user, "roles"]))?.with_json(&json!({ "type": wanted.id }))?
            }
            "app" if self.config.apps => {
                if self.assignment(ctx, user, wanted).await?.is_some() {
                    return Ok(Outcome::already_so());
                }
                let body = json!({ "id": user, "scope": "USER" });
                self.client.post(&v1(&["apps", &wanted.id, "users"]))?.with_json(&body)?
            }
            _ => return Err(no_entitlement(wanted)),
        };
        already(self.client.send(ctx, &request).await)
    }

    pub(crate) async fn take(&self, ctx: &Context, user: &str, held: &EntitlementRef) -> Result<Outcome> {
        let request = match held.kind.as_str() {
            "group" => {
                if !self.is_member(ctx, user, held).await? {
                    return Ok(Outcome::already_gone());
                }
                let group = self.client.try_json(ctx, &self.client.get(&v1(&["groups", &held.id]))?).await?;
                if group.is_some_and(|group| !is_own(&group)) {
                    return Err(fixed("the group is not Okta's own and does not change here"));
                }
                self.client.delete(&v1(&["groups", &held.id, "users", user]))?
            }
            "role" => {
                let roles = self.client.json(ctx, &self.client.get(&v1(&["users", user, "roles"]))?).await?;
                let same = items(&roles, "")?.iter().find(|role| text(role, "/type") == Some(&held.id));
                let Some(role) = same else { return Ok(Outcome::already_gone()) };
                self.client.delete(&v1(&["users", user, "roles", need_text(role, "/id")?]))?
            }
            "app" => match self.assignment(ctx, user, held).await? {
                None => return Ok(Outcome::already_gone()),
                Some(assignment) if by_group(&assignment) => {
                    return Err(fixed("the application came by a group; take the group away"));
                }
                Some(_) => {
                    let request = self.client.delete(&v1(&["apps", &held.id, "users", user]))?;
                    request.with_query("sendEmail", "false")
                }
            },
            _ => return Ok(Outcome::already_gone()),
        };
        removed(self.client.send(ctx, &request).await)
    }

    async fn is_member(&self, ctx: &Context, user: &str, group: &EntitlementRef) -> Result<bool> {
        let groups = self.client.json(ctx, &self.client.get(&v1(&["users", user, "groups"]))?).await?;
        Ok(items(&groups, "")?.iter().any(|own| text(own, "/id") == Some(&group.id)))
    }

    async fn assignment(&self, ctx: &Context, user: &str, app: &EntitlementRef) -> Result<Option<Value>> {
        self.client.try_json(ctx, &self.client.get(&v1(&["apps", &app.id, "users", user]))?).await
    }
}

/// Groups of applications and of Okta itself are read only.
fn is_own(group: &Value) -> bool {
    text(group, "/type") == Some("OKTA_GROUP")
}

fn by_group(assignment: &Value) -> bool {
    text(assignment, "/scope") == Some("GROUP")
}
