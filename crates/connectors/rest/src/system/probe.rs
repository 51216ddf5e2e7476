use tenure_connector::{CheckReport, Context, ErrorKind, Result};

use crate::{Request, RestClient, narrow};

/// Asks each part of an API for one thing, and narrows a report to the permissions whose part is open: for vendors that do
/// not say which permissions a token has.
///
/// # Errors
///
/// What is neither `Permission`, which closes a part, nor `NotFound`, which does not.
pub async fn probe(
    ctx: &Context,
    report: &mut CheckReport,
    parts: &[(&str, &RestClient, Request)],
) -> Result<()> {
    let mut closed = Vec::new();
    for (permission, client, request) in parts {
        match client.send(ctx, request).await {
            Ok(answer) => report.rate = answer.rate().or(report.rate.take()),
            Err(error) if error.kind() == ErrorKind::Permission => closed.push(*permission),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    narrow(report, |permission| !closed.contains(&permission));
    Ok(())
}
