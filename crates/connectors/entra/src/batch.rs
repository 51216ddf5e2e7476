//! Several requests in one.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result};
use tenure_connector_rest::system::{items, number, unclear_if};
use tenure_connector_rest::{Answer, Request};

use crate::Entra;

/// How many requests one batch takes.
const MOST: usize = 20;

impl Entra {
    /// Sends requests without a body in batches. Each has an answer of its own, in their order: one can be refused, or be
    /// one too many for the limit, while the others are done.
    pub(crate) async fn batch(&self, ctx: &Context, requests: &[Request]) -> Result<Vec<Result<Answer>>> {
        let mut all = Vec::new();
        for part in requests.chunks(MOST) {
            let mut wanted = Vec::new();
            for (id, request) in part.iter().enumerate() {
                // An address within a batch begins behind the version.
                let path = request.url().path();
                let path = path.split_once("/v1.0").map_or(path, |(_, rest)| rest);
                wanted
                    .push(json!({ "id": id.to_string(), "method": request.method().as_str(), "url": path }));
            }
            let request = self.client.post(&["$batch"])?.with_json(&json!({ "requests": wanted }))?;
            let answered = unclear_if(!all.is_empty(), self.client.json(ctx, &request).await)?;
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

    fn read_part(&self, request: &Request, row: &Value) -> Result<Answer> {
        let status = number(row, "/status").and_then(|status| u16::try_from(status).ok());
        let headers = row.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers: Vec<(&str, &str)> =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
        let body = row.get("body").unwrap_or(&Value::Null);
        self.client.read(request, status.unwrap_or_default(), &headers, body)
    }
}
