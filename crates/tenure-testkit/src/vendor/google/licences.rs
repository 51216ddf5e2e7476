use serde_json::{Value, json};

use super::Google;
use super::state::{Answer, failed, gone, paged};
use crate::vendor::{Call, Reply};

impl Google {
    pub(super) fn route_licences(&mut self, call: &Call, path: &[&str]) -> Answer {
        let own = |product: &str, email: &str| (product.to_owned(), email.to_lowercase());
        match (call.method.as_str(), path) {
            ("GET", [product, "users"]) => {
                if call.parameter("customerId").is_none() {
                    return Err(failed(400, "required", "Required parameter: customerId"));
                }
                let of = self.licences.iter().filter(|((own, _), _)| own == product);
                let all = of.map(|((product, email), sku)| shown(product, sku, email)).collect();
                paged(call, "items", all, 100, 1000)
            }
            ("GET", [product, "sku", sku, "user", email]) => {
                match self.licences.get(&own(product, email)).filter(|held| held == sku) {
                    Some(_) => Ok(Reply::json(200, shown(product, sku, email))),
                    None => Err(gone("user")),
                }
            }
            ("POST", [product, "sku", sku, "user"]) => {
                let email = call.body.get("userId").and_then(Value::as_str).unwrap_or_default();
                self.id_of(email).ok_or_else(|| gone("userKey"))?;
                if self.licences.contains_key(&own(product, email)) {
                    let held = "User already has a license for the specified product and SKU";
                    return Err(failed(412, "conditionNotMet", held));
                }
                self.need_seat(sku)?;
                self.licences.insert(own(product, email), (*sku).to_owned());
                Ok(Reply::json(200, shown(product, sku, email)))
            }
            ("PUT" | "PATCH", [product, "sku", sku, "user", email]) => {
                let new = call.body.get("skuId").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.licences
                    .get(&own(product, email))
                    .filter(|held| held == sku)
                    .ok_or_else(|| gone("user"))?;
                self.need_seat(&new)?;
                self.licences.insert(own(product, email), new.clone());
                Ok(Reply::json(200, shown(product, &new, email)))
            }
            ("DELETE", [product, "sku", sku, "user", email]) => {
                self.licences
                    .get(&own(product, email))
                    .filter(|held| held == sku)
                    .ok_or_else(|| gone("user"))?;
                self.licences.remove(&own(product, email));
                Ok(Reply::json(200, json!({})))
            }
            _ => Err(gone("path")),
        }
    }

    fn need_seat(&self, sku: &str) -> Result<(), Reply> {
        let bought = self.bought.get(sku).ok_or_else(|| gone("skuId"))?;
        let taken = self.licences.values().filter(|held| *held == sku).count();
        match taken < *bought {
            true => Ok(()),
            false => Err(failed(412, "conditionNotMet", "There aren't enough available licenses")),
        }
    }
}

fn shown(product: &str, sku: &str, email: &str) -> Value {
    json!({ "kind": "licensing#licenseAssignment", "productId": product, "skuId": sku, "userId": email })
}
