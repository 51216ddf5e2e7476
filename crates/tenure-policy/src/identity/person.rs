//! A human being.

use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

use super::{Engagement, Hold, Override};
use crate::id::IdentityId;

/// A human being: attributes of their own, and one or more engagements that decide when and how they work here.
///
/// # Examples
///
/// ```
/// use chrono::NaiveDate;
/// use tenure_policy::{Engagement, IdentityId, Person, Zone};
/// use tenure_scim::Resource;
///
/// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
/// let anna = Person::new(IdentityId::parse("p-1")?, Resource::default().with("userName", "anna")?)
///     .with_engagement(Engagement::new("e-1".parse()?, "employee", start, "Europe/Berlin".parse()?));
/// assert_eq!(anna.engagements.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The permanent key; a rehire keeps it.
    pub id: IdentityId,
    /// What belongs to the person and not to an engagement, shaped as a SCIM User.
    pub attributes: Resource,
    /// Every engagement known, past, present and future, in any order.
    pub engagements: Vec<Engagement>,
    /// Security and legal holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Decisions of an administrator that go before the calendar.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

impl Person {
    /// A person without engagements.
    #[must_use]
    pub fn new(id: IdentityId, attributes: Resource) -> Self {
        Self { id, attributes, engagements: Vec::new(), holds: Vec::new(), overrides: Vec::new() }
    }

    /// Adds an engagement.
    #[must_use]
    pub fn with_engagement(mut self, engagement: Engagement) -> Self {
        self.engagements.push(engagement);
        self
    }

    /// Adds a hold.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.holds.push(hold);
        self
    }

    /// Adds an override.
    #[must_use]
    pub fn with_override(mut self, decision: Override) -> Self {
        self.overrides.push(decision);
        self
    }
}
