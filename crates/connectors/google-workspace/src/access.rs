//! Groups, administrators' roles and licences.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    Found, Kind, List, delete, moment, need_text, no_entitlement, post, text,
};

use crate::{Google, Sku, fields};

impl Google {
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let (directory, customer) = (&self.directory, self.config.customer.as_str());
        let assignments = format!("customer/{customer}/roleassignments");
        let roles = directory.list(&["customer", customer, "roles"], "/items")?.sized("maxResults", 100);
        let assigned = directory.list(&["customer", customer, "roleassignments"], "/items")?;
        let scoped =
            |role: &str, user: &str| json!({ "roleId": role, "assignedTo": user, "scopeType": "CUSTOMER" });
        let mut kinds = vec![
            // Groups within groups and people from elsewhere are no accounts.
            Kind::new("group", directory)
                .listed(self.all_groups()?, "/id", "/name")
                .members("groups/{id}/members", "/members", "/id")
                .only(|member| text(member, "/type") == Some("USER"))
                .granted(post("groups/{id}/members").json(|to| json!({ "id": to.account, "role": "MEMBER" })))
                .revoked(delete("groups/{id}/members/{account}")),
            Kind::new("role", directory)
                .listed(roles, "/roleId", "/roleName")
                .assignments(assigned, "/roleId", "/assignedTo")
                .only(|row| text(row, "/assigneeType").is_none_or(|kind| kind == "user"))
                .held_in(format!("{assignments}?userKey={{account}}"), "/items", "/roleId")
                .granted(post(assignments.as_str()).json(move |to| scoped(to.id, to.account)))
                .revoked(delete(format!("{assignments}/{{row.roleAssignmentId}}"))),
        ];
        if !self.config.licences.is_empty() {
            let skus = self.config.licences.iter();
            let given = skus.map(|sku| {
                let mut licence = Entitlement::new("licence", &sku.id()).exclusive_in(&sku.product);
                (licence.display, licence.capacity) = (sku.name.clone(), sku.owned);
                licence
            });
            kinds.push(Kind::new("licence", &self.licensing).given(given).counted().grants_in(1));
        }
        Ok(kinds)
    }

    /// The addresses that hold a licence.
    pub(crate) async fn holders(&self, ctx: &Context, sku: &Sku) -> Result<Vec<String>> {
        let all = self.licensing.list(&[&sku.product, "users"], "/items")?;
        let all = all.with("customerId", &self.config.customer).all(ctx).await?;
        let of = all.iter().filter(|row| text(row, "/skuId") == Some(&sku.sku));
        Ok(of.filter_map(|row| text(row, "/userId")).map(str::to_lowercase).collect())
    }

    /// Licences are held by addresses, accounts have ids: all users are read to bring them together.
    pub(crate) async fn seats(&self, ctx: &Context) -> Result<List> {
        let users = self.all_users()?.all(ctx).await?;
        let mut seats = Vec::new();
        for sku in &self.config.licences {
            for email in self.holders(ctx, sku).await? {
                let same = |user: &&Value| {
                    text(user, "/primaryEmail").is_some_and(|own| own.to_lowercase() == email)
                };
                let Some(user) = users.iter().find(same) else { continue };
                let held = EntitlementRef::new("licence", sku.id());
                let mut seat = GrantRecord::new(need_text(user, "/id")?, held);
                seat.last_used = moment(&fields::flat(user.clone()), "/flat/lastLogin");
                seats.push(Object::from(&seat));
            }
        }
        Ok(List::Given(seats))
    }

    pub(crate) fn sku(&self, licence: &EntitlementRef) -> Result<&Sku> {
        let known = self.config.licences.iter().find(|sku| sku.id() == licence.id);
        known.ok_or_else(|| no_entitlement(licence))
    }

    /// Of a product a user has one SKU: another one takes its place in one step.
    pub(crate) async fn assign(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        let (ctx, licensing, sku) = (user.ctx, &self.licensing, self.sku(wanted)?);
        let email = need_text(user.item, "/primaryEmail")?;
        for other in self.config.licences.iter().filter(|other| other.product == sku.product) {
            if licensing.try_json(ctx, &licensing.get(&seat(other, email))?).await?.is_none() {
                continue;
            }
            if other.sku == sku.sku {
                return Ok(Outcome::already_so());
            }
            let body = json!({ "productId": sku.product, "skuId": sku.sku, "userId": email });
            return licensing.done(ctx, licensing.put(&seat(other, email))?.with_json(&body)?).await;
        }
        let request = licensing.post(&[&sku.product, "sku", &sku.sku, "user"])?;
        licensing.done(ctx, request.with_json(&json!({ "userId": email }))?).await
    }

    pub(crate) async fn release(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let path = seat(self.sku(held)?, need_text(user.item, "/primaryEmail")?);
        self.licensing.removed(user.ctx, self.licensing.delete(&path)?).await
    }
}

fn seat<'a>(sku: &'a Sku, email: &'a str) -> [&'a str; 5] {
    [&sku.product, "sku", &sku.sku, "user", email]
}
