//! Groups, and the seats that some of them give.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::RestClient;
use tenure_connector_rest::system::{
    List, Listing, already, fixed, items, need_text, no_entitlement, number, removed, text,
};

use crate::system::{paged, v3};
use crate::{Atlassian, projects};

impl Atlassian {
    /// Groups; seats of each product; roles in projects.
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        match list {
            0 => return Ok(self.all_groups()?.entitlements("group", "/groupId", "/name").into()),
            1 => {}
            _ => return self.project_roles(ctx).await,
        }
        let seat = |role: &Value| {
            let mut seat = Entitlement::new("licence", need_text(role, "/key")?);
            seat.display = text(role, "/name").map(str::to_owned);
            seat.used = number(role, "/userCount");
            let unlimited = role.get("hasUnlimitedSeats") == Some(&true.into());
            seat.capacity = number(role, "/numberOfSeats").filter(|_| !unlimited);
            Ok(vec![Object::from(&seat)])
        };
        Ok(self.products()?.each(seat).into())
    }

    /// Members of groups; who has a seat of a product, by whichever of its groups; who has a role in a project.
    pub(crate) async fn grants(&self, ctx: &Context, list: usize) -> Result<List> {
        let site = self.site.clone();
        if list == 0 {
            return Ok(List::of_each(self.all_groups()?.ids("/groupId"), move |group| {
                Ok(members(&site, group)?.holders(EntitlementRef::new("group", group), "/accountId"))
            }));
        }
        if let Some(project) = list.checked_sub(2) {
            return self.project_people(ctx, project).await;
        }
        let mut seats = BTreeMap::new();
        for product in self.products()?.all(ctx).await? {
            let key = need_text(&product, "/key")?;
            for group in items(&product, "/groupDetails")? {
                for member in members(&site, need_text(group, "/groupId")?)?.all(ctx).await? {
                    let mut seat = GrantRecord::new(
                        need_text(&member, "/accountId")?,
                        EntitlementRef::new("licence", key),
                    );
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
        Ok(Listing::new(&self.site, self.site.get(&v3(&["applicationrole"]))?, ""))
    }

    async fn product(&self, ctx: &Context, licence: &EntitlementRef) -> Result<Option<Value>> {
        let all = self.products()?.all(ctx).await?;
        Ok(all.into_iter().find(|role| text(role, "/key") == Some(&licence.id)))
    }

    /// The ids of the groups that a user is in.
    async fn groups_of(&self, ctx: &Context, user: &str) -> Result<Vec<String>> {
        let request = self.site.get(&v3(&["user", "groups"]))?.with_query("accountId", user);
        let groups = self.site.json(ctx, &request).await?;
        Ok(items(&groups, "")?
            .iter()
            .filter_map(|group| text(group, "/groupId").map(str::to_owned))
            .collect())
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/accountId")?;
        if wanted.kind == projects::KIND {
            return self.give_role(ctx, user, wanted).await;
        }
        let own = self.groups_of(ctx, user).await?;
        let group = match wanted.kind.as_str() {
            "group" => wanted.id.clone(),
            "licence" => {
                let product = self.product(ctx, wanted).await?.ok_or_else(|| no_entitlement(wanted))?;
                if items(&product, "/groupDetails")?.iter().any(|group| is_in(group, &own)) {
                    return Ok(Outcome::already_so());
                }
                let usual = items(&product, "/defaultGroupsDetails")?.first();
                let usual =
                    usual.ok_or_else(|| fixed("the product has no default group: grant a group of it"))?;
                need_text(usual, "/groupId")?.to_owned()
            }
            _ => return Err(no_entitlement(wanted)),
        };
        if own.contains(&group) {
            return Ok(Outcome::already_so());
        }
        let request = self.site.post(&v3(&["group", "user"]))?.with_query("groupId", &group);
        already(self.site.send(ctx, &request.with_json(&json!({ "accountId": user }))?).await)
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/accountId")?;
        if held.kind == projects::KIND {
            return self.take_role(ctx, user, held).await;
        }
        let own = self.groups_of(ctx, user).await?;
        let mut from: Vec<String> = Vec::new();
        match held.kind.as_str() {
            "group" => from.extend(own.contains(&held.id).then(|| held.id.clone())),
            // Every group that gives a seat has to go, or the seat stays taken.
            "licence" => {
                let product = self.product(ctx, held).await?.unwrap_or_default();
                let groups = items(&product, "/groupDetails")?.iter().filter(|group| is_in(group, &own));
                from.extend(groups.filter_map(|group| text(group, "/groupId").map(str::to_owned)));
            }
            _ => {}
        }
        let mut outcome = Outcome::already_gone();
        for group in from {
            let request = self.site.delete(&v3(&["group", "user"]))?.with_query("groupId", group);
            outcome = removed(self.site.send(ctx, &request.with_query("accountId", user)).await)?;
        }
        Ok(outcome)
    }
}

fn members(site: &RestClient, group: &str) -> Result<Listing> {
    let request = site.get(&v3(&["group", "member"]))?.with_query("groupId", group);
    let request = request.with_query("includeInactiveUsers", "true");
    Ok(paged(site, request, "/values", Some("/total")))
}

fn is_in(group: &Value, own: &[String]) -> bool {
    text(group, "/groupId").is_some_and(|id| own.iter().any(|own| own == id))
}
