//! Security event tokens (RFC 9967) from the audit trail.

use std::fmt;
use std::io::Write;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_scim::event::{Change, Event, EventToken, Subject};
use tenure_store::AuditRecord;

use super::{Audit, unwritable};
use crate::{EngineError, Result};

type Sign<'a> = Box<dyn Fn(&Value) -> std::result::Result<String, String> + Send + Sync + 'a>;

/// How provisioning events are told to others.
///
/// # Examples
///
/// ```
/// use tenure_engine::EventExport;
///
/// let export = EventExport::new("https://tenure.example.com", "2026-11-22T08:00:00Z".parse()?)
///     .audience("https://receiver.example.com")
///     .signed_by(|claims| Ok(format!("header.{}.signature", claims["jti"].as_str().unwrap_or_default())));
/// # let _ = export;
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub struct EventExport<'a> {
    issuer: String,
    audience: Vec<String>,
    now: DateTime<Utc>,
    sign: Option<Sign<'a>>,
}

impl fmt::Debug for EventExport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventExport")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl<'a> EventExport<'a> {
    /// Tells events as this issuer, at this moment, unsigned.
    #[must_use]
    pub fn new(issuer: &str, now: DateTime<Utc>) -> Self {
        Self { issuer: issuer.to_owned(), audience: Vec::new(), now, sign: None }
    }

    /// Adds somebody they are for.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audience.push(audience.to_owned());
        self
    }

    /// Makes a signed token of the claims; without it the claims themselves are written.
    #[must_use]
    pub fn signed_by(
        mut self,
        sign: impl Fn(&Value) -> std::result::Result<String, String> + Send + Sync + 'a,
    ) -> Self {
        self.sign = Some(Box::new(sign));
        self
    }

    fn token(&self, record: &AuditRecord) -> Option<EventToken> {
        let draft = &record.draft;
        let target = draft.target.as_deref()?;
        if draft.outcome != "done" {
            return None;
        }
        let event = event(&draft.action, &draft.after, draft.at)?;
        let object = draft.object.as_deref().filter(|id| !id.is_empty())?;
        let mut subject = Subject::new(format!("/Users/{object}"));
        subject.id = Some(object.to_owned());
        let short = |text: &str| text.chars().take(32).collect::<String>();
        Some(EventToken {
            jti: short(&record.hash),
            iat: self.now,
            iss: format!("{}/{target}", self.issuer.trim_end_matches('/')),
            aud: self.audience.clone(),
            txn: draft.why.get("plan").and_then(Value::as_str).map(short),
            subject,
            events: vec![event],
        })
    }
}

/// What a record tells others; nothing, when it is the engine's own affair. Values are never told, only what changed.
fn event(action: &str, after: &Value, at: DateTime<Utc>) -> Option<Event> {
    Some(match action {
        "create" => {
            let names = after.pointer("/resource").and_then(Value::as_object);
            Event::Create(Change::notice(
                names.into_iter().flat_map(|names| names.keys()).filter(|name| *name != "schemas"),
            ))
        }
        "update" | "set_reference" => {
            let operations = after.pointer("/patch/Operations").and_then(Value::as_array);
            let paths =
                operations.into_iter().flatten().filter_map(|operation| operation.get("path")?.as_str());
            Event::Patch(Change::notice(paths))
        }
        "grant" | "revoke" | "release_seat" => {
            let kind = after.pointer("/entitlement/kind").and_then(Value::as_str);
            Event::Patch(Change::notice([match kind {
                Some("group") => "groups",
                Some("role") => "roles",
                _ => "entitlements",
            }]))
        }
        "enable" => Event::Activate,
        "disable" => Event::Deactivate,
        "delete" => Event::Delete,
        "link" => Event::FeedAdd,
        "forget" => Event::FeedRemove,
        "revoke_sessions" => Event::Other {
            uri: "https://schemas.openid.net/secevent/caep/event-type/session-revoked".to_owned(),
            payload: json!({"event_timestamp": at.timestamp()}),
        },
        _ => return None,
    })
}

impl Audit<'_> {
    /// Writes what was done to accounts as security event tokens, one a line: signed, when the export has a signer, else
    /// the claims as JSON. Returns how many.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails; `Refused`, when a token cannot be signed or the output cannot be written.
    pub async fn export_events(
        &self,
        out: &mut (impl Write + Send),
        export: &EventExport<'_>,
    ) -> Result<usize> {
        let mut count = 0;
        let tell = |record: &AuditRecord| {
            let Some(token) = export.token(record) else { return Ok(()) };
            let claims =
                serde_json::to_value(&token).map_err(|error| EngineError::corrupt("event token", &error))?;
            let line = match &export.sign {
                Some(sign) => sign(&claims).map_err(|why| EngineError::Refused {
                    detail: format!("the event token could not be signed: {why}"),
                })?,
                None => claims.to_string(),
            };
            count += 1;
            writeln!(out, "{line}").map_err(|error| unwritable(&error))
        };
        self.walk(tell).await?;
        Ok(count)
    }
}
