use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::{Change, ChangePage, Context, DeltaToken, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::Paging;
use tenure_connector_rest::system::{Feed, Start, id_text};

use crate::Zendesk;

/// How far back an export has to start, at least, in seconds.
const MINUTE: i64 = 61;

impl Zendesk {
    /// Follows users through the incremental export, which leaves out the last minute: what changes now is told by a read
    /// a minute later.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        let export = self.client.get(&["incremental", "users", "cursor"])?;
        let after = Paging::Cursor { at: "/after_cursor".to_owned(), parameter: "cursor".to_owned() };
        let form = |now: DateTime<Utc>| (now.timestamp() - MINUTE).to_string();
        let ask = self.client.get(&["users", "me"])?;
        let change = |user: &Value| {
            let deleted = user.get("active") == Some(&false.into());
            Ok(vec![match deleted {
                true => Change::Deleted(ObjectRef::new(ObjectClass::USER, id_text(user, "/id")?)),
                false => Change::Upserted(self.users.item(user)?),
            }])
        };
        Feed::new(&self.client, export, "/users", after)
            .starting(Start::Now { parameter: "start_time", form, ask })
            .drained()
            .ending_at("/end_of_stream")
            .follow(ctx, since, change)
            .await
    }
}
