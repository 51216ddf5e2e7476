use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tenure_connector::record::ACCOUNT_SCHEMA;
use tenure_connector::{Object, ObjectClass, ObjectRef, Result};
use tenure_scim::{Resource, uri};
use tokio_postgres::Row;

use crate::error;
use crate::schema::ROLE_SCHEMA;

/// What is read of every role. The comment tells a stopped account from a group.
pub(crate) const SELECT: &str = "SELECT r.oid, r.rolname, r.rolcanlogin, r.rolsuper, r.rolconnlimit, \
    CASE WHEN isfinite(r.rolvaliduntil) THEN r.rolvaliduntil END AS until, \
    shobj_description(r.oid, 'pg_authid') AS comment FROM pg_roles r";

/// A role as the server has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Role {
    pub(crate) oid: u32,
    pub(crate) name: String,
    pub(crate) login: bool,
    pub(crate) superuser: bool,
    pub(crate) connection_limit: i32,
    pub(crate) until: Option<DateTime<Utc>>,
    pub(crate) comment: Option<String>,
}

/// What the connector writes into a role's comment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    /// `account` or `group`, whether or not the role may log in.
    tenure: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
}

impl Role {
    pub(crate) fn read(row: &Row) -> Result<Self> {
        let read = || -> std::result::Result<Self, tokio_postgres::Error> {
            Ok(Self {
                oid: row.try_get("oid")?,
                name: row.try_get("rolname")?,
                login: row.try_get("rolcanlogin")?,
                superuser: row.try_get("rolsuper")?,
                connection_limit: row.try_get("rolconnlimit")?,
                until: row.try_get("until")?,
                comment: row.try_get("comment")?,
            })
        };
        read().map_err(|failed| error::statement("read a role", &failed))
    }

    fn note(&self) -> Option<Note> {
        serde_json::from_str(self.comment.as_deref()?).ok()
    }

    /// An account may log in, or could before it was stopped.
    pub(crate) fn is_account(&self) -> bool {
        self.login || self.note().is_some_and(|note| note.tenure == "account")
    }

    pub(crate) fn class(&self) -> ObjectClass {
        if self.is_account() { ObjectClass::USER } else { ObjectClass::GROUP }
    }

    /// A foreign comment is a name for people too.
    pub(crate) fn display_name(&self) -> Option<String> {
        match self.note() {
            Some(note) => note.display_name,
            None => self.comment.clone().filter(|comment| !comment.is_empty()),
        }
    }

    pub(crate) fn reference(&self) -> ObjectRef {
        let object = ObjectRef::new(self.class(), self.oid.to_string());
        match self.is_account() {
            true => object.with(ObjectRef::USER_NAME, &self.name),
            false => object.with(ObjectRef::DISPLAY_NAME, &self.name),
        }
    }

    pub(crate) fn object(&self) -> Object {
        let json = if self.is_account() { self.account() } else { self.group() };
        // INVARIANT: what was just put together is a resource.
        let resource = Resource::from_json(json).unwrap_or_default();
        Object::new(self.reference(), resource).with_version(self.version())
    }

    fn group(&self) -> Value {
        json!({
            "schemas": [uri::GROUP],
            "id": self.oid.to_string(),
            "displayName": self.name,
            "meta": { "resourceType": "Group" },
        })
    }

    fn account(&self) -> Value {
        let mut role = Map::new();
        if self.connection_limit >= 0 {
            role.insert("connectionLimit".to_owned(), json!(self.connection_limit));
        }
        if let Some(until) = self.until {
            let until = until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            role.insert("validUntil".to_owned(), json!(until));
        }
        let mut json = json!({
            "schemas": [uri::USER, ROLE_SCHEMA, ACCOUNT_SCHEMA],
            "id": self.oid.to_string(),
            "userName": self.name,
            "active": self.login,
            "meta": { "resourceType": "User" },
            ACCOUNT_SCHEMA: { "status": if self.login { "active" } else { "disabled" } },
            ROLE_SCHEMA: role,
        });
        if let (Some(name), Some(object)) = (self.display_name(), json.as_object_mut()) {
            object.insert("displayName".to_owned(), json!(name));
        }
        json
    }

    /// Roles have no version of their own; everything that is shown stands in this one.
    pub(crate) fn version(&self) -> String {
        let until = self.until.map_or(0, |until| until.timestamp_micros());
        let comment = self.comment.as_deref().unwrap_or_default();
        format!("{}/{}/{}/{until}/{}/{comment}", self.oid, self.login, self.connection_limit, self.name)
    }
}

/// The comment of an account or a group.
pub(crate) fn comment(class: &ObjectClass, display_name: Option<&str>) -> String {
    let tenure = if *class == ObjectClass::USER { "account" } else { "group" };
    let note = Note { tenure: tenure.to_owned(), display_name: display_name.map(str::to_owned) };
    // INVARIANT: two texts are always JSON.
    serde_json::to_string(&note).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(login: bool, note: Option<&str>) -> Role {
        Role {
            oid: 7,
            name: "anna".to_owned(),
            login,
            superuser: false,
            connection_limit: -1,
            until: None,
            comment: note.map(str::to_owned),
        }
    }

    #[test]
    fn a_stopped_account_stays_an_account() {
        let note = comment(&ObjectClass::USER, Some("Anna"));
        assert!(role(false, Some(&note)).is_account());
        assert_eq!(role(false, Some(&note)).display_name().as_deref(), Some("Anna"));
        assert!(!role(false, Some(&comment(&ObjectClass::GROUP, None))).is_account());
        assert!(!role(false, Some("readers of reports")).is_account());
        assert_eq!(role(true, Some("by hand")).display_name().as_deref(), Some("by hand"));
    }
}
