//! Changes of users since a place in the system log, which is Okta's way to poll: it keeps the order in which events were
//! written down, so that one that came late is told as well.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use tenure_connector::{Change, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::{Feed, Start, items, need_text, text};
use tenure_connector_rest::{Paging, Request};

use crate::Okta;
use crate::fields::{DELETED, FOLLOWED};

impl Okta {
    pub(crate) fn log(&self) -> Result<Feed> {
        let form = |now: DateTime<Utc>| now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let ask = self.client.get(&["users"])?.with_query("limit", "1");
        let log = Feed::new(&self.client, self.events()?, "", Paging::Link).each(changed);
        Ok(log.starting(Start::Now { parameter: "since", form, ask }))
    }

    pub(crate) fn events(&self) -> Result<Request> {
        let filter = FOLLOWED.map(|kind| format!("eventType eq \"{kind}\"")).join(" or ");
        let request = self.client.get(&["logs"])?.with_query("filter", filter);
        Ok(request.with_query("sortOrder", "ASCENDING").with_query("limit", "100"))
    }
}

/// An event tells who changed, not what the user is now.
fn changed(event: &Value) -> Result<Vec<Change>> {
    let deleted = text(event, "/eventType") == Some(DELETED);
    let users = items(event, "/target")?.iter().filter(|target| text(target, "/type") == Some("User"));
    let change = |user: &Value| {
        let user = ObjectRef::new(ObjectClass::USER, need_text(user, "/id")?);
        Ok(if deleted { Change::Deleted(user) } else { Change::Touched(user) })
    };
    users.map(change).collect()
}
