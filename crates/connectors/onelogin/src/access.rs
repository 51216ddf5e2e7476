//! Roles and licences.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Result};
use tenure_connector_rest::system::{Kind, List, Listing, as_number, id_text, items, moment, number, put};

use crate::Onelogin;
use crate::fields::{LICENSED, UNLICENSED};

impl Onelogin {
    /// The licence and roles, which stand in the users themselves. The second generation of the API lists the roles of one
    /// application only.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let roles =
            Listing::new(&self.api, self.api.get(&["1", "roles"])?, "/data").paged(Self::old_paging());
        let licence = EntitlementRef::new("licence", self.config.tier.as_str());
        let held = move |user: &Value| {
            let id = id_text(user, "/id")?;
            let mut all = Vec::new();
            for role in items(user, "/role_ids")? {
                let role = EntitlementRef::new("role", id_text(role, "")?);
                all.push(Object::from(&GrantRecord::new(id.as_str(), role)));
            }
            if is_licensed(user, "") {
                let mut seat = GrantRecord::new(id.as_str(), licence.clone());
                seat.last_used = moment(user, "/last_login");
                all.push(Object::from(&seat));
            }
            Ok(all)
        };
        Ok(vec![
            // Who has none gets one back by a call of its own.
            Kind::new("licence", &self.api)
                .given([Entitlement::new("licence", &self.config.tier)])
                .counted()
                .held_when(is_licensed)
                .granted(put("1/users/{account}/set_state").json(|_| json!({ "state": LICENSED })))
                .revoked(put("2/users/{account}").json(|_| json!({ "state": UNLICENSED }))),
            Kind::new("role", &self.api)
                .listed(roles, "/id", "/name")
                .numbered()
                .looked_for()
                .grants(self.all_users()?.each(held))
                .held_when(has_role)
                .granted(
                    put("1/users/{account}/add_roles")
                        .json(|to| json!({ "role_id_array": [as_number(to.id)] })),
                )
                .revoked(
                    put("1/users/{account}/remove_roles")
                        .json(|to| json!({ "role_id_array": [as_number(to.id)] })),
                ),
        ])
    }

    pub(crate) async fn licence(&self, ctx: &Context) -> Result<List> {
        let users = self.all_users()?.all(ctx).await?;
        let mut licence = Entitlement::new("licence", &self.config.tier);
        licence.capacity = self.config.seats;
        licence.used = Some(users.iter().filter(|user| is_licensed(user, "")).count() as u64);
        Ok(List::Given(vec![Object::from(&licence)]))
    }
}

fn is_licensed(user: &Value, _tier: &str) -> bool {
    number(user, "/state") == Some(LICENSED)
}

fn has_role(user: &Value, role: &str) -> bool {
    let own = items(user, "/role_ids").unwrap_or_default();
    own.iter().any(|own| id_text(own, "").is_ok_and(|own| own == role))
}
