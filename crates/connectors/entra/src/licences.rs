//! Licences: what is bought, who holds it, and by what way.

use serde_json::{Value, json};
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{ConnectorError, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::system::{Found, Listing, fixed, items, need_text, text};

use crate::{Entra, fields};

impl Entra {
    /// Who holds what, with the last sign-in if it is read. What came only by a group cannot be taken from one user.
    pub(crate) fn seats(&self) -> Result<Listing> {
        let activity = if self.config.sign_in_activity { fields::ACTIVITY } else { "" };
        let users = self.users_with(&format!("id,assignedLicenses,licenseAssignmentStates{activity}"))?;
        Ok(users.each(|user| {
            let mut seats = Vec::new();
            for licence in items(user, "/assignedLicenses")? {
                let sku = need_text(licence, "/skuId")?;
                let mut seat = GrantRecord::new(need_text(user, "/id")?, EntitlementRef::new("licence", sku));
                seat.immutable = way(user, sku) == Way::Group;
                seat.last_used = fields::last_sign_in(user).and_then(|at| at.parse().ok());
                seats.push(Object::from(&seat));
            }
            Ok(seats)
        }))
    }

    pub(crate) async fn assign(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        // What a licence may do depends on the country: without one none is given.
        if user.text("/usageLocation").is_none() {
            let Some(place) = &self.config.usage_location else {
                let detail = "a licence needs the country of its user; map one, or set `usage_location`";
                return Err(ConnectorError::invalid_input("usageLocation", detail));
            };
            let request = self.client.patch(&["users", user.id])?;
            self.client.send(user.ctx, &request.with_json(&json!({ "usageLocation": place }))?).await?;
        }
        let added = json!([{ "skuId": wanted.id, "disabledPlans": [] }]);
        self.license(user, &json!({ "addLicenses": added, "removeLicenses": [] })).await
    }

    pub(crate) async fn release(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        if way(user.item, &held.id) == Way::Group {
            return Err(fixed("the licence came by a group; take the group away"));
        }
        self.license(user, &json!({ "addLicenses": [], "removeLicenses": [held.id] })).await
    }

    /// Both lists have to be there, also empty.
    async fn license(&self, user: Found<'_>, body: &Value) -> Result<Outcome> {
        let request = self.client.post(&["users", user.id, "assignLicense"])?.with_json(body)?;
        self.client.done(user.ctx, request).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    None,
    Direct,
    Group,
}

/// How a user has a licence. Who has it both ways can lose the direct one.
pub(crate) fn way(user: &Value, sku: &str) -> Way {
    let of_sku = |at: &str| {
        let rows = items(user, at).unwrap_or_default().iter();
        rows.filter(|own| text(own, "/skuId") == Some(sku)).collect::<Vec<_>>()
    };
    let states = of_sku("/licenseAssignmentStates");
    match of_sku("/assignedLicenses").is_empty() {
        true => Way::None,
        false
            if states.is_empty() || states.iter().any(|state| text(state, "/assignedByGroup").is_none()) =>
        {
            Way::Direct
        }
        false => Way::Group,
    }
}
