//! Who or what access is for: persons with engagements, and workloads with an owner.

mod engagement;
mod hold;
mod person;
mod read_ahead;
mod workload;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

pub use self::engagement::{Engagement, Leave};
pub(crate) use self::hold::in_force;
pub use self::hold::{Hold, HoldKind, Override, OverrideKind};
pub use self::person::Person;
pub use self::read_ahead::read_ahead;
pub use self::workload::Workload;
use crate::entitlement::EntitlementKey;
use crate::id::{IdentityId, TargetId};

/// A person or a workload (a service account, a bot, a job).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// A human being with one or more engagements.
    Person(Person),
    /// A program with an owner.
    Workload(Workload),
}

impl Identity {
    /// The identity's permanent key.
    #[must_use]
    pub fn id(&self) -> &IdentityId {
        match self {
            Self::Person(person) => &person.id,
            Self::Workload(workload) => &workload.id,
        }
    }

    /// The attributes that belong to the identity itself, shaped as a SCIM User.
    #[must_use]
    pub fn attributes(&self) -> &Resource {
        match self {
            Self::Person(person) => &person.attributes,
            Self::Workload(workload) => &workload.attributes,
        }
    }

    /// The name to show: `displayName`, else `name.formatted`, else the id.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let attributes = self.attributes();
        attributes
            .text("displayName")
            .or_else(|| attributes.text("name.formatted"))
            .unwrap_or(self.id().as_str())
    }

    /// The order that keeps the account in one target, and not every account, from working at a moment.
    #[must_use]
    pub fn stopped_in(&self, target: &TargetId, now: DateTime<Utc>) -> Option<&Override> {
        self.as_person()?.overrides.iter().find(|order| order.stops(target, now))
    }

    /// The order that withholds an entitlement at a moment.
    #[must_use]
    pub fn withheld(&self, entitlement: &EntitlementKey, now: DateTime<Utc>) -> Option<&Override> {
        self.as_person()?.overrides.iter().find(|order| order.withholds(entitlement, now))
    }

    /// The person, when it is one.
    #[must_use]
    pub fn as_person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Workload(_) => None,
        }
    }

    /// The workload, when it is one.
    #[must_use]
    pub fn as_workload(&self) -> Option<&Workload> {
        match self {
            Self::Person(_) => None,
            Self::Workload(workload) => Some(workload),
        }
    }
}

impl From<Person> for Identity {
    fn from(person: Person) -> Self {
        Self::Person(person)
    }
}

impl From<Workload> for Identity {
    fn from(workload: Workload) -> Self {
        Self::Workload(workload)
    }
}
