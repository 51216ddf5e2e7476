use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use tenure_scim::{Resource, ValueRef};

use super::field::{self, Members};
use super::{RecordError, WORKLOAD_SCHEMA};

/// One service, as a source of services states it.
///
/// # Examples
///
/// ```
/// use tenure_connector::record::WorkloadRecord;
/// use tenure_scim::Resource;
///
/// let mut bot = WorkloadRecord::new("S2002", "Chat handover bot", "W1018", "Opens a ticket for a chat");
/// bot.scope.insert("zendesk/role:agent".to_owned());
/// assert_eq!(WorkloadRecord::try_from(&Resource::from(&bot))?, bot);
/// # Ok::<(), tenure_connector::record::RecordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadRecord {
    /// The service.
    pub workload_id: String,
    /// Its name.
    pub name: String,
    /// `worker_id` of the person who answers for it.
    pub owner_id: String,
    /// What it is for.
    pub purpose: String,
    /// The entitlements it may hold, as `target/kind:value`.
    pub scope: BTreeSet<String>,
    /// Last day, inclusive.
    pub expires: Option<NaiveDate>,
    /// The day on which its secrets were last replaced.
    pub rotated: Option<NaiveDate>,
    /// The day on which somebody last found that it is needed.
    pub reviewed: Option<NaiveDate>,
    /// Where it runs.
    pub environment: Option<String>,
    /// Further columns that the source was told to keep.
    pub extra: BTreeMap<String, String>,
}

impl WorkloadRecord {
    /// Starts a service without scope and expiry.
    #[must_use]
    pub fn new(workload_id: &str, name: &str, owner_id: &str, purpose: &str) -> Self {
        Self {
            workload_id: workload_id.to_owned(),
            name: name.to_owned(),
            owner_id: owner_id.to_owned(),
            purpose: purpose.to_owned(),
            scope: BTreeSet::new(),
            expires: None,
            rotated: None,
            reviewed: None,
            environment: None,
            extra: BTreeMap::new(),
        }
    }
}

impl From<&WorkloadRecord> for Resource {
    fn from(record: &WorkloadRecord) -> Self {
        let mut members = Members::new(WORKLOAD_SCHEMA);
        members.put("workloadId", record.workload_id.as_str());
        members.put("name", record.name.as_str());
        members.put("ownerId", record.owner_id.as_str());
        members.put("purpose", record.purpose.as_str());
        members.put("scope", record.scope.iter().cloned().collect::<Vec<_>>());
        members.put_date("expires", record.expires);
        members.put_date("rotated", record.rotated);
        members.put_date("reviewed", record.reviewed);
        members.put("environment", record.environment.clone());
        members.put("extra", field::pairs_json(&record.extra));
        members.finish()
    }
}

impl TryFrom<&Resource> for WorkloadRecord {
    type Error = RecordError;

    fn try_from(resource: &Resource) -> Result<Self, RecordError> {
        Ok(Self {
            workload_id: field::required(resource, "workloadId")?,
            name: field::required(resource, "name")?,
            owner_id: field::required(resource, "ownerId")?,
            purpose: field::required(resource, "purpose")?,
            scope: scope(resource)?,
            expires: field::optional_date(resource, "expires")?,
            rotated: field::optional_date(resource, "rotated")?,
            reviewed: field::optional_date(resource, "reviewed")?,
            environment: field::optional(resource, "environment")?,
            extra: field::pairs(resource, "extra")?,
        })
    }
}

fn scope(resource: &Resource) -> Result<BTreeSet<String>, RecordError> {
    let Some(value) = resource.attr("scope").filter(|value| value.is_assigned()) else {
        return Ok(BTreeSet::new());
    };
    let wrong =
        |value: ValueRef<'_>| RecordError::new("scope", "a list of texts", value.to_json().to_string());
    let list = value.as_array().ok_or_else(|| wrong(value))?;
    list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong(item))).collect()
}
