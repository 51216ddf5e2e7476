use chrono::{DateTime, Utc};
use tenure_connector::RejectedItem;
use tenure_connector::record::WorkloadRecord;
use tenure_policy::{EntitlementKey, IdentityId, Workload, Zone};

use super::Attributes;

/// Puts one workload together from its row.
pub(crate) fn workload(id: &IdentityId, row: &WorkloadRecord, zone: Zone) -> Result<Workload, RejectedItem> {
    let owner = IdentityId::parse(&row.owner_id)
        .map_err(|_| rejected(row, "the id of an owner in `ownerId`", &row.owner_id))?;
    if row.purpose.trim().is_empty() {
        return Err(rejected(row, "a `purpose`", "nothing"));
    }
    let scope: Vec<EntitlementKey> = row
        .scope
        .iter()
        .map(|text| {
            text.parse().map_err(|_| {
                rejected(row, "entitlements as `target/kind:value` in `scope`", text)
                    .with_help("for instance zendesk/role:agent; separate several by semicolons")
            })
        })
        .collect::<Result<_, _>>()?;
    let mut attributes = Attributes::default();
    attributes.text("externalId", Some(&row.workload_id));
    attributes.text("displayName", Some(&row.name));
    attributes.text("userType", Some("Workload"));
    attributes.extra.extend(row.environment.as_deref().map(|text| ("environment".to_owned(), text.into())));
    attributes.extra.extend(row.extra.iter().map(|(name, text)| (name.clone(), text.as_str().into())));
    let mut workload =
        Workload::new(id.clone(), owner, &row.purpose).with_scope(scope).with_attributes(attributes.finish());
    (workload.expires, workload.rotated, workload.reviewed) = (row.expires, row.rotated, row.reviewed);
    workload.zone = zone;
    Ok(workload)
}

/// Lets a workload that a complete snapshot lacks expire with the day before.
pub(crate) fn expire_absent(workload: &mut Workload, now: DateTime<Utc>) {
    let yesterday = now.date_naive().pred_opt();
    if let Some(yesterday) = yesterday.filter(|day| workload.expires.is_none_or(|expires| expires > *day)) {
        workload.expires = Some(yesterday);
    }
}

fn rejected(row: &WorkloadRecord, expected: &str, found: &str) -> RejectedItem {
    RejectedItem::new(format!("workload {}", row.workload_id), expected, found)
        .with_item(row.workload_id.as_str())
}
