use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde_json::json;
use tenure_scim::Resource;

use super::field::{self, Members};
use super::{RecordError, WORKER_SCHEMA};

/// One engagement of one worker, as a source of people states it.
///
/// A person with two engagements is two records with the same [`worker_id`](Self::worker_id).
///
/// # Examples
///
/// ```
/// use tenure_connector::record::WorkerRecord;
/// use tenure_scim::Resource;
///
/// let start = "2026-03-16".parse()?;
/// let noah = WorkerRecord::new("W1026", "E1026", "Employee", "Noah", "Bergmann", start);
/// let resource = Resource::from(&noah);
/// assert_eq!(resource.text("startDate"), Some("2026-03-16"));
/// assert_eq!(WorkerRecord::try_from(&resource)?, noah);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// The person, the same over all engagements and for ever.
    pub worker_id: String,
    /// The engagement.
    pub engagement_id: String,
    /// `Employee`, `Contractor` or another kind, in the source's words.
    pub engagement_type: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// The given name the person goes by.
    pub preferred_name: Option<String>,
    /// E-mail address that the source knows.
    pub email: Option<String>,
    /// First day.
    pub start_date: NaiveDate,
    /// Last day, inclusive.
    pub end_date: Option<NaiveDate>,
    /// IANA name of the zone in which the days begin and end.
    pub time_zone: Option<String>,
    /// `worker_id` of the manager.
    pub manager_id: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Team within the department.
    pub team: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Cost centre.
    pub cost_center: Option<String>,
    /// Place of work.
    pub location: Option<String>,
    /// Country of work.
    pub country: Option<String>,
    /// Whether this engagement decides when several disagree.
    pub primary: bool,
    /// Leaves, past and planned.
    pub leaves: Vec<LeaveRecord>,
    /// What the source says of the engagement as a whole.
    pub status: WorkerStatus,
    /// Further columns that the source was told to keep.
    pub extra: BTreeMap<String, String>,
}

/// A time in which a worker is employed but away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveRecord {
    /// The kind: `Parental`, `Sabbatical`, in the source's words.
    pub kind: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day, inclusive; open when absent.
    pub until: Option<NaiveDate>,
}

/// What the source says of an engagement as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkerStatus {
    /// It stands, from its start to its end.
    #[default]
    Active,
    /// It was agreed and called off; it never comes to be.
    Rescinded,
    /// It was ended, whatever the end date says.
    Terminated,
}

impl WorkerRecord {
    /// Starts an active, primary engagement without an end.
    #[must_use]
    pub fn new(
        worker_id: &str,
        engagement_id: &str,
        engagement_type: &str,
        given_name: &str,
        family_name: &str,
        start_date: NaiveDate,
    ) -> Self {
        Self {
            worker_id: worker_id.to_owned(),
            engagement_id: engagement_id.to_owned(),
            engagement_type: engagement_type.to_owned(),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            preferred_name: None,
            email: None,
            start_date,
            end_date: None,
            time_zone: None,
            manager_id: None,
            department: None,
            team: None,
            title: None,
            cost_center: None,
            location: None,
            country: None,
            primary: true,
            leaves: Vec::new(),
            status: WorkerStatus::Active,
            extra: BTreeMap::new(),
        }
    }
}

impl WorkerStatus {
    /// The word in resources and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rescinded => "rescinded",
            Self::Terminated => "terminated",
        }
    }
}

impl fmt::Display for WorkerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WorkerStatus {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let all = [Self::Active, Self::Rescinded, Self::Terminated];
        let found = all.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| RecordError::new("status", "active, rescinded or terminated", text))
    }
}

impl From<&WorkerRecord> for Resource {
    fn from(record: &WorkerRecord) -> Self {
        let mut members = Members::new(WORKER_SCHEMA);
        members.put("workerId", record.worker_id.as_str());
        members.put("engagementId", record.engagement_id.as_str());
        members.put("engagementType", record.engagement_type.as_str());
        members.put("givenName", record.given_name.as_str());
        members.put("familyName", record.family_name.as_str());
        members.put("preferredName", record.preferred_name.clone());
        members.put("email", record.email.clone());
        members.put_date("startDate", Some(record.start_date));
        members.put_date("endDate", record.end_date);
        members.put("timeZone", record.time_zone.clone());
        members.put("managerId", record.manager_id.clone());
        members.put("department", record.department.clone());
        members.put("team", record.team.clone());
        members.put("title", record.title.clone());
        members.put("costCenter", record.cost_center.clone());
        members.put("location", record.location.clone());
        members.put("country", record.country.clone());
        members.put("primary", record.primary);
        members.put("status", record.status.as_str());
        let leave = |leave: &LeaveRecord| match leave.until {
            Some(until) => {
                json!({ "type": leave.kind, "from": leave.from.to_string(), "until": until.to_string() })
            }
            None => json!({ "type": leave.kind, "from": leave.from.to_string() }),
        };
        members.put("leaves", record.leaves.iter().map(leave).collect::<Vec<_>>());
        members.put("extra", field::pairs_json(&record.extra));
        members.finish()
    }
}

impl TryFrom<&Resource> for WorkerRecord {
    type Error = RecordError;

    fn try_from(resource: &Resource) -> Result<Self, RecordError> {
        let start = field::optional_date(resource, "startDate")?;
        let leave = |item: tenure_scim::ObjectRef<'_>| {
            let from = field::date("leaves.from", item.get("from"))?;
            Ok(LeaveRecord {
                kind: field::text("leaves.type", item.get("type"))?.unwrap_or_default(),
                from: from
                    .ok_or_else(|| RecordError::new("leaves.from", "a date as YYYY-MM-DD", "nothing"))?,
                until: field::date("leaves.until", item.get("until"))?,
            })
        };
        Ok(Self {
            worker_id: field::required(resource, "workerId")?,
            engagement_id: field::required(resource, "engagementId")?,
            engagement_type: field::required(resource, "engagementType")?,
            given_name: field::required(resource, "givenName")?,
            family_name: field::required(resource, "familyName")?,
            preferred_name: field::optional(resource, "preferredName")?,
            email: field::optional(resource, "email")?,
            start_date: start
                .ok_or_else(|| RecordError::new("startDate", "a date as YYYY-MM-DD", "nothing"))?,
            end_date: field::optional_date(resource, "endDate")?,
            time_zone: field::optional(resource, "timeZone")?,
            manager_id: field::optional(resource, "managerId")?,
            department: field::optional(resource, "department")?,
            team: field::optional(resource, "team")?,
            title: field::optional(resource, "title")?,
            cost_center: field::optional(resource, "costCenter")?,
            location: field::optional(resource, "location")?,
            country: field::optional(resource, "country")?,
            primary: field::flag(resource, "primary", true)?,
            leaves: field::objects(resource, "leaves")?.into_iter().map(leave).collect::<Result<_, _>>()?,
            status: match field::optional(resource, "status")? {
                Some(text) => text.parse()?,
                None => WorkerStatus::Active,
            },
            extra: field::pairs(resource, "extra")?,
        })
    }
}
