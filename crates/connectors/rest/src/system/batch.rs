//! Several requests in one, as OData has it (JSON batch, OData 4.01).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Outcome, Result};

use super::{items, number, unclear_if};
use crate::{Answer, Request, RestClient, absent};

/// How many requests one batch takes.
const MOST: usize = 20;

impl RestClient {
    /// Sends requests without a body in batches of 20, to `$batch` below the base. Each has an answer of its own, in their
    /// order: one can be refused, or be one too many for the limit, while the others are done.
    ///
    /// # Errors
    ///
    /// Those of the batches; of unknown certainty once one was answered.
    pub async fn batch(&self, ctx: &Context, requests: &[Request]) -> Result<Vec<Result<Answer>>> {
        let root = self.get(&[])?.url().path().to_owned();
        let mut all = Vec::new();
        for part in requests.chunks(MOST) {
            let wanted = part.iter().enumerate().map(|(id, request)| {
                // An address within a batch begins behind the root of the service.
                let path = request.url().path();
                let path = path.strip_prefix(root.as_str()).unwrap_or(path);
                json!({ "id": id.to_string(), "method": request.method().as_str(), "url": path })
            });
            let body = json!({ "requests": wanted.collect::<Vec<_>>() });
            let request = self.post(&["$batch"])?.with_json(&body)?;
            let answered = unclear_if(!all.is_empty(), self.json(ctx, &request).await)?;
            // The answers stand in any order.
            let answers = items(&answered, "/responses")?;
            let by_id: BTreeMap<&str, &Value> =
                answers.iter().filter_map(|row| Some((row.get("id")?.as_str()?, row))).collect();
            for (id, request) in part.iter().enumerate() {
                all.push(match by_id.get(id.to_string().as_str()) {
                    Some(row) => self.read_part(request, row),
                    None => Err(ConnectorError::new(ErrorKind::Protocol, Certainty::Unknown)
                        .with_detail("the answer to a batch lacks one of its parts")),
                });
            }
        }
        Ok(all)
    }

    /// Sends removals in [batches](Self::batch). One that is refused while there are others, such as that of a default, is
    /// tried again as long as something goes.
    ///
    /// # Errors
    ///
    /// The last refusal, when nothing goes any more; of unknown certainty once something went.
    pub async fn remove_all(&self, ctx: &Context, mut left: Vec<Request>) -> Result<Outcome> {
        let mut changed = false;
        while !left.is_empty() {
            let answers = unclear_if(changed, self.batch(ctx, &left).await)?;
            let (before, mut refused) = (left.len(), Vec::new());
            for (request, answer) in left.into_iter().zip(answers) {
                match absent(answer) {
                    Ok(answer) => changed |= answer.is_some(),
                    Err(error) => refused.push((request, error)),
                }
            }
            if refused.len() == before
                && let Some((_, error)) = refused.pop()
            {
                return unclear_if(changed, Err(error));
            }
            left = refused.into_iter().map(|(request, _)| request).collect();
        }
        Ok(if changed { Outcome::done(true) } else { Outcome::already_so() })
    }

    fn read_part(&self, request: &Request, row: &Value) -> Result<Answer> {
        let status = number(row, "/status").and_then(|status| u16::try_from(status).ok());
        let headers = row.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers: Vec<(&str, &str)> =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
        let body = row.get("body").unwrap_or(&Value::Null);
        self.read(request, status.unwrap_or_default(), &headers, body)
    }
}
