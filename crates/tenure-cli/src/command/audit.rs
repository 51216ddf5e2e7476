//! `tenure audit`: the record of everything that was done.

use std::io;

use tenure_engine::{EngineError, EventExport};

use super::Session;
use crate::args::{Audit, AuditFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Tone, count, short_hash};
use crate::project::Project;

pub(super) async fn run(session: &Session, what: &Audit) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    match what {
        Audit::Verify => match engine.audit().verify(None).await {
            Ok(summary) => {
                let tick = session.paint.text(Tone::Good, "✓");
                let records = count(usize::try_from(summary.records).unwrap_or(usize::MAX), "record");
                println!("  {tick} {records} in one unbroken chain, head {}", short_hash(&summary.head.hash));
                Ok(Exit::Done)
            }
            Err(e @ EngineError::Corrupt { .. }) => {
                eprintln!("{}: {e}", session.paint.text(Tone::Bad, "the audit trail does not verify"));
                Ok(Exit::AuditBroken)
            }
            Err(e) => Err(Failure::engine("cannot read the audit trail", &e)),
        },
        Audit::Export(how) if how.format == AuditFormat::Set => {
            let export = EventExport::new(&how.issuer, session.now);
            let export = how.audience.iter().fold(export, |export, audience| export.audience(audience));
            let exported = engine.audit().export_events(&mut io::stdout(), &export).await;
            exported.map_err(|e| Failure::engine("cannot export the audit trail", &e))?;
            Ok(Exit::Done)
        }
        Audit::Export(_) => {
            let mut out = io::stdout();
            let export = engine.audit().export(&mut out).await;
            export.map_err(|e| Failure::engine("cannot export the audit trail", &e))?;
            Ok(Exit::Done)
        }
    }
}
