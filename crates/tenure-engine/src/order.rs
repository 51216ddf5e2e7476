use std::collections::BTreeMap;

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
    /// Records a decision about a person that goes before the calendar: to suspend them, everywhere or in one target, to withhold
    /// an entitlement, or to let them go at once. The next plan carries it out, through its guards. Ordered again with the same
    /// reason, it is one order.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such identity; `Refused`, when it is no person, the order has ended before it begins, or it names
    ///   a target that the policy does not know or is more than a suspension, or withholds nothing;
    /// * `Store`, also when another order or an observation was recorded at the same moment.
    pub async fn order(&self, person: &IdentityId, mut order: Override, now: DateTime<Utc>) -> Result<()> {
        self.check_order(&order, now)?;
        let (record, mut found) = self.ordered(person).await?;
        order.from.get_or_insert(now);
        let stands = |known: &Override| {
            (known.kind, &known.target, &known.entitlement, &known.reason, &known.by)
                == (order.kind, &order.target, &order.entitlement, &order.reason, &order.by)
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

    /// Whether an order says what it has to.
    pub(crate) fn check_order(&self, order: &Override, now: DateTime<Utc>) -> Result<()> {
        if let Some(until) = order.until.filter(|until| order.from.unwrap_or(now) >= *until) {
            let detail = format!("expected an order that ends after it begins, found the end {until}");
            return Err(EngineError::Refused { detail });
        }
        let withholds = order.kind == OverrideKind::Withhold;
        if withholds != order.entitlement.is_some() || order.instead.is_some() && !withholds {
            let detail =
                "expected an order to withhold an entitlement, and that entitlement with it".to_owned();
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
        Ok(())
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
        let mut batch = self.counting_order().await?;
        self.write_order(&mut batch, record, person, note, now)?;
        Ok(self.store.commit(batch).await?)
    }

    /// What records orders that a plan goes by, each about the person that it names.
    pub(crate) async fn orders_of_plan(
        &self,
        orders: &[(&IdentityId, &Override)],
        now: DateTime<Utc>,
    ) -> Result<Batch> {
        if orders.is_empty() {
            return Ok(Batch::new());
        }
        let mut batch = self.counting_order().await?;
        let mut all: BTreeMap<&IdentityId, Vec<&Override>> = BTreeMap::new();
        orders.iter().for_each(|(person, order)| all.entry(person).or_default().push(order));
        for (person, orders) in all {
            let (record, mut found) = self.ordered(person).await?;
            found.overrides.extend(orders.iter().map(|order| (*order).clone()));
            let told = |part: fn(&Override) -> &str| {
                orders.first().map(|order| part(order).to_owned()).unwrap_or_default()
            };
            let note = Note {
                action: "person.order",
                by: told(|order| &order.by),
                reason: told(|order| &order.reason),
                after: json!(orders),
            };
            self.write_order(&mut batch, record, found, note, now)?;
        }
        Ok(batch)
    }

    /// An observation that began before does not write over what is ordered with it.
    async fn counting_order(&self) -> Result<Batch> {
        let count = self.store.value(COUNT).await?.unwrap_or(Value::Null);
        let next = count.as_u64().unwrap_or_default() + 1;
        Ok(Batch::new()
            .when(Condition::ValueIs { key: COUNT.to_owned(), value: count })
            .with(Write::Value { key: COUNT.to_owned(), value: json!(next) }))
    }

    fn write_order(
        &self,
        batch: &mut Batch,
        record: IdentityRecord,
        person: Person,
        note: Note,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let id = record.id.clone();
        let document = serde_json::to_value(Identity::Person(person))
            .map_err(|error| EngineError::corrupt("identity", &error))?;
        batch.push(Write::Identity(IdentityRecord { document, effective: now, recorded: now, ..record }));
        batch.push(due(&id, now));
        batch.push(Write::Audit(AuditDraft {
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
        Ok(())
    }
}

/// What the audit trail is told of an order.
struct Note {
    action: &'static str,
    by: String,
    reason: String,
    after: Value,
}
