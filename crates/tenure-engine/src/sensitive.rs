use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{EntitlementKey, IdentityId};
use tenure_store::{AsOf, PageRequest};

use crate::explain::access;
use crate::world::load::{catalogue, decode};
use crate::{Access, Engine, EngineError, Result};

/// How many identities are read at once.
const PAGE: usize = 1_000;

/// Somebody who could reach data of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassAccess {
    /// Who.
    pub identity: IdentityId,
    /// The name to show.
    pub person: String,
    /// By what; the entitlement as the policy calls it.
    pub access: Access,
}

impl Engine {
    /// Everybody who held an entitlement that opens data of a class, at one moment as it was known at another, by person and
    /// entitlement: for whoever has to show who could see health or payment data on a day.
    ///
    /// What opens which data is what the policy says that holds at `now`. Accounts that belong to nobody are not part of it; they are
    /// found as such.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when the policy knows no entitlement of the class;
    /// * `Store` or `Corrupt`, when the store fails.
    pub async fn access_to_class(
        &self,
        class: &str,
        when: &AsOf,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClassAccess>> {
        let entitlements = &self.policy(now)?.document().entitlements;
        let meant = entitlements.iter().filter(|(_, spec)| spec.data_class.as_deref() == Some(class));
        // By target, kind and the id that the target knows it by.
        let mut keys: BTreeMap<(String, String, String), EntitlementKey> = BTreeMap::new();
        for (key, _) in meant {
            let known = catalogue(self, &key.target).await?.resolve(key.kind.as_str(), key.value());
            keys.insert((key.target.to_string(), known.kind, known.id), key.clone());
        }
        if keys.is_empty() {
            return Err(EngineError::NotFound { what: "data class", id: class.to_owned() });
        }
        let mut found = Vec::new();
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.store.identities(&page).await?;
            let Some(last) = records.last() else { return Ok(found) };
            page = PageRequest::after(last.id.clone(), PAGE);
            for record in records {
                let held = self.store.held_as_of(&record.id, when).await?;
                if held.is_empty() {
                    continue;
                }
                let identity: tenure_policy::Identity = decode("identity", record.document)?;
                for held in held {
                    let key = (held.target.clone(), held.kind.clone(), held.value.clone());
                    let Some(entitlement) = keys.get(&key).cloned() else { continue };
                    found.push(ClassAccess {
                        identity: identity.id().clone(),
                        person: identity.display_name().to_owned(),
                        access: Access { entitlement, ..access(&held)? },
                    });
                }
            }
        }
    }
}
