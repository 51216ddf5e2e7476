use chrono::{DateTime, Utc};
use tenure_connector::{ConnectorError, Result};
use tenure_scim::{AttrPath, Resource, ValueRef};

use crate::account::{DAY, STOPPED};
use crate::schema::LINUX_SCHEMA;

/// What a resource says of an account.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) comment: String,
    pub(super) active: bool,
    pub(super) home: Option<String>,
    pub(super) shell: Option<String>,
    ends: Option<i64>,
}

impl Wanted {
    pub(super) fn read(resource: &Resource) -> Result<Self> {
        let name = resource.text("userName").unwrap_or_default();
        check_name("userName", name)?;
        if resource.external_id().is_some() {
            return Err(ConnectorError::invalid_input(
                "externalId",
                "an account has no place for `externalId`",
            ));
        }
        let text = |attribute: &str| {
            let path = AttrPath::parse(&format!("{LINUX_SCHEMA}:{attribute}")).ok()?;
            resource.get(&path).and_then(|value| value.as_str()).map(str::to_owned)
        };
        let (comment, home, shell) =
            (resource.text("displayName").unwrap_or_default(), text("homeDirectory"), text("loginShell"));
        for (attribute, value) in [
            ("displayName", Some(comment)),
            ("homeDirectory", home.as_deref()),
            ("loginShell", shell.as_deref()),
        ] {
            // The fields of a line of `/etc/passwd`.
            if value.is_some_and(|value| value.contains(|c: char| c == ':' || c.is_control())) {
                let detail = "expected a text of one line without a colon and without control characters";
                return Err(ConnectorError::invalid_input(attribute, detail));
            }
        }
        for (attribute, value) in [("homeDirectory", &home), ("loginShell", &shell)] {
            if value.as_ref().is_some_and(|value| !value.starts_with('/')) {
                return Err(ConnectorError::invalid_input(attribute, "expected a path from the root"));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            comment: comment.to_owned(),
            active: resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true),
            home,
            shell,
            ends: text("validUntil").map(|text| day(&text)).transpose()?,
        })
    }

    /// The day from which the account does not work.
    pub(super) fn expires(&self) -> Option<i64> {
        if self.active { self.ends } else { Some(STOPPED) }
    }
}

pub(super) fn group_name(resource: &Resource) -> Result<String> {
    let name = resource.text("displayName").unwrap_or_default();
    check_name("displayName", name)?;
    Ok(name.to_owned())
}

/// The names that every tool takes: none that begins like an option, a number or a path.
fn check_name(attribute: &str, name: &str) -> Result<()> {
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.');
    let fine = name.len() <= 32 && name.starts_with(first) && name.chars().all(rest);
    match fine {
        true => Ok(()),
        false => {
            let detail =
                format!("expected up to 32 letters a to z, digits, `-`, `_` and `.`, found `{name}`");
            Err(ConnectorError::invalid_input(attribute, detail))
        }
    }
}

fn day(text: &str) -> Result<i64> {
    let wrong = || {
        let detail = format!("expected the beginning of a day in UTC after 1970, found `{text}`");
        ConnectorError::invalid_input("validUntil", detail)
    };
    let seconds = DateTime::parse_from_rfc3339(text).map_err(|_| wrong())?.timestamp();
    match (seconds % DAY, seconds / DAY) {
        (0, day) if day > STOPPED => Ok(day),
        _ => Err(wrong()),
    }
}

/// A day as the tools read it.
pub(super) fn date(day: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp(day.saturating_mul(DAY), 0);
    at.map_or_else(|| day.to_string(), |at| at.format("%Y-%m-%d").to_string())
}
