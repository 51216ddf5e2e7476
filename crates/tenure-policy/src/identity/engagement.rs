//! One employment or contract of a person.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

use crate::id::{EngagementId, IdentityId};
use crate::time::Zone;

/// An employment, a contract, an assignment: from a civil date to a civil date, in the worker's own time zone.
///
/// Build it with [`Engagement::new`] and set the public fields that apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engagement {
    /// The permanent key of the engagement.
    pub id: EngagementId,
    /// What sort it is: `employee`, `contractor`, `partner`, ... The policy names them.
    pub kind: String,
    /// The first day.
    pub start: NaiveDate,
    /// The last day of the contract; `None` when it is open or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<NaiveDate>,
    /// The last day at work, where it differs from the end of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day_worked: Option<NaiveDate>,
    /// The exact instant at which access ends, where one was ordered; it goes before both dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_ends: Option<DateTime<Utc>>,
    /// The zone in which the days begin and end.
    pub zone: Zone,
    /// True for the engagement that the source calls the main one.
    #[serde(default)]
    pub primary: bool,
    /// Who leads the person in this engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<IdentityId>,
    /// Attributes of this engagement (department, title, cost centre, anything), laid over the person's own.
    #[serde(default)]
    pub attributes: Resource,
    /// Absences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<Leave>,
    /// True when the hire was called off: the engagement counts as never having been.
    #[serde(default)]
    pub rescinded: bool,
    /// When the source first told of this engagement; a hire known only after its start is marked late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<DateTime<Utc>>,
}

impl Engagement {
    /// An open-ended engagement.
    #[must_use]
    pub fn new(id: EngagementId, kind: &str, start: NaiveDate, zone: Zone) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            start,
            end: None,
            last_day_worked: None,
            access_ends: None,
            zone,
            primary: false,
            manager: None,
            attributes: Resource::default(),
            leaves: Vec::new(),
            rescinded: false,
            recorded: None,
        }
    }

    /// Sets the last day.
    #[must_use]
    pub fn until(mut self, last_day: NaiveDate) -> Self {
        self.end = Some(last_day);
        self
    }

    /// Sets the manager.
    #[must_use]
    pub fn with_manager(mut self, manager: IdentityId) -> Self {
        self.manager = Some(manager);
        self
    }

    /// Sets the attributes of the engagement.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Resource) -> Self {
        self.attributes = attributes;
        self
    }

    /// Adds an absence.
    #[must_use]
    pub fn with_leave(mut self, leave: Leave) -> Self {
        self.leaves.push(leave);
        self
    }
}

/// An absence during an engagement, by civil dates in the engagement's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// What sort it is: `parental`, `unpaid`, ... The policy says what each means.
    pub kind: String,
    /// The first day away.
    pub start: NaiveDate,
    /// The last day away; `None` when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<NaiveDate>,
}

impl Leave {
    /// An absence.
    #[must_use]
    pub fn new(kind: &str, start: NaiveDate, end: Option<NaiveDate>) -> Self {
        Self { kind: kind.to_owned(), start, end }
    }
}
