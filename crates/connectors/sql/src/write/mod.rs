//! Writing: every operation is one transaction.

mod create;
mod member;
mod remove;
mod update;

use tenure_connector::{
    Certainty, ConnectorError, DeleteMode, ErrorKind, Operation, Outcome, Result, Version, WriteRequest,
};

use crate::connector::SqlConnector;
use crate::db::Session;
use crate::error::unsupported;
use crate::layout::Found;
use crate::read::Wanted;

impl SqlConnector {
    pub(crate) async fn write(&self, request: &WriteRequest) -> Result<Outcome> {
        let mut session = self.backend.session().await?;
        session.begin().await?;
        let outcome = self.carry_out(&mut *session, request).await;
        match &outcome {
            Ok(outcome) if outcome.changed() => session.commit().await.map_err(unsure)?,
            _ => session.rollback().await,
        }
        outcome
    }

    async fn carry_out(&self, session: &mut dyn Session, request: &WriteRequest) -> Result<Outcome> {
        let operation = &request.operation;
        let Some(object) = operation.object() else {
            return match operation {
                Operation::Create { class, resource } => {
                    self.create(session, &request.key, class, resource).await
                }
                other => Err(ConnectorError::unsupported(other.class(), other.kind())),
            };
        };
        // A deletion for good, and a restore, are about rows that no longer count, too.
        let deleted = matches!(
            operation,
            Operation::Restore { .. } | Operation::Delete { mode: DeleteMode::Permanent, .. }
        );
        let rows = self.rows(&object.class)?;
        let found = self.find(session, object, Wanted { deleted, locked: true, ..Wanted::default() }).await?;
        let Some(found) = found else {
            return match operation.satisfied_by_absence() {
                true => Ok(Outcome::already_gone()),
                false => Err(ConnectorError::not_found(object)),
            };
        };
        refuse_other_version(request.expected.as_ref(), &found)?;
        match operation {
            Operation::Update { patch, .. } => self.update(session, rows, found, patch).await,
            Operation::SetStatus { status, .. } => self.set_status(session, rows, found, *status).await,
            Operation::Delete { mode: DeleteMode::Permanent, .. } => self.delete(session, rows, found).await,
            Operation::Delete { mode: DeleteMode::Soft, .. } => self.hide(session, rows, found).await,
            Operation::Restore { .. } => self.restore(session, rows, found).await,
            Operation::Grant { entitlement, parameters, .. } => {
                if let Some(name) = parameters.keys().next() {
                    return Err(ConnectorError::invalid_input(name, "a membership takes no parameters"));
                }
                self.grant(session, &found, entitlement).await
            }
            Operation::Revoke { entitlement, .. } => self.revoke(session, &found, entitlement).await,
            Operation::Delete { mode, .. } => {
                Err(unsupported(format!("a row cannot be deleted as `{mode:?}`").to_lowercase()))
            }
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }
}

fn refuse_other_version(expected: Option<&Version>, found: &Found) -> Result<()> {
    match expected.filter(|expected| expected.as_str() != found.version) {
        None => Ok(()),
        Some(expected) => Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused).with_detail(
            format!("expected version `{expected}` of `{}`, found `{}`", found.id, found.version),
        )),
    }
}

/// What breaks at the end of a transaction may have been done.
fn unsure(error: ConnectorError) -> ConnectorError {
    match error.certainty() {
        Certainty::NotAttempted => error.with_certainty(Certainty::Unknown),
        _ => error,
    }
}
