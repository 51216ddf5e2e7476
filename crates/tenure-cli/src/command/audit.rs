//! `tenure audit`: the record of everything that was done.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use tenure_engine::{EngineError, EventExport};
use tenure_store::{AuditError, AuditHead, AuditSummary, verify_audit};

use super::Session;
use crate::args::{Audit, AuditExport, AuditFormat, AuditVerify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Tone, count};
use crate::project::Project;

pub(super) async fn run(session: &Session, what: &Audit) -> Result<Exit, Failure> {
    match what {
        Audit::Verify(how) => verify(session, how).await,
        Audit::Export(how) => export(session, how).await,
    }
}

async fn verify(session: &Session, how: &AuditVerify) -> Result<Exit, Failure> {
    let anchor = how.head.as_deref().map(head).transpose()?;
    let checked = match &how.file {
        Some(file) => match verify_audit(open(file)?, anchor.as_ref()) {
            Err(AuditError::Input(e)) => return Err(unreadable(file, &e)),
            checked => checked.map_err(|e| e.to_string()),
        },
        None => {
            let engine = Project::load(&session.global.config)?.engine().await?;
            match engine.audit().verify(anchor.as_ref()).await {
                Err(e @ EngineError::Corrupt { .. }) => Err(e.to_string()),
                Err(e) => return Err(Failure::engine("cannot read the audit trail", &e)),
                Ok(summary) => Ok(summary),
            }
        }
    };
    match checked {
        Ok(AuditSummary { records, head }) => {
            let tick = session.paint.text(Tone::Good, "✓");
            let records = count(usize::try_from(records).unwrap_or(usize::MAX), "record");
            println!("  {tick} {records} in one unbroken chain, head {}:{}", head.seq, head.hash);
            Ok(Exit::Done)
        }
        Err(reason) => {
            eprintln!("{}: {reason}", session.paint.text(Tone::Bad, "the audit trail does not verify"));
            Ok(Exit::AuditBroken)
        }
    }
}

fn head(text: &str) -> Result<AuditHead, Failure> {
    let parts = text.split_once(':').and_then(|(number, hash)| Some((number.parse().ok()?, hash)));
    match parts.filter(|(_, hash)| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some((seq, hash)) => Ok(AuditHead { seq, hash: hash.to_ascii_lowercase() }),
        None => Err(Failure::usage(
            format!("expected a head as NUMBER:HASH, found `{text}`"),
            "`tenure audit verify` prints it: the number of the last record, and 64 hexadecimal digits",
        )),
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let found = File::open(file).map_err(|e| unreadable(file, &e))?;
    Ok(Box::new(BufReader::new(found)))
}

fn unreadable(file: &Path, e: &io::Error) -> Failure {
    Failure::failed(format!("cannot read `{}`", file.display()), e)
}

async fn export(session: &Session, how: &AuditExport) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    let mut out = io::stdout();
    let exported = match how.format {
        AuditFormat::Set => {
            let export = EventExport::new(&how.issuer, session.now);
            let export = how.audience.iter().fold(export, |export, audience| export.audience(audience));
            engine.audit().export_events(&mut out, &export).await.map(drop)
        }
        AuditFormat::Ndjson => engine.audit().export(&mut out).await.map(drop),
    };
    exported.map_err(|e| Failure::engine("cannot export the audit trail", &e))?;
    Ok(Exit::Done)
}
