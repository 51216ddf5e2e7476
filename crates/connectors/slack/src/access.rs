//! Seats, roles, SCIM groups, user groups and channels.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Certainty, Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    List, Listing, already, done, fixed, items, need_text, no_entitlement, number, protocol, removed, text,
};

use crate::Slack;
use crate::system::paged;

/// The page of the access log.
const LINES: u32 = 1000;

impl Slack {
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let mut seat = Entitlement::new("licence", &self.config.tier).immutable();
                (seat.capacity, seat.used) = (self.config.seats, Some(self.seats(ctx).await?.len() as u64));
                let role = |id: &str| Object::from(&Entitlement::new("role", id).exclusive_in("role"));
                List::Given(vec![Object::from(&seat), role("admin"), role("owner")])
            }
            1 => self.listing("Groups")?.entitlements("group", "/id", "/displayName").into(),
            2 => self.usergroups(true)?.entitlements("usergroup", "/id", "/name").into(),
            _ => self.channels()?.entitlements("channel", "/id", "/name").into(),
        })
    }

    /// Seats, roles, members of SCIM groups, of user groups, of channels.
    pub(crate) async fn grants(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => List::Given(self.seats(ctx).await?),
            1 => paged(&self.web, self.ask("users.list")?, "/members").each(roles).into(),
            2 => members(self.listing("Groups")?, "group", "/members", "/value"),
            3 => {
                let with = self.usergroups(false)?;
                members(
                    with.map_request(|ask| ask.with_query("include_users", "true")),
                    "usergroup",
                    "/users",
                    "",
                )
            }
            _ => {
                let (web, ask) = (self.web.clone(), self.ask("conversations.members")?);
                List::of_each(self.channels()?.ids("/id"), move |channel| {
                    let held = EntitlementRef::new("channel", channel);
                    let list = paged(&web, ask.clone().with_query("channel", channel), "/members");
                    Ok(list.holders(held, ""))
                })
            }
        })
    }

    fn usergroups(&self, disabled: bool) -> Result<Listing> {
        let request = self.ask("usergroups.list")?.with_query("include_disabled", disabled.to_string());
        Ok(Listing::new(&self.web, request, "/usergroups"))
    }

    fn channels(&self) -> Result<Listing> {
        let request = self.ask("conversations.list")?;
        let request = request
            .with_query("exclude_archived", "true")
            .with_query("types", "public_channel,private_channel");
        Ok(paged(&self.web, request, "/channels"))
    }

    /// Who is billed, and when they were there last.
    async fn seats(&self, ctx: &Context) -> Result<Vec<Object>> {
        let answer = self.read_web(ctx, &self.ask("team.billableInfo")?).await?;
        let billed = answer.pointer("/billable_info").and_then(Value::as_object);
        let billed = billed.ok_or_else(|| protocol("expected `billable_info` in the answer, found none"))?;
        let logins = self.last_logins(ctx).await?;
        let seat = EntitlementRef::new("licence", self.config.tier.as_str());
        let seats = billed.iter().filter(|(_, info)| info.get("billing_active") == Some(&true.into()));
        Ok(seats
            .map(|(user, _)| {
                let mut held = GrantRecord::new(user.as_str(), seat.clone());
                (held.immutable, held.last_used) = (true, logins.get(user).copied());
                Object::from(&held)
            })
            .collect())
    }

    /// The access log, newest first: users have no such field.
    async fn last_logins(&self, ctx: &Context) -> Result<BTreeMap<String, DateTime<Utc>>> {
        let mut logins = BTreeMap::new();
        for page in 1..=self.config.login_lines.div_ceil(LINES).min(100) {
            let request = self.ask("team.accessLogs")?;
            let request = request.with_query("count", LINES.to_string()).with_query("page", page.to_string());
            let answer = self.read_web(ctx, &request).await?;
            for line in items(&answer, "/logins")? {
                let at = number(line, "/date_last").and_then(|at| i64::try_from(at).ok());
                let at = at.and_then(|at| DateTime::from_timestamp(at, 0));
                if let (Some(user), Some(at)) = (text(line, "/user_id"), at) {
                    let last = logins.entry(user.to_owned()).or_insert(at);
                    *last = at.max(*last);
                }
            }
            if number(&answer, "/paging/pages").is_none_or(|pages| u64::from(page) >= pages) {
                break;
            }
        }
        Ok(logins)
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        match wanted.kind.as_str() {
            "role" => self.set_role(ctx, user, wanted).await,
            "group" => self.set_group(ctx, user, wanted, true).await,
            "usergroup" => self.set_usergroup(ctx, user, wanted, true).await,
            "channel" => {
                let fields = [("channel", wanted.id.as_str()), ("users", user)];
                already(self.tell(ctx, "conversations.invite", &fields).await)
            }
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        match held.kind.as_str() {
            "role" => match self.role_of(ctx, user).await? {
                Some(role) if role == held.id => self.rank(ctx, user, "admin.users.setRegular").await,
                _ => Ok(Outcome::already_gone()),
            },
            "group" => self.set_group(ctx, user, held, false).await,
            "usergroup" => self.set_usergroup(ctx, user, held, false).await,
            "channel" => {
                let fields = [("channel", held.id.as_str()), ("user", user)];
                removed(self.tell(ctx, "conversations.kick", &fields).await)
            }
            "licence" => Err(fixed("the seat comes with the active account; deactivate it")),
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn set_role(&self, ctx: &Context, user: &str, wanted: &EntitlementRef) -> Result<Outcome> {
        let method = match wanted.id.as_str() {
            "admin" => "admin.users.setAdmin",
            "owner" => "admin.users.setOwner",
            _ => return Err(no_entitlement(wanted)),
        };
        match self.role_of(ctx, user).await? {
            Some(role) if role == wanted.id => Ok(Outcome::already_so()),
            _ => self.rank(ctx, user, method).await,
        }
    }

    async fn rank(&self, ctx: &Context, user: &str, method: &str) -> Result<Outcome> {
        let fields = [("team_id", self.config.team.as_str()), ("user_id", user)];
        Ok(done(&self.tell(ctx, method, &fields).await?))
    }

    async fn role_of(&self, ctx: &Context, user: &str) -> Result<Option<String>> {
        let all = paged(&self.web, self.ask("users.list")?, "/members").all(ctx).await?;
        let known = all.iter().find(|item| text(item, "/id") == Some(user));
        Ok(known.and_then(role).map(str::to_owned))
    }

    async fn set_group(
        &self,
        ctx: &Context,
        user: &str,
        group: &EntitlementRef,
        wanted: bool,
    ) -> Result<Outcome> {
        let path = ["Groups", &group.id];
        let Some(found) = self.scim.try_json(ctx, &self.scim.get(&path)?).await? else {
            return if wanted { Err(no_entitlement(group)) } else { Ok(Outcome::already_gone()) };
        };
        let is_in = items(&found, "/members")?.iter().any(|member| text(member, "/value") == Some(user));
        if is_in == wanted {
            return Ok(if wanted { Outcome::already_so() } else { Outcome::already_gone() });
        }
        let operation = match wanted {
            true => json!({ "op": "add", "path": "members", "value": [{ "value": user }] }),
            false => json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
        };
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        Ok(done(&self.scim.send(ctx, &self.scim.patch(&path)?.with_json(&body)?).await?))
    }

    /// The members of a user group are replaced as a whole; a group without members is a disabled one.
    async fn set_usergroup(
        &self,
        ctx: &Context,
        user: &str,
        group: &EntitlementRef,
        wanted: bool,
    ) -> Result<Outcome> {
        let known = self.usergroups(true)?.all(ctx).await?;
        let Some(found) = known.iter().find(|item| text(item, "/id") == Some(&group.id)) else {
            return if wanted { Err(no_entitlement(group)) } else { Ok(Outcome::already_gone()) };
        };
        let disabled = number(found, "/date_delete").is_some_and(|at| at > 0);
        let mut users = Vec::new();
        if !disabled {
            let request = self.ask("usergroups.users.list")?.with_query("usergroup", &group.id);
            let answer = self.read_web(ctx, &request).await?;
            users.extend(items(&answer, "/users")?.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        if users.iter().any(|own| own == user) == wanted {
            return Ok(if wanted { Outcome::already_so() } else { Outcome::already_gone() });
        }
        users.retain(|own| own != user);
        users.extend(wanted.then(|| user.to_owned()));
        let name = ("usergroup", group.id.as_str());
        if users.is_empty() {
            return Ok(done(&self.tell(ctx, "usergroups.disable", &[name]).await?));
        }
        if disabled {
            self.tell(ctx, "usergroups.enable", &[name]).await?;
        }
        let list = users.join(",");
        let told = self.tell(ctx, "usergroups.users.update", &[name, ("users", &list)]).await;
        told.map(|answer| done(&answer)).map_err(|error| match disabled {
            // The group was enabled, with its old members.
            true => error.with_certainty(Certainty::Unknown),
            false => error,
        })
    }
}

/// The members that stand in the groups themselves.
fn members(listing: Listing, kind: &'static str, list: &'static str, id: &'static str) -> List {
    let held = move |group: &Value| {
        let held = EntitlementRef::new(kind, need_text(group, "/id")?);
        items(group, list)?.iter().map(|member| Ok(grant(need_text(member, id)?, &held))).collect()
    };
    listing.each(held).into()
}

fn grant(user: &str, held: &EntitlementRef) -> Object {
    Object::from(&GrantRecord::new(user, held.clone()))
}

/// Deactivated users stay listed, and hold nothing.
fn role(user: &Value) -> Option<&'static str> {
    let is = |flag: &str| user.get(flag) == Some(&true.into());
    if is("deleted") {
        None
    } else if is("is_owner") {
        Some("owner")
    } else {
        is("is_admin").then_some("admin")
    }
}

/// The primary owner's role is out of reach of the API.
fn roles(user: &Value) -> Result<Vec<Object>> {
    let Some(role) = role(user) else { return Ok(Vec::new()) };
    let mut held = GrantRecord::new(need_text(user, "/id")?, EntitlementRef::new("role", role));
    held.immutable = user.get("is_primary_owner") == Some(&true.into());
    Ok(vec![Object::from(&held)])
}
