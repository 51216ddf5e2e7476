//! Boards, administrators and seats.

use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{
    Found, Kind, List, Listing, delete, fixed, is, moment, need_text, put, text,
};

use crate::Trello;

const ADMIN: &str = "admin";

impl Trello {
    /// The administrators' role, the seat, boards.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let admin = Entitlement::new("role", ADMIN).with_display("Administrator of the workspace");
        let administers = |own: &Value, _: &str| text(own, "/memberType") == Some(ADMIN);
        let admins = self.memberships()?.each(|own| {
            let admin = GrantRecord::new(need_text(own, "/idMember")?, EntitlementRef::new("role", ADMIN));
            let is_one = text(own, "/memberType") == Some(ADMIN);
            Ok(if is_one { vec![Object::from(&admin)] } else { Vec::new() })
        });
        let boards = Listing::new(&self.workspace, self.workspace.get(&["boards"])?, "");
        let tier = Entitlement::new("licence", &self.config.tier);
        Ok(vec![
            Kind::new("role", &self.workspace)
                .given([admin])
                .grants(admins)
                .held_when(administers)
                .granted(put("members/{account}?type=admin"))
                .revoked(put("members/{account}?type=normal")),
            Kind::new("licence", &self.client).given([tier]).counted().grants(self.seats()?),
            // A put would make an administrator of the board an ordinary member.
            Kind::new("board", &self.client)
                .listed(boards.with("filter", "open").with("fields", "name"), "/id", "/name")
                .members("boards/{id}/members", "", "/id")
                .held_among("boards/{id}/members", "", "/id")
                .granted(put("boards/{id}/members/{account}?type=normal"))
                .revoked(delete("boards/{id}/members/{account}")),
        ])
    }

    pub(crate) async fn seat(&self, ctx: &Context) -> Result<List> {
        let mut seat = Entitlement::new("licence", &self.config.tier);
        seat.immutable = self.config.enterprise.is_none();
        seat.capacity = self.config.seats;
        let taken = match self.licensed()? {
            Some(licensed) => licensed.all(ctx).await?.len(),
            None => self.memberships()?.all(ctx).await?.iter().filter(|own| is_active(own)).count(),
        };
        seat.used = Some(taken as u64);
        Ok(List::Given(vec![Object::from(&seat)]))
    }

    /// Licences of the enterprise; without one the seats of active members.
    fn seats(&self) -> Result<Listing> {
        let held = EntitlementRef::new("licence", self.config.tier.as_str());
        let Some(licensed) = self.licensed()? else {
            return Ok(self.memberships()?.each(move |own| {
                let mut seat = GrantRecord::new(need_text(own, "/idMember")?, held.clone());
                seat.immutable = true;
                Ok(if is_active(own) { vec![Object::from(&seat)] } else { Vec::new() })
            }));
        };
        Ok(licensed.each(move |member| {
            let mut seat = GrantRecord::new(need_text(member, "/id")?, held.clone());
            seat.last_used = moment(member, "/dateLastAccessed");
            Ok(vec![Object::from(&seat)])
        }))
    }

    /// Who has a licence of the enterprise. Asking for those without one alone is refused.
    fn licensed(&self) -> Result<Option<Listing>> {
        let Some(enterprise) = &self.config.enterprise else { return Ok(None) };
        let request = self.client.get(&["enterprises", enterprise, "members", "query"])?;
        let paging = Paging::Cursor { at: "/cursor".to_owned(), parameter: "cursor".to_owned() };
        let list = Listing::new(&self.client, request.with_query("licensed", "true"), "/members");
        Ok(Some(list.paged(paging)))
    }

    pub(crate) async fn license(&self, user: Found<'_>, value: bool) -> Result<Outcome> {
        let (Some(enterprise), Some(licensed)) = (&self.config.enterprise, self.licensed()?) else {
            return Err(fixed("the seat comes with the active member; deactivate or remove the member"));
        };
        let known = licensed.all(user.ctx).await?;
        if known.iter().any(|own| text(own, "/id") == Some(user.id)) == value {
            return Ok(if value { Outcome::already_so() } else { Outcome::already_gone() });
        }
        let request = self.client.put(&["enterprises", enterprise, "members", user.id, "licensed"])?;
        self.client.done(user.ctx, request.with_query("value", value.to_string())).await
    }
}

/// Who is invited and has not come yet is paid for, who is deactivated is not.
fn is_active(membership: &Value) -> bool {
    !is(membership, "/deactivated")
}
