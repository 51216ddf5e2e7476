//! Groups, and the seats that some of them give.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    Found, Kind, List, Listing, delete, fixed, is, items, need_text, no_entitlement, number, post, text,
};

use crate::{Atlassian, projects};

const SEAT: &str = "licence";

impl Atlassian {
    /// Groups; seats of each product; roles in projects.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let site = &self.site;
        let mut kinds = vec![
            Kind::new("group", site)
                .listed(site.list(&["group", "bulk"], "/values")?, "/groupId", "/name")
                .members("group/member?groupId={id}&includeInactiveUsers=true", "/values", "/accountId")
                .held_in("user/groups?accountId={account}", "", "/groupId")
                .granted(post("group/user?groupId={id}").json(|to| json!({ "accountId": to.account })))
                .revoked(delete("group/user?groupId={id}&accountId={account}")),
            Kind::new(SEAT, site).grants_in(1),
        ];
        if !self.config.projects.is_empty() {
            kinds.push(Kind::new(projects::KIND, site).grants_in(self.config.projects.len()));
        }
        Ok(kinds)
    }

    pub(crate) fn seats(&self) -> Result<List> {
        let seat = |role: &Value| {
            let mut seat = Entitlement::new(SEAT, need_text(role, "/key")?);
            seat.display = text(role, "/name").map(str::to_owned);
            seat.used = number(role, "/userCount");
            seat.capacity = number(role, "/numberOfSeats").filter(|_| !is(role, "/hasUnlimitedSeats"));
            Ok(vec![Object::from(&seat)])
        };
        Ok(self.products()?.each(seat).into())
    }

    /// Who has a seat of a product, by whichever of its groups.
    pub(crate) async fn seated(&self, ctx: &Context) -> Result<List> {
        let mut seats = BTreeMap::new();
        for product in self.products()?.all(ctx).await? {
            let key = need_text(&product, "/key")?;
            for group in items(&product, "/groupDetails")? {
                let members = self.site.list(&["group", "member"], "/values")?;
                let members = members.with("groupId", need_text(group, "/groupId")?);
                for member in members.with("includeInactiveUsers", "true").all(ctx).await? {
                    let held = EntitlementRef::new(SEAT, key);
                    let mut seat = GrantRecord::new(need_text(&member, "/accountId")?, held);
                    if let (Some(organization), true) = (&self.organization, self.config.last_active) {
                        seat.last_used = organization.last_active(ctx, &seat.principal, key).await?;
                    }
                    seats.insert(seat.object_id(), Object::from(&seat));
                }
            }
        }
        Ok(List::Given(seats.into_values().collect()))
    }

    /// The products of the site, each with the groups that give a seat of it.
    fn products(&self) -> Result<Listing> {
        Ok(Listing::new(&self.site, self.site.get(&["applicationrole"])?, ""))
    }

    /// A product, and those of its groups that a user is in.
    async fn product(&self, user: Found<'_>, seat: &EntitlementRef) -> Result<Option<(Value, Vec<String>)>> {
        let all = self.products()?.all(user.ctx).await?;
        let Some(product) = all.into_iter().find(|role| text(role, "/key") == Some(&seat.id)) else {
            return Ok(None);
        };
        let request = self.site.get(&["user", "groups"])?.with_query("accountId", user.id);
        let own = self.site.json(user.ctx, &request).await?;
        let own: Vec<_> = items(&own, "")?.iter().filter_map(|group| text(group, "/groupId")).collect();
        let giving = items(&product, "/groupDetails")?.iter().filter_map(|group| text(group, "/groupId"));
        let held = giving.filter(|id| own.contains(id)).map(str::to_owned).collect();
        Ok(Some((product, held)))
    }

    pub(crate) async fn give_seat(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        let product = self.product(user, wanted).await?;
        let (product, held) = product.ok_or_else(|| no_entitlement(wanted))?;
        if !held.is_empty() {
            return Ok(Outcome::already_so());
        }
        let usual = items(&product, "/defaultGroupsDetails")?.first();
        let usual = usual.ok_or_else(|| fixed("the product has no default group: grant a group of it"))?;
        let request = self.site.post(&["group", "user"])?;
        let request = request.with_query("groupId", need_text(usual, "/groupId")?);
        self.site.already(user.ctx, request.with_json(&json!({ "accountId": user.id }))?).await
    }

    /// Every group that gives a seat has to go, or the seat stays taken.
    pub(crate) async fn take_seat(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let mut outcome = Outcome::already_gone();
        for group in self.product(user, held).await?.map(|(_, held)| held).unwrap_or_default() {
            let request = self.site.delete(&["group", "user"])?.with_query("groupId", group);
            outcome = self.site.removed(user.ctx, request.with_query("accountId", user.id)).await?;
        }
        Ok(outcome)
    }
}
