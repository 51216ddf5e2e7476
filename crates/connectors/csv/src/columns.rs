//! The columns of a source, and the names that exports give them.

/// A column that a source can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    aliases: &'static [&'static str],
}

const fn needed(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, required: true, aliases }
}

const fn optional(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, required: false, aliases }
}

pub(crate) const WORKER: &[Column] = &[
    needed("workerId", &["employeeId", "personId"]),
    optional("engagementId", &["contractId", "positionId"]),
    optional("engagementType", &["workerType", "employeeType", "employmentType"]),
    needed("givenName", &["firstName"]),
    needed("familyName", &["lastName", "surname"]),
    optional("preferredName", &["knownAs"]),
    optional("email", &["mail", "emailAddress"]),
    needed("startDate", &["hireDate"]),
    optional("endDate", &["lastDay", "terminationDate"]),
    optional("timeZone", &["tz"]),
    optional("managerId", &["manager", "supervisorId"]),
    optional("department", &[]),
    optional("team", &[]),
    optional("title", &["jobTitle"]),
    optional("costCenter", &["costCentre"]),
    optional("location", &["site"]),
    optional("country", &[]),
    optional("primary", &["isPrimary"]),
    optional("leaveType", &[]),
    optional("leaveFrom", &["leaveStart"]),
    optional("leaveUntil", &["leaveEnd"]),
    optional("status", &[]),
];

pub(crate) const WORKLOAD: &[Column] = &[
    needed("workloadId", &["serviceId"]),
    needed("name", &[]),
    needed("ownerId", &["owner"]),
    needed("purpose", &["description"]),
    optional("scope", &["scopes"]),
    optional("expires", &["expiry", "endDate"]),
    optional("rotated", &["lastRotated"]),
    optional("reviewed", &["lastReviewed"]),
    optional("environment", &["env"]),
];

/// The column that a header means, in any case and with any of `_`, `-` and spaces.
pub(crate) fn find(columns: &'static [Column], header: &str) -> Option<&'static Column> {
    let wanted = plain(header);
    let means = |column: &&Column| {
        plain(column.name) == wanted || column.aliases.iter().any(|alias| plain(alias) == wanted)
    };
    columns.iter().find(means)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_understood_in_the_spellings_of_exports() {
        for header in ["startDate", "START_DATE", "start date", "Hire-Date"] {
            assert_eq!(find(WORKER, header).map(|column| column.name), Some("startDate"), "{header}");
        }
        assert_eq!(find(WORKER, "begin"), None);
    }
}
