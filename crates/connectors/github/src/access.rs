//! The role in the organisation, teams and seats.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, Context, EntitlementRef, ErrorKind, Object, Outcome, Result,
};
use tenure_connector_rest::system::{List, done, fixed, need_text, no_entitlement, number, removed, text};

use crate::{Github, repositories, roles};

/// The role besides that of everybody.
const OWNER: &str = "admin";

impl Github {
    /// The role and the seat, teams, roles of the organisation, permissions in repositories.
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        match list {
            0 => {}
            1 => return Ok(self.all(&["teams"])?.entitlements("team", "/slug", "/name").into()),
            2 => return self.organization_roles(ctx).await,
            _ => return Ok(self.permissions()),
        }
        let organization = self.client.json(ctx, &self.client.get(&self.org(&[]))?).await?;
        let role = Entitlement::new("role", OWNER).with_display("Owner");
        let mut all = vec![Object::from(&role)];
        if let Some(plan) = text(&organization, "/plan/name") {
            let mut seat = Entitlement::new("licence", plan).immutable();
            seat.capacity = number(&organization, "/plan/seats");
            seat.used = number(&organization, "/plan/filled_seats");
            all.push(Object::from(&seat));
        }
        Ok(List::Given(all))
    }

    /// Owners, members of teams, seats of members, seats of people who are invited, holders of roles, collaborators of
    /// repositories.
    pub(crate) async fn grants(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let owners = self.all(&["members"])?;
                let owners = owners.map_request(|request| request.with_query("role", OWNER));
                owners.holders(EntitlementRef::new("role", OWNER), "/login").into()
            }
            1 => {
                let (client, organization) = (self.client.clone(), self.config.organization.clone());
                let teams = self.all(&["teams"])?;
                let plain = teams.clone();
                List::of_each(teams.ids("/slug"), move |team| {
                    let request = client.get(&["orgs", &organization, "teams", team, "members"])?;
                    let members = plain.clone().map_request(|_| request);
                    Ok(members.holders(EntitlementRef::new("team", team), "/login"))
                })
            }
            4 => return self.role_holders(ctx).await,
            5.. => return self.collaborators(list - 5),
            number => {
                let organization = self.client.json(ctx, &self.client.get(&self.org(&[]))?).await?;
                let Some(plan) = text(&organization, "/plan/name") else {
                    return Ok(List::Given(Vec::new()));
                };
                let held = EntitlementRef::new("licence", plan);
                let seen = if number == 2 { self.last_seen(ctx).await? } else { BTreeMap::new() };
                let path = if number == 2 { "members" } else { "invitations" };
                let seat = move |row: &Value| {
                    let login = text(row, "/login").or_else(|| text(row, "/email"));
                    let mut seat = GrantRecord::new(login.unwrap_or_default(), held.clone());
                    seat.immutable = true;
                    seat.last_used = seen.get(&seat.principal).copied();
                    Ok(vec![Object::from(&seat)])
                };
                self.all(&[path])?.each(seat).into()
            }
        })
    }

    /// When somebody last did something that the audit log of the organisation has, newest first.
    async fn last_seen(&self, ctx: &Context) -> Result<BTreeMap<String, DateTime<Utc>>> {
        let request = self.client.get(&self.org(&["audit-log"]))?.with_query("include", "all");
        let most = usize::try_from(self.config.audit_lines).unwrap_or(usize::MAX);
        let mut seen = BTreeMap::new();
        for row in self.listing(request).first(ctx, most).await? {
            let at = row.get("@timestamp").and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
            if let (Some(actor), Some(at)) = (text(&row, "/actor"), at) {
                seen.entry(actor.to_owned()).or_insert(at);
            }
        }
        Ok(seen)
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        // Who is no member can work in a repository.
        if wanted.kind == repositories::KIND {
            return self.give_access(ctx, item, wanted).await;
        }
        let login = member(item)?;
        match wanted.kind.as_str() {
            roles::KIND => self.give_role(ctx, item, &wanted.id).await,
            "role" if wanted.id == OWNER => match text(item, "/role") {
                Some(OWNER) => Ok(Outcome::already_so()),
                _ => self.rank(ctx, login, OWNER).await,
            },
            "team" => {
                let team = self.client.get(&self.org(&["teams", &wanted.id]))?;
                if self.client.try_json(ctx, &team).await?.is_none() {
                    return Err(no_entitlement(wanted));
                }
                // A maintainer is a member already, and would become less.
                let path = self.org(&["teams", &wanted.id, "memberships", login]);
                if self.client.try_json(ctx, &self.client.get(&path)?).await?.is_some() {
                    return Ok(Outcome::already_so());
                }
                let request = self.client.put(&path)?.with_json(&json!({ "role": "member" }))?;
                Ok(done(&self.client.send(ctx, &request).await?))
            }
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        match held.kind.as_str() {
            repositories::KIND => self.take_access(ctx, item, held).await,
            roles::KIND if text(item, "/kind") == Some("member") => self.take_role(ctx, item, &held.id).await,
            "role" => match text(item, "/role") {
                Some(OWNER) if held.id == OWNER => self.rank(ctx, member(item)?, "member").await,
                _ => Ok(Outcome::already_gone()),
            },
            "team" if text(item, "/kind") == Some("member") => {
                let path = self.org(&["teams", &held.id, "memberships", member(item)?]);
                // GitHub answers a removal of who is no member with success.
                if self.client.try_json(ctx, &self.client.get(&path)?).await?.is_none() {
                    return Ok(Outcome::already_gone());
                }
                removed(self.client.send(ctx, &self.client.delete(&path)?).await)
            }
            "licence" => Err(fixed("the seat comes with the membership")),
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn rank(&self, ctx: &Context, login: &str, role: &str) -> Result<Outcome> {
        let request = self.client.put(&self.org(&["memberships", login]))?;
        let sent = self.client.send(ctx, &request.with_json(&json!({ "role": role }))?).await;
        sent.map(|answer| done(&answer))
    }
}

/// The login of somebody who can be given something: who is invited by an address has none yet.
pub(crate) fn member(item: &Value) -> Result<&str> {
    match text(item, "/kind") {
        Some("member") => need_text(item, "/login"),
        Some("invitation") => Err(ConnectorError::new(ErrorKind::NotReady, Certainty::NotAttempted)
            .with_detail("the invitation by address is not accepted yet, so that the login is not known")),
        _ => Err(fixed("an outside collaborator has no role and no teams; invite the person as a member")),
    }
}
