//! Accounts and groups as SCIM resources.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::record::ACCOUNT_SCHEMA;
use tenure_connector::{EntitlementRef, Object, ObjectClass, ObjectRef};
use tenure_scim::{Resource, uri};

use crate::files::{Account, Group};
use crate::schema::LINUX_SCHEMA;

/// The day that stands for "stopped": the first one after the beginning of time.
pub(crate) const STOPPED: i64 = 1;

impl Account {
    /// An account works unless it was stopped. One that ends on a day of its own works until then.
    pub(crate) fn is_active(&self) -> bool {
        self.expires.is_none_or(|day| day > STOPPED)
    }

    /// The day of its own on which the account ends.
    pub(crate) fn ends(&self) -> Option<i64> {
        self.expires.filter(|day| *day > STOPPED)
    }

    pub(crate) fn reference(&self) -> ObjectRef {
        ObjectRef::new(ObjectClass::USER, self.uid.to_string()).with(ObjectRef::USER_NAME, &self.name)
    }

    pub(crate) fn object(&self) -> Object {
        let mut linux = Map::new();
        linux.insert("homeDirectory".to_owned(), json!(self.home));
        if !self.shell.is_empty() {
            linux.insert("loginShell".to_owned(), json!(self.shell));
        }
        if let Some(end) = self.ends().and_then(|day| DateTime::from_timestamp(day.checked_mul(DAY)?, 0)) {
            linux.insert("validUntil".to_owned(), json!(end.to_rfc3339_opts(SecondsFormat::Secs, true)));
        }
        let mut json = json!({
            "schemas": [uri::USER, LINUX_SCHEMA, ACCOUNT_SCHEMA],
            "id": self.uid.to_string(),
            "userName": self.name,
            "active": self.is_active(),
            "meta": { "resourceType": "User" },
            ACCOUNT_SCHEMA: { "status": if self.is_active() { "active" } else { "disabled" } },
            LINUX_SCHEMA: Value::Object(linux),
        });
        if let (false, Some(object)) = (self.comment.is_empty(), json.as_object_mut()) {
            object.insert("displayName".to_owned(), json!(self.comment));
        }
        // INVARIANT: what was just put together is a resource.
        let resource = Resource::from_json(json).unwrap_or_default();
        Object::new(self.reference(), resource).with_version(self.version())
    }

    /// Files have no version; everything that is shown stands in this one.
    pub(crate) fn version(&self) -> String {
        let expires = self.expires.unwrap_or(-1);
        format!("{}/{}/{}/{}/{expires}/{}", self.uid, self.name, self.home, self.shell, self.comment)
    }
}

impl Group {
    pub(crate) fn reference(&self) -> ObjectRef {
        ObjectRef::new(ObjectClass::GROUP, self.gid.to_string()).with(ObjectRef::DISPLAY_NAME, &self.name)
    }

    pub(crate) fn object(&self) -> Object {
        let json = json!({
            "schemas": [uri::GROUP],
            "id": self.gid.to_string(),
            "displayName": self.name,
            "meta": { "resourceType": "Group" },
        });
        // INVARIANT: what was just put together is a resource.
        let resource = Resource::from_json(json).unwrap_or_default();
        Object::new(self.reference(), resource).with_version(format!("{}/{}", self.gid, self.name))
    }

    pub(crate) fn entitlement(&self) -> Object {
        Object::from(&Entitlement::new("group", &self.gid.to_string()).with_display(&self.name))
    }
}

/// A membership; that in the primary group cannot be taken away.
pub(crate) fn grant(account: &Account, group: &Group) -> Object {
    let entitlement = EntitlementRef::new("group", group.gid.to_string());
    let mut grant = GrantRecord::new(account.uid.to_string(), entitlement);
    grant.immutable = account.gid == group.gid;
    Object::from(&grant)
}

pub(crate) const DAY: i64 = 86_400;
