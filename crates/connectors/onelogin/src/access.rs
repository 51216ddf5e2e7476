//! Roles and licences.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{
    List, Listing, already, done, id_text, items, moment, no_entitlement, number,
};

use crate::Onelogin;
use crate::fields::{LICENSED, UNLICENSED};

impl Onelogin {
    /// The licence, roles.
    pub(crate) async fn entitlements(&self, ctx: &Context, list: usize) -> Result<List> {
        if list == 1 {
            return Ok(self.roles()?.entitlements("role", "/id", "/name").into());
        }
        let users = self.all_users()?.all(ctx).await?;
        let mut licence = Entitlement::new("licence", &self.config.tier);
        licence.capacity = self.config.seats;
        licence.used =
            Some(users.iter().filter(|user| number(user, "/state") == Some(LICENSED)).count() as u64);
        Ok(List::Given(vec![Object::from(&licence)]))
    }

    /// Roles and licences stand in the users themselves.
    pub(crate) fn grants(&self) -> Result<List> {
        let licence = EntitlementRef::new("licence", self.config.tier.as_str());
        let held = move |user: &Value| {
            let id = id_text(user, "/id")?;
            let mut all = Vec::new();
            for role in items(user, "/role_ids")? {
                let role = EntitlementRef::new("role", id_text(role, "")?);
                all.push(Object::from(&GrantRecord::new(id.as_str(), role)));
            }
            if number(user, "/state") == Some(LICENSED) {
                let mut seat = GrantRecord::new(id.as_str(), licence.clone());
                seat.last_used = moment(user, "/last_login");
                all.push(Object::from(&seat));
            }
            Ok(all)
        };
        Ok(self.all_users()?.each(held).into())
    }

    /// The second generation of the API lists the roles of one application only.
    fn roles(&self) -> Result<Listing> {
        Ok(Listing::new(&self.client, self.client.get(&["api", "1", "roles"])?, "/data")
            .paged(Self::old_paging()))
    }

    pub(crate) async fn give(&self, ctx: &Context, item: &Value, wanted: &EntitlementRef) -> Result<Outcome> {
        let user = id_text(item, "/id")?;
        match wanted.kind.as_str() {
            "role" => {
                if has_role(item, &wanted.id)? {
                    return Ok(Outcome::already_so());
                }
                let known = self.roles()?.all(ctx).await?;
                if !known.iter().any(|role| id_text(role, "/id").is_ok_and(|id| id == wanted.id)) {
                    return Err(no_entitlement(wanted));
                }
                self.change_roles(ctx, &user, "add_roles", &wanted.id).await
            }
            // Who has none gets one back by a call of its own.
            "licence" if wanted.id == self.config.tier => match number(item, "/state") {
                Some(LICENSED) => Ok(Outcome::already_so()),
                _ => {
                    let path = ["api", "1", "users", &user, "set_state"];
                    already(self.put(ctx, &path, &json!({ "state": LICENSED })).await)
                }
            },
            _ => Err(no_entitlement(wanted)),
        }
    }

    pub(crate) async fn take(&self, ctx: &Context, item: &Value, held: &EntitlementRef) -> Result<Outcome> {
        let user = id_text(item, "/id")?;
        match held.kind.as_str() {
            "role" if has_role(item, &held.id)? => {
                self.change_roles(ctx, &user, "remove_roles", &held.id).await
            }
            "licence" if held.id == self.config.tier && number(item, "/state") == Some(LICENSED) => {
                let body = json!({ "state": UNLICENSED });
                already(self.put(ctx, &["api", "2", "users", &user], &body).await)
            }
            _ => Ok(Outcome::already_gone()),
        }
    }

    async fn change_roles(&self, ctx: &Context, user: &str, how: &str, role: &str) -> Result<Outcome> {
        let role = role.parse::<u64>().map_err(|_| no_entitlement(&EntitlementRef::new("role", role)))?;
        let body = json!({ "role_id_array": [role] });
        Ok(done(&self.put(ctx, &["api", "1", "users", user, how], &body).await?))
    }
}

fn has_role(user: &Value, role: &str) -> Result<bool> {
    Ok(items(user, "/role_ids")?.iter().any(|own| id_text(own, "").is_ok_and(|own| own == role)))
}
