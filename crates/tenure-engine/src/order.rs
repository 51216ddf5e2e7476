use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{Identity, IdentityId, Override, OverrideKind, Person};
use tenure_store::{AuditDraft, Batch, Condition, IdentityRecord, Write};

use crate::planner::outlook::due;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

/// Counts the orders, so that an observation that began before one does not write over it.
pub(crate) const COUNT: &str = "orders";

impl Engine {
    /// Records a decision about a person that goes before the calendar: to suspend them, everywhere or in one target, or to let
    /// them go at once. The next plan carries it out, through its guards. Ordered again with the same reason, it is one order.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such identity; `Refused`, when it is no person, the order has ended before it begins, or it names
    ///   a target that the policy does not know or is more than a suspension;
    /// * `Store`, also when another order or an observation was recorded at the same moment.
    pub async fn order(&self, person: &IdentityId, mut order: Override, now: DateTime<Utc>) -> Result<()> {
        let (record, mut found) = self.ordered(person).await?;
        order.from.get_or_insert(now);
        if let Some(until) = order.until.filter(|until| order.from.is_some_and(|from| from >= *until)) {
            let detail = format!("expected an order that ends after it begins, found the end {until}");
            return Err(EngineError::Refused { detail });
        }
        if let Some(target) = &order.target {
            if order.kind != OverrideKind::Suspend {
                let detail = format!(
                    "expected a suspension in `{target}`, found an order that is about all of a person"
                );
                return Err(EngineError::Refused { detail });
            }
            if self.policy(now)?.target(target).is_none() {
                return Err(EngineError::Refused {
                    detail: format!("the policy does not know the target `{target}`"),
                });
            }
        }
        let stands = |known: &Override| {
            (known.kind, &known.target, &known.reason, &known.by)
                == (order.kind, &order.target, &order.reason, &order.by)
                && known.until.is_none_or(|until| until > now)
        };
        if found.overrides.iter().any(stands) {
            return Ok(());
        }
        let (by, reason) = (order.by.clone(), order.reason.clone());
        let after = json!(order);
        found.overrides.push(order);
        self.note_order(record, found, Note { action: "person.order", by, reason, after }, now).await
    }

    /// Ends the orders about a person that stand now and are meant. Returns how many.
    ///
    /// # Errors
    ///
    /// As [`order`](Self::order).
    pub async fn lift(
        &self,
        person: &IdentityId,
        meant: impl Fn(&Override) -> bool + Send,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<usize> {
        let (record, mut found) = self.ordered(person).await?;
        let mut lifted = Vec::new();
        for order in &mut found.overrides {
            if order.until.is_none_or(|until| until > now) && meant(order) {
                lifted.push(order.clone());
                order.until = Some(now);
            }
        }
        if lifted.is_empty() {
            return Ok(0);
        }
        let count = lifted.len();
        let note = Note {
            action: "person.lift",
            by: by.to_owned(),
            reason: reason.to_owned(),
            after: json!(lifted),
        };
        self.note_order(record, found, note, now).await?;
        Ok(count)
    }

    async fn ordered(&self, id: &IdentityId) -> Result<(IdentityRecord, Person)> {
        let record = self.store.identity(id.as_str()).await?;
        let record = record.ok_or_else(|| EngineError::NotFound { what: "identity", id: id.to_string() })?;
        match decode("identity", record.document.clone())? {
            Identity::Person(person) => Ok((record, person)),
            Identity::Workload(_) => {
                let detail = format!("expected a person, found the service `{id}`");
                Err(EngineError::Refused { detail })
            }
        }
    }

    async fn note_order(
        &self,
        record: IdentityRecord,
        person: Person,
        note: Note,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let id = record.id.clone();
        let document = serde_json::to_value(Identity::Person(person))
            .map_err(|error| EngineError::corrupt("identity", &error))?;
        let count = self.store.value(COUNT).await?.unwrap_or(Value::Null);
        let next = count.as_u64().unwrap_or_default() + 1;
        let batch = Batch::new()
            .when(Condition::ValueIs { key: COUNT.to_owned(), value: count })
            .with(Write::Value { key: COUNT.to_owned(), value: json!(next) })
            .with(Write::Identity(IdentityRecord { document, effective: now, recorded: now, ..record }))
            .with(due(&id, now))
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: note.by,
                action: note.action.to_owned(),
                target: None,
                identity: Some(id.clone()),
                object: Some(id),
                why: json!({"reason": note.reason, "policy": self.policy(now)?.version()}),
                before: Value::Null,
                after: note.after,
                outcome: "recorded".to_owned(),
            }));
        Ok(self.store.commit(batch).await?)
    }
}

/// What the audit trail is told of an order.
struct Note {
    action: &'static str,
    by: String,
    reason: String,
    after: Value,
}
