//! Changes of users since a place in the system log, which is Okta's way to poll: it keeps the order in which events were
//! written down, so that one that came late is told as well.

use chrono::SecondsFormat;
use serde_json::Value;
use tenure_connector::{Change, ChangePage, Context, Cursor, DeltaToken, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::{answered_at, items, need_text, place_of, protocol, text};
use tenure_connector_rest::{Answer, Paging, Request};

use crate::Okta;
use crate::system::v1;

const MARK: &str = "users-";
const SINCE: &str = "since-";
const DELETED: &str = "user.lifecycle.delete.initiated";

/// What counts as a change of a user.
const FOLLOWED: [&str; 12] = [
    DELETED,
    "user.account.lock",
    "user.account.unlock",
    "user.account.update_primary_email",
    "user.account.update_profile",
    "user.account.update_user_type",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.deactivate",
    "user.lifecycle.reactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
];

impl Okta {
    /// An event tells who changed, not what the user is now.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        let Some(token) = since else {
            let request = self.client.get(&v1(&["users"]))?.with_query("limit", "1");
            let answer = self.client.send(ctx, &request).await?;
            let now = answered_at(&answer)?.to_rfc3339_opts(SecondsFormat::Millis, true);
            return Ok(page(Vec::new(), &format!("{SINCE}{now}"), false, &answer));
        };
        let place = place_of(token, MARK)?;
        let request = match place.strip_prefix(SINCE) {
            Some(moment) => self.events()?.with_query("since", moment),
            None => Paging::Link.resume(self.events()?, Some(&Cursor::new(place)))?,
        };
        let answer = self.client.send(ctx, &request).await?;
        let events: Vec<Value> = answer.json()?;
        if events.is_empty() {
            // The next place after nothing is the same one.
            return Ok(page(Vec::new(), place, false, &answer));
        }
        let next = Paging::Link.next(&request, &answer, events.len())?;
        let next = next.ok_or_else(|| protocol("expected the next place in the log, found none"))?;
        Ok(page(changed(&events)?, next.as_str(), true, &answer))
    }

    pub(crate) fn events(&self) -> Result<Request> {
        let filter = FOLLOWED.map(|kind| format!("eventType eq \"{kind}\"")).join(" or ");
        let request = self.client.get(&v1(&["logs"]))?.with_query("filter", filter);
        Ok(request.with_query("sortOrder", "ASCENDING").with_query("limit", "100"))
    }
}

/// Each user of these events once.
fn changed(events: &[Value]) -> Result<Vec<Change>> {
    let mut users: Vec<(&str, bool)> = Vec::new();
    for event in events {
        let deleted = text(event, "/eventType") == Some(DELETED);
        for target in items(event, "/target")?.iter().filter(|target| text(target, "/type") == Some("User")) {
            let id = need_text(target, "/id")?;
            match users.iter_mut().find(|(own, _)| *own == id) {
                Some((_, gone)) => *gone |= deleted,
                None => users.push((id, deleted)),
            }
        }
    }
    let change = |(id, deleted)| {
        let user = ObjectRef::new(ObjectClass::USER, id);
        if deleted { Change::Deleted(user) } else { Change::Touched(user) }
    };
    Ok(users.into_iter().map(change).collect())
}

fn page(changes: Vec<Change>, place: &str, more: bool, answer: &Answer) -> ChangePage {
    ChangePage { changes, token: DeltaToken::new(format!("{MARK}{place}")), more, rate: answer.rate() }
}
