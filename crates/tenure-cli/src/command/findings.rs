//! `tenure findings`: what is not as it should be.

use super::Session;
use super::requests::{cannot, open, who};
use crate::args::FindingsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;

pub(super) async fn run(session: &Session, args: &FindingsArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    governance.advance_findings(session.now).await.map_err(|e| cannot("look", &e))?;
    if let (Some(id), Some(by), Some(until)) = (&args.accept, &args.by, args.until) {
        let by = who(session, &engine, by).await?;
        let accepted = governance.accept_finding(id, &by, &args.because, until, session.now).await;
        accepted.map_err(|e| cannot("accept it", &e))?;
    }
    let found = governance.findings(false).await.map_err(|e| cannot("read the findings", &e))?;
    print!("{}", present::findings(&found, session.now, session.paint));
    if let Some(path) = &args.report {
        let report = governance.findings_report(session.now).await;
        super::report::write(path, &report.map_err(|e| cannot("report", &e))?)?;
    }
    Ok(Exit::Done)
}
