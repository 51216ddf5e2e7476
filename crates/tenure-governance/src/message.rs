use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::IdentityId;
use tenure_store::sha256_hex;

use crate::keep::{self, Change};
use crate::{Governance, Result};

/// Something a person is to be told. It waits in the store until the embedding program says that it was sent.
///
/// A message is written in one batch with what it is about, so it is lost by no crash; one that was sent and not yet taken out
/// of the outbox when a program died is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// The message; the same situation gives the same id.
    pub id: String,
    /// To whom.
    pub to: IdentityId,
    /// What sort of message.
    pub kind: MessageKind,
    /// The request, campaign or run it is about.
    pub about: String,
    /// What there is to say, in one line.
    pub text: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// What sort of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageKind {
    /// Somebody is to decide.
    Decide,
    /// Somebody has not decided yet.
    Reminder,
    /// Others may decide now as well.
    Escalation,
    /// It was decided.
    Decided,
    /// It ends soon.
    EndsSoon,
    /// It has ended.
    Ended,
    /// There is something to do.
    Task,
    /// For information.
    Notice,
}

impl Message {
    pub(crate) fn new(
        to: &IdentityId,
        kind: MessageKind,
        about: &str,
        text: impl Into<String>,
        at: DateTime<Utc>,
    ) -> Self {
        let text = text.into();
        let id = sha256_hex(format!("{to}\n{kind:?}\n{about}\n{at}\n{text}").as_bytes());
        let id = id.chars().take(24).collect();
        Self { id, to: to.clone(), kind, about: about.to_owned(), text, at }
    }
}

const PREFIX: &str = "governance/outbox/";

pub(crate) fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

impl Governance {
    /// The messages that wait to be sent, the oldest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn outbox(&self) -> Result<Vec<Message>> {
        let found = keep::list::<Message>(self.store(), PREFIX, "message").await?;
        let mut messages: Vec<Message> = found.into_iter().map(|kept| kept.value).collect();
        messages.sort_by(|a, b| (a.at, &a.to, &a.id).cmp(&(b.at, &b.to, &b.id)));
        Ok(messages)
    }

    /// Takes messages that were sent out of the outbox. One that is not in it any more is no error.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn sent(&self, messages: &[Message], now: DateTime<Utc>) -> Result<()> {
        let mut change = Change::new("outbox", now);
        for message in messages {
            change
                .write(tenure_store::Write::Value { key: key(&message.id), value: serde_json::Value::Null });
        }
        change.commit(self.store()).await
    }
}
