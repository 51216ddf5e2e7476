use serde_json::{Value, json};

use super::Graph;
use super::state::{Answer, bad, gone};
use crate::vendor::{Call, Reply};

impl Graph {
    fn taken(&self, sku: &str) -> usize {
        self.users.iter().filter(|(id, _)| self.licences_of(id).iter().any(|own| own == sku)).count()
    }

    pub(super) fn list_skus(&self) -> Answer {
        let shown = |(id, sku): (&str, &Value)| {
            json!({
                "id": format!("tenant_{id}"), "skuId": id, "skuPartNumber": sku.get("part"), "appliesTo": "User",
                "capabilityStatus": "Enabled", "consumedUnits": self.taken(id),
                "prepaidUnits": { "enabled": sku.get("seats"), "suspended": 0, "warning": 0 },
            })
        };
        let all: Vec<Value> = self.skus.iter().map(shown).collect();
        Ok(Reply::json(200, json!({ "value": all })))
    }

    /// Gives a licence, directly or through a group.
    pub(super) fn hold(&mut self, user: &str, sku: &str, group: Option<&str>) {
        let Some(user) = self.users.get_mut(user).and_then(Value::as_object_mut) else { return };
        let has = |list: &Value| {
            list.as_array().is_some_and(|list| list.iter().any(|own| own.get("skuId") == Some(&sku.into())))
        };
        let held = user.entry("assignedLicenses").or_insert_with(|| json!([]));
        if !has(held)
            && let Some(held) = held.as_array_mut()
        {
            held.push(json!({ "skuId": sku, "disabledPlans": [] }));
        }
        let states = user.entry("licenseAssignmentStates").or_insert_with(|| json!([]));
        if let Some(states) = states.as_array_mut() {
            states
                .push(json!({ "skuId": sku, "assignedByGroup": group, "state": "Active", "error": "None" }));
        }
    }

    pub(super) fn assign_licence(&mut self, call: &Call, user: &str) -> Answer {
        let (Some(add), Some(remove)) = (
            call.body.get("addLicenses").and_then(Value::as_array),
            call.body.get("removeLicenses").and_then(Value::as_array),
        ) else {
            return Err(bad(
                "One or more parameters of the operation 'assignLicense' are missing from the request payload.",
            ));
        };
        let place = self.users.get(user).and_then(|user| user.get("usageLocation")?.as_str());
        if !add.is_empty() && place.is_none() {
            return Err(bad("License assignment cannot be done for user with invalid usage location."));
        }
        for sku in add.iter().filter_map(|row| row.get("skuId")?.as_str()) {
            let seats = self.skus.get(sku).and_then(|row| row.get("seats")?.as_u64());
            let seats = seats.ok_or_else(|| bad("License is not a valid license in the tenant."))?;
            if self.taken(sku) as u64 >= seats {
                return Err(bad(&format!(
                    "Subscription with SKU {sku} does not have any available licenses."
                )));
            }
            self.hold(user, sku, None);
        }
        for sku in remove.iter().filter_map(Value::as_str) {
            let row = self.users.get_mut(user).and_then(Value::as_object_mut).ok_or_else(gone)?;
            let states =
                row.get_mut("licenseAssignmentStates").and_then(Value::as_array_mut).ok_or_else(gone)?;
            let of = |state: &Value| state.get("skuId") == Some(&sku.into());
            let direct = |state: &Value| of(state) && state.get("assignedByGroup") == Some(&Value::Null);
            if !states.iter().any(direct) {
                return Err(bad(
                    "User license is inherited from a group membership and it cannot be removed directly from the user.",
                ));
            }
            states.retain(|state| !direct(state));
            let left = states.iter().any(of);
            if let (false, Some(held)) = (left, row.get_mut("assignedLicenses").and_then(Value::as_array_mut))
            {
                held.retain(|own| !of(own));
            }
        }
        self.log.push(user.to_owned());
        self.shown(call, user)
    }
}
