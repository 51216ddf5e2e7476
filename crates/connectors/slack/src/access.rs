//! Seats, roles, SCIM groups, user groups and channels.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{
    Found, Kind, List, Listing, is, items, need_text, no_entitlement, number, patch, post, protocol,
    scim_join, scim_leave, text, unclear,
};

use crate::Slack;

/// The largest page of the access log, and how many of them there are.
const LINES: u32 = 1000;
const PAGES: u32 = 100;

impl Slack {
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let (scim, web) = (&self.scim, &self.web);
        let role = |id| Entitlement::new("role", id).exclusive_in("role");
        let with_users = self.usergroups(false)?.with("include_users", "true");
        let mut kinds = vec![
            Kind::new("licence", web)
                .immutable("the seat comes with the active account; deactivate it")
                .grants_in(1),
            Kind::new("role", web)
                .given(["admin", "owner"].map(role))
                .grants(web.list(&["users.list"], "/members")?.each(roles)),
            Kind::new("group", scim)
                .listed(scim.list(&["Groups"], "/Resources")?, "/id", "/displayName")
                .read_at("Groups/{id}")
                .members_inside("/members", "/value")
                .granted(patch("Groups/{id}").json(|to| scim_join(to.account)))
                .revoked(patch("Groups/{id}").json(|to| scim_leave(to.account))),
            Kind::new("usergroup", web)
                .listed(self.usergroups(true)?, "/id", "/name")
                .grants(with_users.each(users_of)),
        ];
        if self.config.channels {
            let channels = web.list(&["conversations.list"], "/channels")?.with("exclude_archived", "true");
            let channels = channels.with("types", "public_channel,private_channel");
            let channel = Kind::new("channel", web)
                .listed(channels, "/id", "/name")
                .members("conversations.members?channel={id}", "/members", "")
                .granted(
                    post("conversations.invite").form(|to| json!({ "channel": to.id, "users": to.account })),
                )
                .revoked(
                    post("conversations.kick").form(|to| json!({ "channel": to.id, "user": to.account })),
                );
            kinds.push(channel);
        }
        Ok(kinds)
    }

    fn usergroups(&self, disabled: bool) -> Result<Listing> {
        let request = self.web.get(&["usergroups.list"])?;
        let request = request.with_query("include_disabled", disabled.to_string());
        Ok(Listing::new(&self.web, request, "/usergroups"))
    }

    pub(crate) async fn seat(&self, ctx: &Context) -> Result<List> {
        let mut seat = Entitlement::new("licence", &self.config.tier).immutable();
        (seat.capacity, seat.used) = (self.config.seats, Some(self.seats(ctx).await?.len() as u64));
        Ok(List::Given(vec![Object::from(&seat)]))
    }

    /// Who is billed, and when they were there last.
    pub(crate) async fn seats(&self, ctx: &Context) -> Result<Vec<Object>> {
        let answer = self.web.json(ctx, &self.web.get(&["team.billableInfo"])?).await?;
        let billed = answer.pointer("/billable_info").and_then(Value::as_object);
        let billed = billed.ok_or_else(|| protocol("expected `billable_info` in the answer, found none"))?;
        let logins = self.last_logins(ctx).await?;
        let seat = EntitlementRef::new("licence", self.config.tier.as_str());
        let seats = billed.iter().filter(|(_, info)| is(info, "/billing_active")).map(|(user, _)| {
            let mut held = GrantRecord::new(user.as_str(), seat.clone());
            (held.immutable, held.last_used) = (true, logins.get(user).copied());
            Object::from(&held)
        });
        Ok(seats.collect())
    }

    /// The access log, newest first: users have no such field.
    async fn last_logins(&self, ctx: &Context) -> Result<BTreeMap<String, DateTime<Utc>>> {
        let (parameter, size) = ("page".to_owned(), "count".to_owned());
        let log = Listing::new(&self.web, self.web.get(&["team.accessLogs"])?, "/logins");
        let log = log.paged(Paging::Page { parameter, first: 1, size }).sized("count", LINES);
        let most = usize::try_from(self.config.login_lines.min(LINES * PAGES)).unwrap_or(usize::MAX);
        let mut logins = BTreeMap::new();
        for line in log.first(ctx, most).await? {
            let at = number(&line, "/date_last").and_then(|at| i64::try_from(at).ok());
            let at = at.and_then(|at| DateTime::from_timestamp(at, 0));
            if let (Some(user), Some(at)) = (text(&line, "/user_id"), at) {
                let last = logins.entry(user.to_owned()).or_insert(at);
                *last = at.max(*last);
            }
        }
        Ok(logins)
    }

    pub(crate) async fn set_role(
        &self,
        user: Found<'_>,
        role: &EntitlementRef,
        wanted: bool,
    ) -> Result<Outcome> {
        let all = self.web.list(&["users.list"], "/members")?.all(user.ctx).await?;
        let own = all.iter().find(|item| text(item, "/id") == Some(user.id)).and_then(role_of);
        let method = match (own == Some(role.id.as_str()), wanted) {
            (true, true) => return Ok(Outcome::already_so()),
            (false, false) => return Ok(Outcome::already_gone()),
            (true, false) => "admin.users.setRegular",
            (false, true) if role.id == "owner" => "admin.users.setOwner",
            (false, true) => "admin.users.setAdmin",
        };
        let fields = [("team_id", self.config.team.as_str()), ("user_id", user.id)];
        self.tell(user.ctx, method, &fields).await
    }

    /// The members of a user group are replaced as a whole; a group without members is a disabled one.
    pub(crate) async fn set_usergroup(
        &self,
        user: Found<'_>,
        group: &EntitlementRef,
        wanted: bool,
    ) -> Result<Outcome> {
        let known = self.usergroups(true)?.all(user.ctx).await?;
        let Some(found) = known.iter().find(|item| text(item, "/id") == Some(&group.id)) else {
            return if wanted { Err(no_entitlement(group)) } else { Ok(Outcome::already_gone()) };
        };
        let disabled = number(found, "/date_delete").is_some_and(|at| at > 0);
        let mut users = Vec::new();
        if !disabled {
            let request = self.web.get(&["usergroups.users.list"])?.with_query("usergroup", &group.id);
            let answer = self.web.json(user.ctx, &request).await?;
            users.extend(items(&answer, "/users")?.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        if users.iter().any(|own| own == user.id) == wanted {
            return Ok(if wanted { Outcome::already_so() } else { Outcome::already_gone() });
        }
        users.retain(|own| own != user.id);
        users.extend(wanted.then(|| user.id.to_owned()));
        let (name, list) = (("usergroup", group.id.as_str()), users.join(","));
        if users.is_empty() {
            return self.tell(user.ctx, "usergroups.disable", &[name]).await;
        }
        let fields = [name, ("users", &list)];
        if !disabled {
            return self.tell(user.ctx, "usergroups.users.update", &fields).await;
        }
        // It is enabled with its old members.
        self.tell(user.ctx, "usergroups.enable", &[name]).await?;
        unclear(self.tell(user.ctx, "usergroups.users.update", &fields).await)
    }
}

/// The members that stand in a user group itself.
fn users_of(group: &Value) -> Result<Vec<Object>> {
    let held = EntitlementRef::new("usergroup", need_text(group, "/id")?);
    let grant = |user: &Value| Ok(Object::from(&GrantRecord::new(need_text(user, "")?, held.clone())));
    items(group, "/users")?.iter().map(grant).collect()
}

/// Deactivated users stay listed, and hold nothing.
fn role_of(user: &Value) -> Option<&'static str> {
    if is(user, "/deleted") {
        None
    } else if is(user, "/is_owner") {
        Some("owner")
    } else {
        is(user, "/is_admin").then_some("admin")
    }
}

/// The primary owner's role is out of reach of the API.
fn roles(user: &Value) -> Result<Vec<Object>> {
    let Some(role) = role_of(user) else { return Ok(Vec::new()) };
    let mut held = GrantRecord::new(need_text(user, "/id")?, EntitlementRef::new("role", role));
    held.immutable = is(user, "/is_primary_owner");
    Ok(vec![Object::from(&held)])
}
