use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use super::Field;

/// Which field of a record means what: attribute of the worker to [`Field`].
///
/// | attribute | |
/// |---|---|
/// | `workerId`, `givenName`, `familyName`, `startDate` | must be mapped |
/// | `engagementId` | the worker's id when not mapped: one record a person |
/// | `previousId` | the id that the person had before, when a return or a conversion brings a new one |
/// | `effectiveFrom` | the day on which the record takes effect, when a worker has one record for each change |
/// | `deleted` | true on a record that only says that the engagement was deleted |
/// | `status` | `active`, `rescinded`, `terminated`; `inactive` is terminated unless there is an `endDate`, which then decides |
/// | `leaveType`, `leaveFrom`, `leaveUntil` | a leave |
/// | `engagementType`, `preferredName`, `email`, `endDate`, `timeZone`, `managerId`, `department`, `team`, `title`, `costCenter`, `location`, `country`, `primary` | as in `WorkerRecord` |
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    fields: BTreeMap<String, Field>,
}

const NEEDED: &[&str] = &["workerId", "givenName", "familyName", "startDate"];
const OPTIONAL: &[&str] = &[
    "engagementId",
    "previousId",
    "effectiveFrom",
    "deleted",
    "leaveType",
    "leaveFrom",
    "leaveUntil",
    "engagementType",
    "preferredName",
    "email",
    "endDate",
    "timeZone",
    "managerId",
    "department",
    "team",
    "title",
    "costCenter",
    "location",
    "country",
    "primary",
    "status",
];

impl Mapping {
    /// Maps nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says where an attribute comes from; the last word counts.
    #[must_use]
    pub fn with(mut self, attribute: &str, field: Field) -> Self {
        self.fields.insert(attribute.to_owned(), field);
        self
    }

    pub(crate) fn get(&self, attribute: &str) -> Option<&Field> {
        self.fields.get(attribute)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.fields.iter().map(|(attribute, field)| (attribute.as_str(), field))
    }

    /// Refuses a mapping that lacks what every worker needs, or that maps what a worker does not have.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |detail: String| {
            Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail))
        };
        let known = || NEEDED.iter().chain(OPTIONAL).copied();
        if let Some(stray) = self.fields.keys().find(|name| !known().any(|known| known == *name)) {
            let likeness = |name: &str| strsim::jaro_winkler(name, stray);
            let near = known().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let help = match near.filter(|near| likeness(near) > 0.8) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known().collect::<Vec<_>>().join(", ")),
            };
            return wrong(format!("expected an attribute of a worker in the mapping, found `{stray}`"))
                .map_err(|error| error.with_help(help));
        }
        match NEEDED.iter().find(|name| !self.fields.contains_key(**name)) {
            Some(missing) => wrong(format!("expected `{missing}` in the mapping, found none")),
            None => Ok(()),
        }
    }
}
