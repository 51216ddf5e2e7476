use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::{write_canonical, write_plain};
use crate::sha256_hex;

/// What is to be recorded; the store adds sequence number and hashes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditDraft {
    /// When.
    pub at: DateTime<Utc>,
    /// Who acted: the engine, or the person who approved or requested.
    pub actor: String,
    /// What was done, for example `grant` or `plan.approved`.
    pub action: String,
    /// The system it was done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The identity it was done for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The object it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Why: rules, policy version, plan, facts.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub why: Value,
    /// What it was like before.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// What it was made to be.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// How it ended.
    pub outcome: String,
}

/// One link of the audit chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The position, from one, without gaps.
    pub seq: u64,
    /// The hash of the record before; of the first: 64 zeros.
    pub prev: String,
    /// SHA-256 over sequence number, previous hash and content.
    pub hash: String,
    /// The content.
    #[serde(flatten)]
    pub draft: AuditDraft,
}

/// The end of the chain. Keep it elsewhere: it is what proves that nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// The number of records.
    pub seq: u64,
    /// The hash of the last record.
    pub hash: String,
}

impl AuditHead {
    /// The head of an empty chain.
    #[must_use]
    pub fn empty() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

impl AuditRecord {
    /// Appends a draft to the chain that ends at `head`.
    #[must_use]
    pub fn chain(head: &AuditHead, draft: AuditDraft) -> Self {
        let seq = head.seq + 1;
        let hash = digest(seq, &head.hash, &draft);
        Self { seq, prev: head.hash.clone(), hash, draft }
    }

    /// The head of the chain that ends with this record.
    #[must_use]
    pub fn head(&self) -> AuditHead {
        AuditHead { seq: self.seq, hash: self.hash.clone() }
    }

    pub(super) fn expected_hash(&self) -> String {
        digest(self.seq, &self.prev, &self.draft)
    }
}

fn digest(seq: u64, prev: &str, draft: &AuditDraft) -> String {
    let mut content = format!("{seq}\n{prev}\n").into_bytes();
    draft.write_canonical(&mut content);
    sha256_hex(&content)
}

impl AuditDraft {
    /// Appends the canonical JSON of the draft: its members in the order of their names.
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend(br#"{"action":"#);
        write_plain(&self.action, out);
        out.extend(br#","actor":"#);
        write_plain(&self.actor, out);
        write_member("after", &self.after, out);
        out.extend(br#","at":"#);
        write_plain(&self.at, out);
        write_member("before", &self.before, out);
        write_text("identity", self.identity.as_deref(), out);
        write_text("object", self.object.as_deref(), out);
        out.extend(br#","outcome":"#);
        write_plain(&self.outcome, out);
        write_text("target", self.target.as_deref(), out);
        write_member("why", &self.why, out);
        out.push(b'}');
    }
}

fn write_text(name: &str, text: Option<&str>, out: &mut Vec<u8>) {
    if let Some(text) = text {
        write_name(name, out);
        write_plain(text, out);
    }
}

fn write_member(name: &str, value: &Value, out: &mut Vec<u8>) {
    if !value.is_null() {
        write_name(name, out);
        write_canonical(value, out);
    }
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A link of the chain that is about to be stored.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Debug)]
pub(crate) struct NewRecord {
    pub(crate) seq: u64,
    /// The record as JSON.
    pub(crate) text: String,
    /// The head of the chain that ends with it.
    pub(crate) head: AuditHead,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl NewRecord {
    /// Appends a draft to the chain that ends at `head`. The text that is hashed is the text that is stored.
    pub(crate) fn after(head: &AuditHead, draft: &AuditDraft) -> Self {
        let seq = head.seq + 1;
        let mut content = format!("{seq}\n{}\n", head.hash).into_bytes();
        let start = content.len();
        draft.write_canonical(&mut content);
        let hash = sha256_hex(&content);
        let mut text = format!(r#"{{"seq":{seq},"prev":"{}","hash":"{hash}","#, head.hash).into_bytes();
        // Behind the brace that the text has already.
        text.extend_from_slice(content.get(start + 1..).unwrap_or_default());
        // INVARIANT: JSON is written as UTF-8.
        Self { seq, text: String::from_utf8(text).unwrap_or_default(), head: AuditHead { seq, hash } }
    }
}
