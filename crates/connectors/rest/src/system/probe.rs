use serde_json::Value;
use tenure_connector::{CheckReport, Context, ErrorKind, ObjectClass, Result};

use crate::{Answer, Request, RestClient, narrow, unless_closed};

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

/// Takes a class out of a report whose part of the API is closed, by the plan or for this account, and says why.
///
/// # Errors
///
/// What is neither `NotFound` nor `Permission`.
pub fn close_class<T>(
    report: &mut CheckReport,
    class: &ObjectClass,
    asked: Result<T>,
    why: &str,
) -> Result<()> {
    if unless_closed(asked)?.is_none() {
        report.capabilities.classes.remove(class);
        report.warnings.push(why.to_owned());
    }
    Ok(())
}

impl RestClient {
    /// Sends a request of a check, and notes in the report what the answer says of the limit.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub async fn asked(&self, ctx: &Context, report: &mut CheckReport, request: &Request) -> Result<Value> {
        let answer = self.send(ctx, request).await?;
        report.rate = answer.rate().or(report.rate.take());
        answer.json()
    }
}

/// The scopes that an answer says the token has, in `X-OAuth-Scopes`; nothing, when it does not say.
#[must_use]
pub fn scopes_of(answer: &Answer) -> Option<Vec<String>> {
    let scopes = answer.headers.get("x-oauth-scopes")?.to_str().ok().filter(|scopes| !scopes.is_empty())?;
    Some(scopes.split(',').map(|scope| scope.trim().to_owned()).collect())
}

/// Warns of a thing that the configuration names, and that is not there, or not open to the owner of the credentials.
///
/// # Errors
///
/// What is neither `NotFound` nor `Permission`.
pub fn warn_of_closed<T>(report: &mut CheckReport, thing: &str, to: &str, asked: Result<T>) -> Result<()> {
    if unless_closed(asked)?.is_none() {
        report.warnings.push(format!("{thing} is not there, or not open to {to}"));
    }
    Ok(())
}
