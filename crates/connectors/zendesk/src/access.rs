//! Roles and seats, groups and organisations.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, ErrorKind, Object, Outcome, Result};
use tenure_connector_rest::system::{
    Found, Kind, List, To, as_number, delete, id_text, items, moment, no_entitlement, number, post, protocol,
    refused, text,
};
use tenure_connector_rest::unless_closed;

use crate::Zendesk;

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
    /// Roles and the seat of staff, groups, organisations.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let held = |user: &Value| {
            let Some(role) = Role::held(user) else { return Ok(Vec::new()) };
            let held = EntitlementRef::new("role", role);
            Ok(vec![Object::from(&GrantRecord::new(id_text(user, "/id")?, held))])
        };
        let seat = Entitlement::new("licence", &self.config.seat.tier);
        let mut kinds = vec![
            Kind::new("role", &self.client)
                .single()
                .grants(self.staff()?.each(held))
                .held_when(|user, role| Role::held(user).as_deref() == Some(role)),
            Kind::new("licence", &self.client).given([seat]).counted().grants_in(1),
            self.members_of("group", "/group_id", "/group_memberships")?.for_whom(staff),
        ];
        if self.config.organizations {
            let at = "/organization_memberships";
            kinds.push(self.members_of("organization", "/organization_id", at)?);
        }
        Ok(kinds)
    }

    /// What users are members of. A membership is removed by its own id, not by that of the group.
    fn members_of(&self, kind: &'static str, of: &'static str, at: &'static str) -> Result<Kind> {
        let memberships = at.trim_start_matches('/');
        let member = move |to: To<'_>| {
            let (user, of) = (as_number(to.account), as_number(to.id));
            json!({ (format!("{kind}_membership")): { "user_id": user, (format!("{kind}_id")): of } })
        };
        Ok(Kind::new(kind, &self.client)
            .listed(self.client.list(&[&format!("{kind}s")], &format!("/{kind}s"))?, "/id", "/name")
            .assignments(self.client.list(&[memberships], at)?, of, "/user_id")
            .since("/created_at")
            .numbered()
            .missing_when(ErrorKind::InvalidInput)
            .held_in(format!("users/{{account}}/{memberships}?page[size]=100"), at, of)
            .granted(post(memberships).json(member))
            .revoked(delete(format!("{memberships}/{{row.id}}"))))
    }

    /// The custom roles; none, when the plan has none. The role of administrators is `admin`.
    pub(crate) async fn roles(&self, ctx: &Context) -> Result<Vec<Role>> {
        let request = self.client.get(&["custom_roles"])?;
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
    pub(crate) async fn every_role(&self, ctx: &Context) -> Result<List> {
        let role = |id: &str, name: &str| {
            Object::from(&Entitlement::new("role", id).with_display(name).exclusive_in("role"))
        };
        let mut all = vec![role("agent", "Agent"), role("admin", "Administrator")];
        all.extend(self.roles(ctx).await?.iter().map(|found| role(&found.id, &found.name)));
        Ok(List::Given(all))
    }

    pub(crate) async fn seat(&self, ctx: &Context) -> Result<List> {
        let tier = &self.config.seat.tier;
        let mut seat = Entitlement::new("licence", tier).with_display(tier);
        seat.capacity = self.config.seat.owned;
        seat.used = Some(self.seats_taken(ctx, &self.roles(ctx).await?).await?);
        Ok(List::Given(vec![Object::from(&seat)]))
    }

    /// Who has a seat, which comes with a paid role.
    pub(crate) async fn seats(&self, ctx: &Context) -> Result<List> {
        let roles = self.roles(ctx).await?;
        let seat = EntitlementRef::new("licence", self.config.seat.tier.as_str());
        let seats = self.staff()?.each(move |user| {
            if !Role::is_paid(user, &roles) {
                return Ok(Vec::new());
            }
            let mut held = GrantRecord::new(id_text(user, "/id")?, seat.clone());
            held.last_used = moment(user, "/last_login_at");
            Ok(vec![Object::from(&held)])
        });
        Ok(seats.into())
    }

    /// Staff without light agents and contributors, counted without reading them.
    async fn seats_taken(&self, ctx: &Context, roles: &[Role]) -> Result<u64> {
        let request = self.client.get(&["users", "count"])?;
        let request = request.with_query("role[]", "agent").with_query("role[]", "admin");
        let answer = self.client.json(ctx, &request).await?;
        let staff = number(&answer, "/count/value");
        let staff = staff.ok_or_else(|| protocol("expected a number in `count/value`"))?;
        let free: u64 = roles.iter().filter(|role| role.is_free()).map(|role| role.members).sum();
        Ok(staff.saturating_sub(free))
    }

    /// A seat comes with a paid role: an account that has none gets the configured one.
    pub(crate) async fn set_seat(&self, user: Found<'_>, wanted: bool) -> Result<Outcome> {
        match (Role::is_paid(user.item, &self.roles(user.ctx).await?), wanted) {
            (true, true) => Ok(Outcome::already_so()),
            (false, false) => Ok(Outcome::already_gone()),
            (false, true) => self.set_role(user, Some(&self.config.seat.role)).await,
            (true, false) => self.set_role(user, self.config.seat.release_to.as_deref()).await,
        }
    }

    /// Gives a role in place of the one held, or makes the user an end user. Open tickets are dealt with before.
    pub(crate) async fn set_role(&self, user: Found<'_>, wanted: Option<&str>) -> Result<Outcome> {
        let (ctx, item) = (user.ctx, user.item);
        if Role::held(item).as_deref() == wanted {
            return Ok(Outcome::already_so());
        }
        let roles = self.roles(ctx).await?;
        let changes = match wanted {
            None => json!({ "role": "end-user" }),
            Some(system @ ("agent" | "admin")) => match number(item, "/custom_role_id") {
                Some(_) => json!({ "role": system, "custom_role_id": null }),
                None => json!({ "role": system }),
            },
            Some(custom) if roles.iter().any(|role| role.id == custom) => {
                json!({ "role": "agent", "custom_role_id": as_number(custom) })
            }
            Some(unknown) => return Err(no_entitlement(&EntitlementRef::new("role", unknown))),
        };
        let (had, has) = (Role::is_paid(item, &roles), wanted.is_some_and(|role| costs(role, &roles)));
        if has && !had {
            self.need_a_seat(ctx, &roles).await?;
        }
        if had && !has {
            self.clear_tickets(ctx, user.id).await?;
        }
        let request = self.client.put(&["users", user.id])?.with_json(&json!({ "user": changes }))?;
        self.client.done(ctx, request).await
    }

    async fn need_a_seat(&self, ctx: &Context, roles: &[Role]) -> Result<()> {
        let Some(owned) = self.config.seat.owned else { return Ok(()) };
        if self.seats_taken(ctx, roles).await? < owned {
            return Ok(());
        }
        let why = format!("all {owned} seats of the tier `{}` are taken", self.config.seat.tier);
        Err(refused(ErrorKind::NoCapacity, why))
    }
}

/// Only agents are in groups.
fn staff(user: Found<'_>) -> Result<()> {
    let why = "only an agent can be in a group, and the account is an end user";
    match Role::held(user.item) {
        Some(_) => Ok(()),
        None => Err(refused(ErrorKind::NotReady, why).with_help("grant a role first")),
    }
}
