use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialSource, DeltaToken, EntitlementRef, ErrorKind, Outcome,
    Result, Secret,
};

use crate::{Answer, absent, signed};

/// A write that changed something, with what the answer says besides.
#[must_use]
pub fn done(answer: &Answer) -> Outcome {
    signed(Outcome::done(true), answer)
}

/// A write as done, or as already so when the system refuses it for being so.
///
/// # Errors
///
/// What is not `AlreadyExists`.
pub fn already(result: Result<Answer>) -> Result<Outcome> {
    match result {
        Ok(answer) => Ok(done(&answer)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Outcome::already_so()),
        Err(error) => Err(error),
    }
}

/// A removal as done, or as already gone when the system does not find what was to be removed.
///
/// # Errors
///
/// What is not `NotFound`.
pub fn removed(result: Result<Answer>) -> Result<Outcome> {
    Ok(absent(result)?.map_or_else(Outcome::already_gone, |answer| done(&answer)))
}

/// The refusal of an entitlement that the system does not have.
#[must_use]
pub fn no_entitlement(entitlement: &EntitlementRef) -> ConnectorError {
    ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
        .with_detail(format!("no entitlement `{entitlement}`"))
}

/// The refusal of a write that would have no effect, or another one than wanted, before anything is sent.
#[must_use]
pub fn fixed(why: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Policy, Certainty::NotAttempted).with_detail(why)
}

/// The place that a token of changes names, behind the mark of the connector that made it.
///
/// # Errors
///
/// `InvalidInput`, for the token of another maker.
pub fn place_of<'a>(token: &'a DeltaToken, mark: &str) -> Result<&'a str> {
    token
        .as_str()
        .strip_prefix(mark)
        .ok_or_else(|| ConnectorError::invalid_input("token", "expected a token that this connector made"))
}

/// Reads a password out of the program's secret store.
///
/// # Errors
///
/// `Unsupported` for one that the system is to make; `Config` without a store; what the store answers; `InvalidInput` for an
/// empty one.
pub async fn password(ctx: &Context, credential: &CredentialSource) -> Result<Secret> {
    let wrong = |kind, detail: &str| ConnectorError::new(kind, Certainty::NotAttempted).with_detail(detail);
    let CredentialSource::Reference(name) = credential else {
        return Err(wrong(
            ErrorKind::Unsupported,
            "the connector makes no passwords; give a reference to one",
        ));
    };
    let Some(secrets) = ctx.secrets() else {
        let detail = "the operation names a secret, but the context has no secret store";
        return Err(wrong(ErrorKind::Config, detail));
    };
    let secret = secrets.read(name).await?;
    if secret.expose().is_empty() {
        return Err(wrong(ErrorKind::InvalidInput, "expected a password, found an empty one")
            .with_attribute("password"));
    }
    Ok(secret)
}
