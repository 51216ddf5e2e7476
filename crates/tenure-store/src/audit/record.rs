use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{canonical_json, sha256_hex};

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
    // INVARIANT: a draft holds strings, times and JSON values only, which always serialise; were it otherwise the
    // record would hash as null and fail its verification.
    let content = serde_json::to_value(draft).unwrap_or(Value::Null);
    sha256_hex(format!("{seq}\n{prev}\n{}", canonical_json(&content)).as_bytes())
}
