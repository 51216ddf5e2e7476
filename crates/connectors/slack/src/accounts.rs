//! Writes to accounts and groups.

use serde_json::{Map, Value, json};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Outcome, Result, SessionScope};
use tenure_connector_rest::Answer;
use tenure_connector_rest::system::{done, need_text};

use crate::Slack;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

impl Slack {
    pub(crate) async fn create_account(
        &self,
        ctx: &Context,
        kind: &str,
        mut body: Map<String, Value>,
    ) -> Result<(Value, Answer)> {
        body.insert("schemas".to_owned(), json!([if kind == "Users" { USER } else { GROUP }]));
        if let Some(Value::Object(email)) = body.get_mut("emails").and_then(|emails| emails.get_mut(0)) {
            email.insert("primary".to_owned(), true.into());
        }
        // Slack creates everybody as active.
        let inactive = body.get("active") == Some(&false.into());
        let answer = self.scim.send(ctx, &self.scim.post(&[kind])?.with_json(&body)?).await?;
        let mut made: Value = answer.json()?;
        if inactive && made.get("active") != Some(&false.into()) {
            let stop = Map::from_iter([("active".to_owned(), false.into())]);
            let stopped = self.patch(ctx, kind, &made, stop).await;
            stopped.map_err(|error| error.with_certainty(Certainty::Unknown))?;
            if let Some(made) = made.as_object_mut() {
                made.insert("active".to_owned(), false.into());
            }
        }
        Ok((made, answer))
    }

    /// Sends members that differ: those that go by their paths, the others as one value.
    pub(crate) async fn patch(
        &self,
        ctx: &Context,
        kind: &str,
        item: &Value,
        changes: Map<String, Value>,
    ) -> Result<Outcome> {
        let (mut kept, mut operations) = (Map::new(), Vec::new());
        for (name, value) in changes {
            match value {
                Value::Null => operations.push(json!({ "op": "remove", "path": name })),
                Value::Object(members) => {
                    let separator = if name.starts_with("urn:") { ':' } else { '.' };
                    for (sub, value) in members {
                        let path = format!("{name}{separator}{sub}");
                        match value {
                            Value::Null => operations.push(json!({ "op": "remove", "path": path })),
                            value => {
                                operations.push(json!({ "op": "replace", "path": path, "value": value }));
                            }
                        }
                    }
                }
                value => drop(kept.insert(name, value)),
            }
        }
        if !kept.is_empty() {
            operations.push(json!({ "op": "replace", "value": kept }));
        }
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        let request = self.scim.patch(&[kind, need_text(item, "/id")?])?.with_json(&body)?;
        Ok(done(&self.scim.send(ctx, &request).await?))
    }

    /// Slack does not tell whether there were sessions.
    pub(crate) async fn reset_sessions(
        &self,
        ctx: &Context,
        item: &Value,
        scope: SessionScope,
    ) -> Result<Outcome> {
        let mut fields = vec![("user_id", need_text(item, "/id")?)];
        match scope {
            SessionScope::All => {}
            SessionScope::Web => fields.push(("web_only", "true")),
            SessionScope::Mobile => fields.push(("mobile_only", "true")),
            SessionScope::Tokens => {
                return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                    .with_detail("the API ends sessions, not tokens of apps"));
            }
        }
        Ok(done(&self.tell(ctx, "admin.users.session.reset", &fields).await?))
    }
}
