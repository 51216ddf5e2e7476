//! The audit trail: read, verified, exported, and kept free of what it must not hold.

mod events;
mod redact;

pub use events::EventExport;
pub(crate) use redact::Redaction;

use std::io::Write;

use tenure_store::{AuditCheck, AuditError, AuditHead, AuditRecord, AuditSummary, export_trailer};

use crate::{Engine, EngineError, Result};

/// Reads the audit chain. Get it from [`Engine::audit`].
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a> {
    engine: &'a Engine,
}

const PAGE: usize = 1_000;

impl Engine {
    /// The audit chain.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit { engine: self }
    }
}

impl Audit<'_> {
    async fn records(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
        Ok(self.engine.store.audit(after, limit).await?)
    }

    /// The end of the chain. Note it in another place: it proves later that nothing was cut off.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn head(&self) -> Result<AuditHead> {
        Ok(self.engine.store.audit_head().await?)
    }

    /// Writes the whole chain as NDJSON, one record a line and the head of the chain last.
    /// [`verify_audit`](tenure_store::verify_audit) checks it offline.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails; `Refused`, when the output cannot be written.
    pub async fn export(&self, out: &mut (impl Write + Send)) -> Result<AuditHead> {
        let head = self
            .walk(|record| {
                let line = serde_json::to_string(record)
                    .map_err(|error| EngineError::corrupt("audit record", &error))?;
                writeln!(out, "{line}").map_err(|error| unwritable(&error))
            })
            .await?;
        writeln!(out, "{}", export_trailer(&head)).map_err(|error| unwritable(&error))?;
        Ok(head)
    }

    /// Verifies the chain in the store, against a head noted earlier where there is one. A page of it is in memory at a time.
    ///
    /// # Errors
    ///
    /// `Corrupt`, naming the first record that was edited, removed, reordered or cut off; `Store`, when the store fails.
    pub async fn verify(&self, anchor: Option<&AuditHead>) -> Result<AuditSummary> {
        let broken = |error: AuditError| EngineError::corrupt("audit trail", &error);
        let mut check = AuditCheck::new(anchor);
        let mut line = 0;
        let head = self
            .walk(|record| {
                line += 1;
                check.follow(record, line).map_err(broken)
            })
            .await?;
        check.finish(&head).map_err(broken)
    }

    /// Shows every record up to the end that the chain has now.
    async fn walk(&self, mut show: impl FnMut(&AuditRecord) -> Result<()> + Send) -> Result<AuditHead> {
        let head = self.head().await?;
        let mut after = 0;
        while after < head.seq {
            let records = self.records(after, PAGE).await?;
            let Some(last) = records.last() else { break };
            after = last.seq;
            records.iter().filter(|record| record.seq <= head.seq).try_for_each(&mut show)?;
        }
        Ok(head)
    }
}

fn unwritable(error: &std::io::Error) -> EngineError {
    EngineError::Refused { detail: format!("the audit trail could not be written: {error}") }
}
