//! The role in the organisation, seats, teams, roles that GitHub has or somebody made.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, ErrorKind, Object, Result};
use tenure_connector_rest::system::{Found, Kind, List, Listing, delete, fixed, number, put, refused, text};

use crate::Github;

/// The role besides that of everybody.
const OWNER: &str = "admin";

/// There are no roles on an older server, or where they are switched off.
const NONE: [ErrorKind; 2] = [ErrorKind::NotFound, ErrorKind::InvalidInput];

impl Github {
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let org = &self.org;
        let owner = Entitlement::new("role", OWNER).with_display("Owner");
        let owners = org.list(&["members"], "")?.with("role", OWNER);
        let roles = Listing::new(org, org.get(&["organization-roles"])?, "/roles").none_when(&NONE);
        let mut kinds = vec![
            Kind::new("role", org)
                .grants(owners.holders(owner.entitlement.clone(), "/login"))
                .given([owner])
                .for_whom(member)
                .held_when(|person, role| text(person, "/role") == Some(role))
                .granted(put("memberships/{account}").json(|_| json!({ "role": OWNER })))
                .revoked(put("memberships/{account}").json(|_| json!({ "role": "member" }))),
            Kind::new("licence", org).immutable("the seat comes with the membership").grants_in(2),
            // A maintainer is a member already, and would become less. The removal of who is no member succeeds.
            Kind::new("team", org)
                .listed(org.list(&["teams"], "")?, "/slug", "/name")
                .read_at("teams/{id}")
                .members("teams/{id}/members", "", "/login")
                .for_whom(member)
                .held_at("teams/{id}/memberships/{account}")
                .granted(put("teams/{id}/memberships/{account}").json(|_| json!({ "role": "member" })))
                .revoked(delete("teams/{id}/memberships/{account}")),
            Kind::new("organization_role", org)
                .listed(roles, "/id", "/name")
                .members("organization-roles/{id}/users", "", "/login")
                .inherited_when(
                    |holder| text(holder, "/assignment") == Some("indirect"),
                    "the role comes by a team; take the team away",
                )
                .for_whom(member)
                .held_among("organization-roles/{id}/users", "", "/login")
                .granted(put("organization-roles/users/{account}/{id}"))
                .revoked(delete("organization-roles/users/{account}/{id}")),
        ];
        if !self.config.repositories.is_empty() {
            kinds.push(self.permissions()?);
        }
        Ok(kinds)
    }

    /// The seat of the plan; none, when the token is no owner's.
    pub(crate) async fn seat(&self, ctx: &Context) -> Result<List> {
        let organization = self.org.json(ctx, &self.org.get(&[])?).await?;
        let Some(plan) = text(&organization, "/plan/name") else { return Ok(List::Given(Vec::new())) };
        let mut seat = Entitlement::new("licence", plan).immutable();
        seat.capacity = number(&organization, "/plan/seats");
        seat.used = number(&organization, "/plan/filled_seats");
        Ok(List::Given(vec![Object::from(&seat)]))
    }

    /// Seats of members, then of people who are invited.
    pub(crate) async fn seats(&self, ctx: &Context, list: usize) -> Result<List> {
        let organization = self.org.json(ctx, &self.org.get(&[])?).await?;
        let Some(plan) = text(&organization, "/plan/name") else { return Ok(List::Given(Vec::new())) };
        let held = EntitlementRef::new("licence", plan);
        let (path, seen) = match list {
            0 => ("members", self.last_seen(ctx).await?),
            _ => ("invitations", BTreeMap::new()),
        };
        let seat = move |row: &Value| {
            let login = text(row, "/login").or_else(|| text(row, "/email"));
            let mut seat = GrantRecord::new(login.unwrap_or_default(), held.clone());
            (seat.immutable, seat.last_used) = (true, seen.get(&seat.principal).copied());
            Ok(vec![Object::from(&seat)])
        };
        Ok(self.org.list(&[path], "")?.each(seat).into())
    }

    /// When somebody last did something that the audit log of the organisation has, newest first.
    async fn last_seen(&self, ctx: &Context) -> Result<BTreeMap<String, DateTime<Utc>>> {
        let most = usize::try_from(self.config.audit_lines).unwrap_or(usize::MAX);
        let lines = self.org.list(&["audit-log"], "")?.with("include", "all").first(ctx, most).await?;
        let mut seen = BTreeMap::new();
        for row in lines {
            let at = row.get("@timestamp").and_then(Value::as_i64).and_then(DateTime::from_timestamp_millis);
            if let (Some(actor), Some(at)) = (text(&row, "/actor"), at) {
                seen.entry(actor.to_owned()).or_insert(at);
            }
        }
        Ok(seen)
    }
}

/// Who can be given something: who is invited by an address has no login yet.
fn member(person: Found<'_>) -> Result<()> {
    match person.text("/kind") {
        Some("member") => Ok(()),
        Some("invitation") => Err(waits()),
        _ => Err(fixed("an outside collaborator has no role and no teams; invite the person as a member")),
    }
}

/// Members and outside collaborators alike work in repositories.
pub(crate) fn collaborator(person: Found<'_>) -> Result<()> {
    match person.text("/kind") {
        Some("invitation") => Err(waits()),
        _ => Ok(()),
    }
}

fn waits() -> tenure_connector::ConnectorError {
    let why = "the invitation by address is not accepted yet, so that the login is not known";
    refused(ErrorKind::NotReady, why)
}
