//! Roles and seats, groups and organisations.

use serde_json::{Value, json};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Context, EntitlementRef, ErrorKind, Outcome, Result};
use tenure_connector_rest::system::{
    Found, Kind, List, Listing, To, as_number, delete, id_text, no_entitlement, number, post, protocol,
    refused, text,
};

use crate::{Seat, Zendesk};

/// The role that a user holds: a custom role by its id, else `agent` or `admin`; none for an end user.
pub(crate) fn role_of(user: &Value) -> Option<String> {
    match text(user, "/role")? {
        "end-user" => None,
        "admin" => Some("admin".to_owned()),
        role => Some(number(user, "/custom_role_id").map_or_else(|| role.to_owned(), |id| id.to_string())),
    }
}

/// Light agents and contributors need no paid seat.
fn is_free(role: &Value) -> bool {
    matches!(number(role, "/role_type"), Some(1 | 3))
}

fn find<'a>(role: &str, roles: &'a [Value]) -> Option<&'a Value> {
    roles.iter().find(|known| id_text(known, "/id").is_ok_and(|id| id == role))
}

fn costs(role: &str, roles: &[Value]) -> bool {
    !find(role, roles).is_some_and(is_free)
}

fn is_paid(user: &Value, roles: &[Value]) -> bool {
    role_of(user).is_some_and(|held| costs(&held, roles))
}

impl Zendesk {
    /// Roles, of which an account holds one, and the seat of staff, groups, organisations.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let role = |id: &str, name: &str| Entitlement::new("role", id).with_display(name);
        let Seat { tier, owned, .. } = &self.config.seat;
        let mut seat = Entitlement::new("licence", tier).with_display(tier);
        seat.capacity = *owned;
        let mut kinds = vec![
            Kind::new("role", &self.client)
                .besides([role("agent", "Agent"), role("admin", "Administrator")])
                .listed(self.custom_roles()?, "/id", "/name")
                .single()
                .in_accounts(self.staff()?, "/id", |user| role_of(user).into_iter().collect()),
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

    /// The custom roles; none, when the plan has none. That of administrators is listed with them, and is `admin`.
    fn custom_roles(&self) -> Result<Listing> {
        let roles = Listing::new(&self.client, self.client.get(&["custom_roles"])?, "/custom_roles");
        let roles = roles.none_when(&[ErrorKind::NotFound, ErrorKind::Permission]);
        Ok(roles.only(|role| number(role, "/role_type") != Some(4)))
    }

    pub(crate) async fn roles(&self, ctx: &Context) -> Result<Vec<Value>> {
        self.custom_roles()?.all(ctx).await
    }

    /// Who has a seat, which comes with a paid role.
    pub(crate) async fn seats(&self, ctx: &Context) -> Result<List> {
        let roles = self.roles(ctx).await?;
        let seat = EntitlementRef::new("licence", self.config.seat.tier.as_str());
        let paid = self.staff()?.only(move |user| is_paid(user, &roles));
        Ok(paid.seats(seat, "/id", "/last_login_at").into())
    }

    /// Staff without light agents and contributors, counted without reading them.
    pub(crate) async fn seats_taken(&self, ctx: &Context, roles: &[Value]) -> Result<u64> {
        let request = self.client.get(&["users", "count"])?;
        let request = request.with_query("role[]", "agent").with_query("role[]", "admin");
        let answer = self.client.json(ctx, &request).await?;
        let staff = number(&answer, "/count/value");
        let staff = staff.ok_or_else(|| protocol("expected a number in `count/value`"))?;
        let free = roles.iter().filter(|role| is_free(role));
        let free: u64 = free.filter_map(|role| number(role, "/team_member_count")).sum();
        Ok(staff.saturating_sub(free))
    }

    /// A seat comes with a paid role: an account that has none gets the configured one.
    pub(crate) async fn set_seat(&self, user: Found<'_>, wanted: bool) -> Result<Outcome> {
        match (is_paid(user.item, &self.roles(user.ctx).await?), wanted) {
            (true, true) => Ok(Outcome::already_so()),
            (false, false) => Ok(Outcome::already_gone()),
            (false, true) => self.set_role(user, Some(&self.config.seat.role)).await,
            (true, false) => self.set_role(user, self.config.seat.release_to.as_deref()).await,
        }
    }

    /// Gives a role in place of the one held, or makes the user an end user. Open tickets are dealt with before.
    pub(crate) async fn set_role(&self, user: Found<'_>, wanted: Option<&str>) -> Result<Outcome> {
        let (ctx, item) = (user.ctx, user.item);
        if role_of(item).as_deref() == wanted {
            return Ok(Outcome::already_so());
        }
        let roles = self.roles(ctx).await?;
        let changes = match wanted {
            None => json!({ "role": "end-user" }),
            Some(system @ ("agent" | "admin")) => match number(item, "/custom_role_id") {
                Some(_) => json!({ "role": system, "custom_role_id": null }),
                None => json!({ "role": system }),
            },
            Some(custom) if find(custom, &roles).is_some() => {
                json!({ "role": "agent", "custom_role_id": as_number(custom) })
            }
            Some(unknown) => return Err(no_entitlement(&EntitlementRef::new("role", unknown))),
        };
        let (had, has) = (is_paid(item, &roles), wanted.is_some_and(|role| costs(role, &roles)));
        if has && !had {
            self.need_a_seat(ctx, &roles).await?;
        }
        if had && !has {
            self.clear_tickets(ctx, user.id).await?;
        }
        let request = self.client.put(&["users", user.id])?.with_json(&json!({ "user": changes }))?;
        self.client.done(ctx, request).await
    }

    async fn need_a_seat(&self, ctx: &Context, roles: &[Value]) -> Result<()> {
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
    match role_of(user.item) {
        Some(_) => Ok(()),
        None => Err(refused(ErrorKind::NotReady, why).with_help("grant a role first")),
    }
}
