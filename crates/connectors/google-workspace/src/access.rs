//! Groups, administrators' roles and licences.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    List, Listing, already, done, moment, need_text, no_entitlement, removed, text,
};

use crate::system::{directory, paged};
use crate::{Google, Sku, fields};

impl Google {
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => self.all_groups()?.entitlements("group", "/id", "/name").into(),
            1 => {
                let roles = self.admin.get(&directory(&["customer", &self.config.customer, "roles"]))?;
                paged(&self.admin, roles, "/items", 100).entitlements("role", "/roleId", "/roleName").into()
            }
            _ => {
                let mut all = Vec::new();
                for sku in &self.config.licences {
                    let held = self.holders(ctx, sku).await?.len() as u64;
                    let mut licence = Entitlement::new("licence", &sku.id()).exclusive_in(&sku.product);
                    (licence.display, licence.capacity, licence.used) =
                        (sku.name.clone(), sku.owned, Some(held));
                    all.push(Object::from(&licence));
                }
                List::Given(all)
            }
        })
    }

    /// Members of groups, administrators, licences.
    pub(crate) async fn grants(&self, ctx: &Context, list: usize) -> Result<List> {
        Ok(match list {
            0 => {
                let admin = self.admin.clone();
                List::of_each(self.all_groups()?.ids("/id"), move |group| {
                    let held = EntitlementRef::new("group", group);
                    let members = admin.get(&directory(&["groups", group, "members"]))?;
                    // Groups within groups and people from elsewhere are no accounts.
                    Ok(paged(&admin, members, "/members", 200).each(move |member| {
                        let user = text(member, "/id").filter(|_| text(member, "/type") == Some("USER"));
                        Ok(user
                            .map(|user| Object::from(&GrantRecord::new(user, held.clone())))
                            .into_iter()
                            .collect())
                    }))
                })
            }
            1 => self
                .assignments()?
                .each(|row| {
                    let held = EntitlementRef::new("role", need_text(row, "/roleId")?);
                    let is_user = text(row, "/assigneeType").is_none_or(|kind| kind == "user");
                    let user = text(row, "/assignedTo").filter(|_| is_user);
                    Ok(user.map(|user| Object::from(&GrantRecord::new(user, held))).into_iter().collect())
                })
                .into(),
            _ => List::Given(self.seats(ctx).await?),
        })
    }

    fn assignments(&self) -> Result<Listing> {
        let path = directory(&["customer", &self.config.customer, "roleassignments"]);
        Ok(paged(&self.admin, self.admin.get(&path)?, "/items", 200))
    }

    /// The addresses that hold a licence.
    async fn holders(&self, ctx: &Context, sku: &Sku) -> Result<Vec<String>> {
        let request = self.licensing.get(&["apps", "licensing", "v1", "product", &sku.product, "users"])?;
        let request = request.with_query("customerId", &self.config.customer);
        let all = paged(&self.licensing, request, "/items", 1000).all(ctx).await?;
        let of = all.iter().filter(|row| text(row, "/skuId") == Some(&sku.sku));
        Ok(of.filter_map(|row| text(row, "/userId")).map(str::to_lowercase).collect())
    }

    /// Licences are held by addresses, accounts have ids: all users are read to bring them together.
    async fn seats(&self, ctx: &Context) -> Result<Vec<Object>> {
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
        Ok(seats)
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        match wanted.kind.as_str() {
            "group" => {
                let request = self.admin.post(&directory(&["groups", &wanted.id, "members"]))?;
                let request = request.with_json(&json!({ "id": user, "role": "MEMBER" }))?;
                already(self.admin.send(ctx, &request).await)
            }
            "role" => {
                if self.assignment(ctx, user, wanted).await?.is_some() {
                    return Ok(Outcome::already_so());
                }
                let path = directory(&["customer", &self.config.customer, "roleassignments"]);
                let body = json!({ "roleId": wanted.id, "assignedTo": user, "scopeType": "CUSTOMER" });
                let request = self.admin.post(&path)?.with_json(&body)?;
                Ok(done(&self.admin.send(ctx, &request).await?))
            }
            "licence" => self.assign(ctx, need_text(item, "/primaryEmail")?, wanted).await,
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = need_text(item, "/id")?;
        let (client, request) = match held.kind.as_str() {
            "group" => (&self.admin, self.admin.delete(&directory(&["groups", &held.id, "members", user]))?),
            "role" => {
                let Some(id) = self.assignment(ctx, user, held).await? else {
                    return Ok(Outcome::already_gone());
                };
                let path = directory(&["customer", &self.config.customer, "roleassignments", &id]);
                (&self.admin, self.admin.delete(&path)?)
            }
            "licence" => {
                let Some(sku) = self.sku(held) else { return Ok(Outcome::already_gone()) };
                let path = seat(sku, need_text(item, "/primaryEmail")?);
                (&self.licensing, self.licensing.delete(&path)?)
            }
            _ => return Ok(Outcome::already_gone()),
        };
        removed(client.send(ctx, &request).await)
    }

    async fn assignment(&self, ctx: &Context, user: &str, role: &EntitlementRef) -> Result<Option<String>> {
        let of = self.assignments()?.map_request(|request| request.with_query("userKey", user));
        let all = of.all(ctx).await?;
        let same = all
            .iter()
            .find(|row| text(row, "/roleId") == Some(&role.id) && text(row, "/assignedTo") == Some(user));
        same.map(|row| need_text(row, "/roleAssignmentId").map(str::to_owned)).transpose()
    }

    fn sku(&self, licence: &EntitlementRef) -> Option<&Sku> {
        self.config.licences.iter().find(|sku| sku.id() == licence.id)
    }

    /// Of a product a user has one SKU: another one takes its place in one step.
    async fn assign(&self, ctx: &Context, email: &str, wanted: &EntitlementRef) -> Result<Outcome> {
        let sku = self.sku(wanted).ok_or_else(|| no_entitlement(wanted))?;
        for other in self.config.licences.iter().filter(|other| other.product == sku.product) {
            if self.licensing.try_json(ctx, &self.licensing.get(&seat(other, email))?).await?.is_none() {
                continue;
            }
            if other.sku == sku.sku {
                return Ok(Outcome::already_so());
            }
            let body = json!({ "productId": sku.product, "skuId": sku.sku, "userId": email });
            let request = self.licensing.put(&seat(other, email))?.with_json(&body)?;
            return Ok(done(&self.licensing.send(ctx, &request).await?));
        }
        let path = ["apps", "licensing", "v1", "product", &sku.product, "sku", &sku.sku, "user"];
        let request = self.licensing.post(&path)?.with_json(&json!({ "userId": email }))?;
        Ok(done(&self.licensing.send(ctx, &request).await?))
    }
}

fn seat<'a>(sku: &'a Sku, email: &'a str) -> [&'a str; 9] {
    ["apps", "licensing", "v1", "product", &sku.product, "sku", &sku.sku, "user", email]
}
