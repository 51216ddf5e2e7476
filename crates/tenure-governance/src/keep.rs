//! How everything here is stored: one named value for each thing, replaced only as long as it is what was read, in one batch
//! with its record in the audit trail and the messages it gives rise to.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenure_store::{AuditDraft, Batch, Condition, Store, Write};

use crate::message::{self, Message};
use crate::{GovernanceError, Result};

/// A stored thing, and what it was stored as.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    pub(crate) value: T,
    pub(crate) key: String,
    pub(crate) read: Value,
}

pub(crate) async fn read<T: DeserializeOwned>(
    store: &dyn Store,
    key: &str,
    what: &'static str,
) -> Result<Option<Kept<T>>> {
    let found = store.value(key).await.map_err(GovernanceError::Store)?;
    found.map(|read| kept(key.to_owned(), read, what)).transpose()
}

pub(crate) async fn list<T: DeserializeOwned>(
    store: &dyn Store,
    prefix: &str,
    what: &'static str,
) -> Result<Vec<Kept<T>>> {
    let found = store.values(prefix).await.map_err(GovernanceError::Store)?;
    found.into_iter().map(|(key, read)| kept(key, read, what)).collect()
}

fn kept<T: DeserializeOwned>(key: String, read: Value, what: &'static str) -> Result<Kept<T>> {
    let value =
        serde_json::from_value(read.clone()).map_err(|error| GovernanceError::corrupt(what, &error))?;
    Ok(Kept { value, key, read })
}

/// What is written together.
#[derive(Debug)]
pub(crate) struct Change {
    batch: Batch,
    about: String,
    at: DateTime<Utc>,
}

/// What the audit trail is told.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) target: Option<&'a str>,
    pub(crate) identity: Option<&'a str>,
    pub(crate) object: &'a str,
    pub(crate) why: Value,
    pub(crate) before: Value,
    pub(crate) after: Value,
    pub(crate) outcome: &'a str,
}

impl Change {
    pub(crate) fn new(about: &str, at: DateTime<Utc>) -> Self {
        Self { batch: Batch::new(), about: about.to_owned(), at }
    }

    /// Stores something that must not be there yet.
    pub(crate) fn create<T: Serialize>(&mut self, key: &str, value: &T) -> Result<()> {
        self.put(key, Value::Null, value)
    }

    /// Stores something in the place of what was read.
    pub(crate) fn replace<T: Serialize, U>(&mut self, old: &Kept<U>, value: &T) -> Result<()> {
        self.put(&old.key, old.read.clone(), value)
    }

    /// Stores something under another name than it was read.
    pub(crate) fn rename<T: Serialize, U>(&mut self, old: &Kept<U>, key: &str, value: &T) -> Result<()> {
        if old.key == key {
            return self.replace(old, value);
        }
        self.remove(old);
        self.put(key, Value::Null, value)
    }

    pub(crate) fn remove<U>(&mut self, old: &Kept<U>) {
        self.expect(&old.key, old.read.clone());
        self.batch.push(Write::Value { key: old.key.clone(), value: Value::Null });
    }

    fn put<T: Serialize>(&mut self, key: &str, read: Value, value: &T) -> Result<()> {
        let value =
            serde_json::to_value(value).map_err(|error| GovernanceError::corrupt("document", &error))?;
        self.expect(key, read);
        self.batch.push(Write::Value { key: key.to_owned(), value });
        Ok(())
    }

    fn expect(&mut self, key: &str, value: Value) {
        self.batch.conditions.push(Condition::ValueIs { key: key.to_owned(), value });
    }

    pub(crate) fn write(&mut self, write: Write) {
        self.batch.push(write);
    }

    pub(crate) fn audit(&mut self, record: Record<'_>) {
        self.batch.push(Write::Audit(AuditDraft {
            at: self.at,
            actor: record.actor.to_owned(),
            action: record.action.to_owned(),
            target: record.target.map(str::to_owned),
            identity: record.identity.map(str::to_owned),
            object: Some(record.object.to_owned()),
            why: record.why,
            before: record.before,
            after: record.after,
            outcome: if record.outcome.is_empty() { "recorded" } else { record.outcome }.to_owned(),
        }));
    }

    /// Puts a message into the outbox.
    pub(crate) fn tell(&mut self, message: &Message) -> Result<()> {
        let value =
            serde_json::to_value(message).map_err(|error| GovernanceError::corrupt("message", &error))?;
        self.batch.push(Write::Value { key: message::key(&message.id), value });
        Ok(())
    }

    pub(crate) async fn commit(self, store: &dyn Store) -> Result<()> {
        store.commit(self.batch).await.map_err(|error| match error.is_conflict() {
            true => GovernanceError::Raced { about: self.about },
            false => GovernanceError::Store(error),
        })
    }
}

/// The actor of what time alone brings about.
pub(crate) const SYSTEM: &str = "tenure";
