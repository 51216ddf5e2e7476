//! Roles and seats.

use serde_json::{Map, Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, Context, EntitlementRef, ErrorKind, Object, Outcome, Result,
};
use tenure_connector_rest::system::{List, id_text, items, moment, no_entitlement, number, protocol, text};
use tenure_connector_rest::unless_closed;

use crate::Zendesk;
use crate::memberships::{Set, member_of};
use crate::system::v2;

/// A custom role of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    id: String,
    name: String,
    kind: u64,
    members: u64,
}

impl Role {
    /// Light agents and contributors need no paid seat.
    fn is_free(&self) -> bool {
        matches!(self.kind, 1 | 3)
    }

    /// The role that a user holds: a custom role by its id, else `agent` or `admin`; none for an end user.
    pub(crate) fn held(user: &Value) -> Option<String> {
        match text(user, "/role")? {
            "end-user" => None,
            "admin" => Some("admin".to_owned()),
            role => {
                Some(number(user, "/custom_role_id").map_or_else(|| role.to_owned(), |id| id.to_string()))
            }
        }
    }

    fn is_paid(user: &Value, roles: &[Self]) -> bool {
        Self::held(user).is_some_and(|held| costs(&held, roles))
    }
}

fn costs(role: &str, roles: &[Role]) -> bool {
    !roles.iter().any(|known| known.id == role && known.is_free())
}

impl Zendesk {
    /// The custom roles; none, when the plan has none. The role of administrators is `admin`.
    pub(crate) async fn roles(&self, ctx: &Context) -> Result<Vec<Role>> {
        let request = self.client.get(&v2(&["custom_roles"]))?;
        let body = unless_closed(self.client.json(ctx, &request).await)?.unwrap_or_default();
        let mut roles = Vec::new();
        for item in items(&body, "/custom_roles")? {
            roles.push(Role {
                id: id_text(item, "/id")?,
                name: text(item, "/name").unwrap_or_default().to_owned(),
                kind: number(item, "/role_type").unwrap_or_default(),
                members: number(item, "/team_member_count").unwrap_or_default(),
            });
        }
        roles.retain(|role| role.kind != 4);
        Ok(roles)
    }

    /// Of all roles an account holds one.
    pub(crate) async fn every_role(&self, ctx: &Context) -> Result<Vec<EntitlementRef>> {
        let custom = self.roles(ctx).await?.into_iter().map(|role| role.id);
        let all = ["agent", "admin"].map(str::to_owned).into_iter().chain(custom);
        Ok(all.map(|id| EntitlementRef::new("role", id)).collect())
    }

    /// The seat and the roles, groups, organisations.
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        match list {
            0 => {}
            1 => {
                return Ok(self
                    .listing(&["groups"], "/groups")?
                    .entitlements("group", "/id", "/name")
                    .into());
            }
            _ => {
                let all = self.listing(&["organizations"], "/organizations")?;
                return Ok(all.entitlements("organization", "/id", "/name").into());
            }
        }
        let roles = self.roles(ctx).await?;
        let role = |id: &str, name: &str| {
            Object::from(&Entitlement::new("role", id).with_display(name).exclusive_in("role"))
        };
        let tier = &self.config.seat.tier;
        let mut seat = Entitlement::new("licence", tier).with_display(tier);
        seat.capacity = self.config.seat.owned;
        seat.used = Some(self.seats_taken(ctx, &roles).await?);
        let mut all = vec![Object::from(&seat), role("agent", "Agent"), role("admin", "Administrator")];
        all.extend(roles.iter().map(|found| role(&found.id, &found.name)));
        Ok(List::Given(all))
    }

    /// Roles of staff, seats of staff, members of groups, members of organisations.
    pub(crate) async fn grants(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => self.staff()?.each(|user| {
                let Some(role) = Role::held(user) else { return Ok(Vec::new()) };
                let held = EntitlementRef::new("role", role);
                Ok(vec![Object::from(&GrantRecord::new(id_text(user, "/id")?, held))])
            }),
            1 => {
                let roles = self.roles(ctx).await?;
                let seat = EntitlementRef::new("licence", self.config.seat.tier.as_str());
                self.staff()?.each(move |user| {
                    if !Role::is_paid(user, &roles) {
                        return Ok(Vec::new());
                    }
                    let mut held = GrantRecord::new(id_text(user, "/id")?, seat.clone());
                    held.last_used = moment(user, "/last_login_at");
                    Ok(vec![Object::from(&held)])
                })
            }
            2 => member_of(self.listing(&["group_memberships"], "/group_memberships")?, "group", "/group_id"),
            _ => {
                let all = self.listing(&["organization_memberships"], "/organization_memberships")?;
                member_of(all, "organization", "/organization_id")
            }
        }
        .into())
    }

    /// Staff without light agents and contributors, counted without reading them.
    async fn seats_taken(&self, ctx: &Context, roles: &[Role]) -> Result<u64> {
        let request = self.client.get(&v2(&["users", "count"]))?;
        let request = request.with_query("role[]", "agent").with_query("role[]", "admin");
        let answer = self.client.json(ctx, &request).await?;
        let staff = number(&answer, "/count/value");
        let staff = staff.ok_or_else(|| protocol("expected a number in `count/value`"))?;
        let free: u64 = roles.iter().filter(|role| role.is_free()).map(|role| role.members).sum();
        Ok(staff.saturating_sub(free))
    }

    /// A seat comes with a role: an account that has none of the paid ones gets the configured one.
    pub(crate) async fn give(&self, ctx: &Context, user: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        match wanted.kind.as_str() {
            "role" => self.set_role(ctx, user, Some(&wanted.id)).await,
            "licence" if wanted.id == self.config.seat.tier => {
                match Role::is_paid(user, &self.roles(ctx).await?) {
                    true => Ok(Outcome::already_so()),
                    false => self.set_role(ctx, user, Some(&self.config.seat.role)).await,
                }
            }
            kind => match Set::of(kind) {
                Some(set) => self.join(ctx, user, &set, wanted).await,
                None => Err(no_entitlement(wanted)),
            },
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, user: &Value, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            "role" if Role::held(user).as_ref() == Some(&held.id) => self.set_role(ctx, user, None).await,
            "licence" if held.id == self.config.seat.tier => {
                match Role::is_paid(user, &self.roles(ctx).await?) {
                    true => self.set_role(ctx, user, self.config.seat.release_to.as_deref()).await,
                    false => Ok(Outcome::already_gone()),
                }
            }
            kind => match Set::of(kind) {
                Some(set) => self.leave(ctx, user, &set, held).await,
                None => Ok(Outcome::already_gone()),
            },
        }
    }

    /// Gives a role in place of the one held, or makes the user an end user. Open tickets are dealt with before.
    async fn set_role(&self, ctx: &Context, user: &Value, wanted: Option<&str>) -> Result<Outcome> {
        if Role::held(user).as_deref() == wanted {
            return Ok(Outcome::already_so());
        }
        let roles = self.roles(ctx).await?;
        let mut changes = Map::new();
        match wanted {
            None => drop(changes.insert("role".to_owned(), "end-user".into())),
            Some(system @ ("agent" | "admin")) => {
                changes.insert("role".to_owned(), system.into());
                if number(user, "/custom_role_id").is_some() {
                    changes.insert("custom_role_id".to_owned(), Value::Null);
                }
            }
            Some(custom) => {
                let known = roles.iter().find(|role| role.id == custom);
                let known = known.ok_or_else(|| no_entitlement(&EntitlementRef::new("role", custom)))?;
                changes.insert("role".to_owned(), "agent".into());
                changes.insert("custom_role_id".to_owned(), json!(known.id.parse::<u64>().ok()));
            }
        }
        let (had, has) = (Role::is_paid(user, &roles), wanted.is_some_and(|role| costs(role, &roles)));
        if has && !had {
            self.need_a_seat(ctx, &roles).await?;
        }
        if had && !has {
            self.clear_tickets(ctx, &id_text(user, "/id")?).await?;
        }
        self.put_user(ctx, &id_text(user, "/id")?, changes).await
    }

    async fn need_a_seat(&self, ctx: &Context, roles: &[Role]) -> Result<()> {
        let Some(owned) = self.config.seat.owned else { return Ok(()) };
        if self.seats_taken(ctx, roles).await? < owned {
            return Ok(());
        }
        let detail = format!("all {owned} seats of the tier `{}` are taken", self.config.seat.tier);
        Err(ConnectorError::new(ErrorKind::NoCapacity, Certainty::NotAttempted).with_detail(detail))
    }
}
