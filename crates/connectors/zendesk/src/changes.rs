use serde_json::Value;
use tenure_connector::{Change, ChangePage, Context, DeltaToken, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::Answer;
use tenure_connector_rest::system::{answered_at, id_text, items, place_of, protocol, text};

use crate::Zendesk;
use crate::system::v2;

/// How far back an export has to start, at least, in seconds.
const MINUTE: i64 = 61;
const MARK: &str = "users-";

impl Zendesk {
    /// Follows users through the incremental export, which leaves out the last minute: what changes now is told by a read
    /// a minute later.
    pub(crate) async fn follow(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        match since {
            None => self.latest(ctx).await,
            Some(token) => {
                let (body, answer) = self.export(ctx, "cursor", place_of(token, MARK)?).await?;
                let changes: Result<Vec<Change>> =
                    items(&body, "/users")?.iter().map(|user| self.change(user)).collect();
                let more = body.get("end_of_stream") != Some(&true.into());
                Ok(ChangePage { changes: changes?, token: token_of(&body)?, more, rate: answer.rate() })
            }
        }
    }

    /// The token behind everything that an export tells by now. The time is the answer's own.
    async fn latest(&self, ctx: &Context) -> Result<ChangePage> {
        let me = self.client.send(ctx, &self.client.get(&v2(&["users", "me"]))?).await?;
        let start = answered_at(&me)?.timestamp() - MINUTE;
        let (mut body, mut answer) = self.export(ctx, "start_time", &start.to_string()).await?;
        while body.get("end_of_stream") != Some(&true.into()) {
            let token = token_of(&body)?;
            let cursor = token.as_str().strip_prefix(MARK).unwrap_or_default().to_owned();
            (body, answer) = self.export(ctx, "cursor", &cursor).await?;
        }
        Ok(ChangePage { changes: Vec::new(), token: token_of(&body)?, more: false, rate: answer.rate() })
    }

    async fn export(&self, ctx: &Context, name: &str, value: &str) -> Result<(Value, Answer)> {
        let request = self.client.get(&v2(&["incremental", "users", "cursor"]))?;
        let answer = self.client.send(ctx, &request.with_query(name, value)).await?;
        Ok((answer.json()?, answer))
    }

    fn change(&self, user: &Value) -> Result<Change> {
        if user.get("active") == Some(&false.into()) {
            return Ok(Change::Deleted(ObjectRef::new(ObjectClass::USER, id_text(user, "/id")?)));
        }
        Ok(Change::Upserted(self.users.item(user)?))
    }
}

fn token_of(body: &Value) -> Result<DeltaToken> {
    let cursor =
        text(body, "/after_cursor").ok_or_else(|| protocol("expected `after_cursor`, found none"))?;
    Ok(DeltaToken::new(format!("{MARK}{cursor}")))
}
