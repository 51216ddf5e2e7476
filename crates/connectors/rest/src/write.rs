use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::{
    Capabilities, CheckReport, ConnectorError, ErrorKind, MissingPermission, ObjectClass, OperationKind,
    Outcome, Result, Support, Unsupported, WhyNot, WriteRequest,
};

use crate::Answer;

/// Why a write is refused before anything is sent: the class is unknown, or the operation not declared.
#[must_use]
pub fn refusal(capabilities: &Capabilities, request: &WriteRequest) -> Option<ConnectorError> {
    let (class, kind) = (request.operation.class(), request.operation.kind());
    if capabilities.class(class).is_none() {
        return Some(ConnectorError::unknown_class(class));
    }
    let because = capabilities.why_not(class, kind)?;
    Some(ConnectorError::unsupported(class, kind).with_help(because.detail))
}

/// "Not found" as an absence, any other failure as itself.
///
/// # Errors
///
/// What is not `NotFound`.
pub fn absent<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A part of the API that is closed, by the plan or for this account, as an absence; any other failure as itself.
///
/// # Errors
///
/// What is neither `NotFound` nor `Permission`.
pub fn unless_closed<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::Permission => Ok(None),
        other => absent(other),
    }
}

/// Adds to an outcome what the answer says besides its content: the id of the request and the rate limit.
#[must_use]
pub fn signed(outcome: Outcome, answer: &Answer) -> Outcome {
    let outcome = match answer.request_id() {
        Some(id) => outcome.with_request_id(id),
        None => outcome,
    };
    match answer.rate() {
        Some(rate) => outcome.with_rate(rate),
        None => outcome,
    }
}

/// Takes out of a report what the connector's own account may not do, and says which permission is missing for it.
///
/// `has` tells whether the account has a permission that an operation declares.
pub fn narrow(report: &mut CheckReport, has: impl Fn(&str) -> bool) {
    let mut missing: BTreeMap<String, BTreeSet<(ObjectClass, OperationKind)>> = BTreeMap::new();
    for (class, capabilities) in &mut report.capabilities.classes {
        for (kind, support) in &mut capabilities.operations {
            let Support::Supported(supported) = &*support else { continue };
            let lacks: Vec<String> =
                supported.permissions.iter().filter(|name| !has(name)).cloned().collect();
            let Some(first) = lacks.first() else { continue };
            let because = format!("the connector's own account lacks `{first}`");
            for permission in &lacks {
                missing.entry(permission.clone()).or_default().insert((class.clone(), *kind));
            }
            *support = Support::Unsupported(Unsupported::new(WhyNot::Scope, because));
        }
    }
    let missing = missing.into_iter();
    report
        .missing
        .extend(missing.map(|(permission, needed_for)| MissingPermission { permission, needed_for }));
}
