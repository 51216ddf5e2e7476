use std::io::BufRead;

use serde::{Deserialize, Serialize};

use super::{AuditHead, AuditRecord};

#[derive(Serialize, Deserialize)]
struct Trailer {
    head: AuditHead,
}

/// What a verified export holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSummary {
    /// The number of records.
    pub records: u64,
    /// The end of the chain.
    pub head: AuditHead,
}

/// How an audit trail was tampered with or damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A line is not an audit record.
    #[error("line {line}: expected an audit record, found {detail}")]
    Unreadable {
        /// The line, from one.
        line: u64,
        /// What the decoder said.
        detail: String,
    },
    /// A record's content does not match its hash.
    #[error("line {line}: record {seq} was edited: its content does not match its hash")]
    Edited {
        /// The line, from one.
        line: u64,
        /// The record.
        seq: u64,
    },
    /// Records are missing or out of order.
    #[error(
        "line {line}: expected record {expected}, found record {found}: records were removed or reordered"
    )]
    Gap {
        /// The line, from one.
        line: u64,
        /// The record that should follow.
        expected: u64,
        /// The record that does.
        found: u64,
    },
    /// A record does not continue the one before.
    #[error("line {line}: record {seq} does not continue the record before it")]
    Broken {
        /// The line, from one.
        line: u64,
        /// The record.
        seq: u64,
    },
    /// The end is missing.
    #[error(
        "expected a trail of {expected} records, found {found}: records were cut off or added at the end"
    )]
    Truncated {
        /// The number of records that the trailer or the anchor names.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The trail has no trailer, so its end cannot be trusted.
    #[error("expected a last line that names the head of the chain, found none: the end was cut off")]
    NoTrailer,
    /// The trail is whole but is not the one that the anchor was taken from.
    #[error("the trail does not contain the anchored record {seq}")]
    Anchor {
        /// The anchored record.
        seq: u64,
    },
    /// The input could not be read.
    #[error("the trail could not be read")]
    Input(#[source] std::io::Error),
}

/// Makes the last line of an NDJSON export, which names the head of the chain.
#[must_use]
pub fn export_trailer(head: &AuditHead) -> String {
    serde_json::json!({ "head": head }).to_string()
}

/// Verifies an NDJSON export: one [`AuditRecord`] a line, then the trailer.
///
/// Finds edited, removed and reordered records. An `anchor` is a head that was noted earlier in another place;
/// with it, a trail that was cut off and given a new trailer, or rewritten as a whole, is found as well.
///
/// # Errors
///
/// [`AuditError`] names the first line that does not fit.
///
/// # Examples
///
/// ```
/// use tenure_store::{AuditHead, export_trailer, verify_audit};
///
/// let empty = export_trailer(&AuditHead::empty());
/// assert_eq!(verify_audit(empty.as_bytes(), None)?.records, 0);
/// # Ok::<(), tenure_store::AuditError>(())
/// ```
pub fn verify_audit(input: impl BufRead, anchor: Option<&AuditHead>) -> Result<AuditSummary, AuditError> {
    let mut check = AuditCheck::new(anchor);
    let mut trailer: Option<Trailer> = None;
    for (index, text) in input.lines().enumerate() {
        let line = index as u64 + 1;
        let text = text.map_err(AuditError::Input)?;
        if text.trim().is_empty() {
            continue;
        }
        if trailer.is_some() {
            return Err(AuditError::Truncated { expected: check.head.seq, found: check.head.seq + 1 });
        }
        if let Ok(found) = serde_json::from_str::<Trailer>(&text) {
            trailer = Some(found);
            continue;
        }
        let record: AuditRecord = serde_json::from_str(&text)
            .map_err(|error| AuditError::Unreadable { line, detail: error.to_string() })?;
        check.follow(&record, line)?;
    }
    check.finish(&trailer.ok_or(AuditError::NoTrailer)?.head)
}

/// Verifies a chain record by record, wherever the records come from, and holds none of them.
///
/// # Examples
///
/// ```
/// use tenure_store::{AuditCheck, AuditHead};
///
/// let check = AuditCheck::new(None);
/// assert_eq!(check.finish(&AuditHead::empty())?.records, 0);
/// # Ok::<(), tenure_store::AuditError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AuditCheck {
    head: AuditHead,
    /// A head noted earlier that has not come by.
    awaited: Option<AuditHead>,
}

impl AuditCheck {
    /// Begins before the first record, with a head that was noted earlier where there is one.
    #[must_use]
    pub fn new(anchor: Option<&AuditHead>) -> Self {
        Self { head: AuditHead::empty(), awaited: anchor.filter(|anchor| anchor.seq > 0).cloned() }
    }

    /// Takes the next record. `line` is what errors name as its place.
    ///
    /// # Errors
    ///
    /// [`AuditError`], when the record was edited or does not follow the one before.
    pub fn follow(&mut self, record: &AuditRecord, line: u64) -> Result<(), AuditError> {
        if record.seq != self.head.seq + 1 {
            return Err(AuditError::Gap { line, expected: self.head.seq + 1, found: record.seq });
        }
        if record.hash != record.expected_hash() {
            return Err(AuditError::Edited { line, seq: record.seq });
        }
        if record.prev != self.head.hash {
            return Err(AuditError::Broken { line, seq: record.seq });
        }
        self.head = record.head();
        self.awaited.take_if(|awaited| *awaited == self.head);
        Ok(())
    }

    /// Ends with the head that the chain is to have.
    ///
    /// # Errors
    ///
    /// [`AuditError`], when the last record was another one, or the head that was noted earlier did not come by.
    pub fn finish(self, end: &AuditHead) -> Result<AuditSummary, AuditError> {
        if *end != self.head {
            return Err(AuditError::Truncated { expected: end.seq, found: self.head.seq });
        }
        match self.awaited {
            Some(anchor) if anchor.seq > self.head.seq => {
                Err(AuditError::Truncated { expected: anchor.seq, found: self.head.seq })
            }
            Some(anchor) => Err(AuditError::Anchor { seq: anchor.seq }),
            None => Ok(AuditSummary { records: self.head.seq, head: self.head }),
        }
    }
}
