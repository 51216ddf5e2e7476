use std::sync::Arc;

use tenure_layers::TokioTimer;
use tenure_testkit::conformance::Subject;

use super::connect;
use crate::config::Target;
use crate::failure::Failure;

/// A target as the conformance suite tests it, with the layers that a run puts around it.
///
/// # Errors
/// The target cannot be connected.
pub async fn subject(name: &str, target: &Target, prefix: &str) -> Result<Subject, Failure> {
    let connector = connect::target(name, target).await?;
    let timer = Arc::new(TokioTimer::new());
    let subject = Subject::new(connector).with_prefix(prefix).with_timer(timer);
    let Target::Scim { token: Some(from), .. } = target else { return Ok(subject) };
    let token = connect::read_token(from).map_err(|e| Failure::failed("cannot read the token", e))?;
    let intruder = connect::scim(name, target, Some(WRONG_TOKEN.to_owned()))?;
    Ok(subject.with_intruder(intruder).with_secret_text(&token).with_secret_text(WRONG_TOKEN))
}

const WRONG_TOKEN: &str = "a-token-that-no-system-gave";
