use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_policy::RuleId;
use tenure_store::AuditRecord;

use crate::keep::{self, Change, Kept};
use crate::{Governance, GovernanceError, Result};

/// Something that happened, in the shape of CloudEvents 1.0: one record of the audit trail.
///
/// Its id is the hash of the record, so that who gets an event twice knows it; `sequence` has no gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The version of CloudEvents: `1.0`.
    pub specversion: String,
    /// The hash of the record.
    pub id: String,
    /// Who tells.
    pub source: String,
    /// What happened: `tenure.request.submit`.
    #[serde(rename = "type")]
    pub kind: String,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: String,
    /// The position in the audit trail.
    pub sequence: u64,
    /// What the record says.
    pub data: Value,
}

impl Event {
    /// A record of the audit trail as an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_governance::Event;
    /// use tenure_store::{AuditDraft, AuditHead, AuditRecord};
    /// let draft: AuditDraft = serde_json::from_value(serde_json::json!({
    ///     "at": "2026-03-02T08:00:00Z", "actor": "w-1", "action": "request.submit", "identity": "w-2", "outcome": "pending"
    /// }))?;
    /// let event = Event::of(&AuditRecord::chain(&AuditHead::empty(), draft), "https://example.com/tenure");
    /// assert_eq!((event.kind.as_str(), event.subject.as_deref()), ("tenure.request.submit", Some("w-2")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(record: &AuditRecord, source: &str) -> Self {
        let draft = &record.draft;
        Self {
            specversion: "1.0".to_owned(),
            id: record.hash.clone(),
            source: source.to_owned(),
            kind: format!("tenure.{}", draft.action),
            subject: draft.identity.clone(),
            time: draft.at,
            datacontenttype: "application/json".to_owned(),
            sequence: record.seq,
            data: json!({
                "actor": draft.actor, "target": draft.target, "object": draft.object, "outcome": draft.outcome,
                "why": draft.why, "before": draft.before, "after": draft.after,
            }),
        }
    }
}

/// Where events are sent: `{ id: chat, url: "https://example.com/hook", types: [request., review.open] }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSpec {
    /// The webhook's key. What was sent is kept under it.
    pub id: RuleId,
    /// Where to.
    pub url: String,
    /// The beginnings of the actions that are sent; all, when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

/// Sends events. The embedding program does it: it has the HTTP client, the secret to sign with and the say over networks.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends events, in their order, as one body: a JSON list (`application/cloudevents-batch+json`). An error is a text for people;
    /// the same events come again later.
    async fn send(&self, webhook: &WebhookSpec, events: &[Event]) -> std::result::Result<(), String>;
}

/// How far a webhook has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The last record that was sent, or needed not be.
    pub after: u64,
    /// How often in a row it could not be sent.
    pub failures: u32,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// Why it could not be sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

impl Governance {
    /// Events after a position of the audit trail (zero: from its beginning), at most so many.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn events(&self, after: u64, limit: usize) -> Result<Vec<Event>> {
        let records = self.store().audit(after, limit).await.map_err(GovernanceError::Store)?;
        Ok(records.iter().map(|record| Event::of(record, &self.rules.document().source)).collect())
    }

    /// The position of the event with this id; none, when there is no such event. It is looked for from the beginning of the trail:
    /// whoever keeps the `sequence` instead need not ask.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn position_of(&self, id: &str) -> Result<Option<u64>> {
        let mut after = 0;
        loop {
            let records = self.store().audit(after, AT_ONCE).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(None) };
            if let Some(found) = records.iter().find(|record| record.hash == id) {
                return Ok(Some(found.seq));
            }
            after = last.seq;
        }
    }

    /// Sends what has happened since to every webhook, each in the order of the trail and at least once. One that fails is tried
    /// again after one minute, then two, four, up to an hour, and holds up no other.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails. What cannot be sent is no error; it stands in the [`Delivery`].
    pub async fn deliver(&self, sender: &dyn Sender, now: DateTime<Utc>) -> Result<Vec<(RuleId, Delivery)>> {
        let mut found = Vec::new();
        for webhook in &self.rules.document().webhooks {
            let delivery = self.deliver_to(webhook, sender, now).await;
            match delivery {
                Ok(delivery) => found.push((webhook.id.clone(), delivery)),
                // Another program sends to it just now.
                Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn deliver_to(
        &self,
        webhook: &WebhookSpec,
        sender: &dyn Sender,
        now: DateTime<Utc>,
    ) -> Result<Delivery> {
        let key = format!("governance/webhook/{}", webhook.id);
        let mut kept: Option<Kept<Delivery>> = keep::read(self.store(), &key, "delivery").await?;
        let mut delivery = kept.as_ref().map(|kept| kept.value.clone()).unwrap_or_default();
        if delivery.next.is_some_and(|next| now < next) {
            return Ok(delivery);
        }
        loop {
            let events = self.events(delivery.after, AT_ONCE).await?;
            let Some(last) = events.last().map(|event| event.sequence) else { return Ok(delivery) };
            let wanted: Vec<Event> = events.into_iter().filter(|event| webhook.wants(event)).collect();
            let sent = match wanted.is_empty() {
                true => Ok(()),
                false => sender.send(webhook, &wanted).await,
            };
            let failed = sent.is_err();
            delivery = match sent {
                Ok(()) => Delivery { after: last, ..Delivery::default() },
                Err(error) => {
                    let wait = TimeDelta::minutes(1_i64 << delivery.failures.min(6)).min(TimeDelta::hours(1));
                    let failures = delivery.failures.saturating_add(1);
                    Delivery { failures, next: Some(now + wait), error, ..delivery }
                }
            };
            let mut change = Change::new(webhook.id.as_str(), now);
            match &kept {
                Some(kept) => change.replace(kept, &delivery)?,
                None => change.create(&key, &delivery)?,
            }
            change.commit(self.store()).await?;
            if failed {
                return Ok(delivery);
            }
            kept = keep::read(self.store(), &key, "delivery").await?;
        }
    }
}

impl WebhookSpec {
    fn wants(&self, event: &Event) -> bool {
        let action = event.kind.strip_prefix("tenure.").unwrap_or(&event.kind);
        self.types.is_empty() || self.types.iter().any(|kind| action.starts_with(kind.as_str()))
    }
}

/// How many records are looked at at once.
const AT_ONCE: usize = 200;
