use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialSource, DeltaToken, EntitlementRef, ErrorKind, Outcome,
    OwnershipScope, Result, Secret, SessionScope,
};

use super::{id_text, items};
use crate::{Answer, Request, RestClient, absent, signed};

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

impl RestClient {
    /// Sends a write: done.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn done(&self, ctx: &Context, request: Request) -> Result<Outcome> {
        Ok(done(&self.send(ctx, &request).await?))
    }

    /// Sends a write: done, or [`already`] so.
    ///
    /// # Errors
    ///
    /// As [`already`].
    pub async fn already(&self, ctx: &Context, request: Request) -> Result<Outcome> {
        already(self.send(ctx, &request).await)
    }

    /// Sends a removal: done, or already gone, as [`removed`] has it.
    ///
    /// # Errors
    ///
    /// As [`removed`].
    pub async fn removed(&self, ctx: &Context, request: Request) -> Result<Outcome> {
        removed(self.send(ctx, &request).await)
    }

    /// Reads the list at this address, and removes each of its items, at `at`, by its id at `id`: devices, tokens. Already
    /// so, when there are none.
    ///
    /// # Errors
    ///
    /// As [`removed`]; of unknown certainty once something is gone.
    pub async fn remove_each(&self, ctx: &Context, list: &[&str], at: &str, id: &str) -> Result<Outcome> {
        let listed = self.json(ctx, &self.get(list)?).await?;
        let mut outcome = Outcome::already_so();
        for item in items(&listed, at)? {
            let request = self.delete(&[list, &[&id_text(item, id)?]].concat())?;
            let gone = self.removed(ctx, request).await;
            outcome = unclear_if(outcome.changed(), gone)?;
        }
        Ok(outcome)
    }

    /// Reads the list at this address, with its items at `at`, and removes all of them by one DELETE of the address: sessions.
    /// Already so, when there are none.
    ///
    /// # Errors
    ///
    /// Those of the requests.
    pub async fn clear(&self, ctx: &Context, list: &[&str], at: &str) -> Result<Outcome> {
        let listed = self.json(ctx, &self.get(list)?).await?;
        match items(&listed, at)? {
            [] => Ok(Outcome::already_so()),
            _ => self.done(ctx, self.delete(list)?).await,
        }
    }
}

/// A failure after something was done already: how it went on is not known.
///
/// # Errors
///
/// The same, of unknown certainty.
pub fn unclear<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| error.with_certainty(Certainty::Unknown))
}

/// The same as [`unclear`], when something was done already.
///
/// # Errors
///
/// As [`unclear`].
pub fn unclear_if<T>(begun: bool, result: Result<T>) -> Result<T> {
    if begun { unclear(result) } else { result }
}

/// The refusal of an operation before anything is sent, and why.
#[must_use]
pub fn refused(kind: ErrorKind, why: impl Into<String>) -> ConnectorError {
    ConnectorError::new(kind, Certainty::NotAttempted).with_detail(why)
}

/// Refuses to end sessions of a scope that is none of these, and says why.
///
/// # Errors
///
/// `Unsupported`, before anything is sent.
pub fn ends_only(scope: SessionScope, known: &[SessionScope], why: &str) -> Result<()> {
    if known.contains(&scope) { Ok(()) } else { Err(refused(ErrorKind::Unsupported, why)) }
}

/// The words of these that a transfer is to hand over.
///
/// # Errors
///
/// `InvalidInput`, naming a word that is none of them.
pub fn wanted<'a>(scope: &OwnershipScope, known: &[&'a str]) -> Result<Vec<&'a str>> {
    let OwnershipScope::Only(words) = scope else { return Ok(known.to_vec()) };
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        None => Ok(known.iter().copied().filter(|word| words.contains(*word)).collect()),
        Some(unknown) => {
            let (last, others) = known.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
            let others: String = others.iter().map(|word| format!("`{word}`, ")).collect();
            let either = others.strip_suffix(", ").map(|others| format!("{others} or ")).unwrap_or_default();
            let detail = format!("expected {either}`{last}`, found `{unknown}`");
            Err(ConnectorError::invalid_input("scope", detail))
        }
    }
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
