use std::error::Error;

use deadpool_postgres::PoolError;
use tenure_connector::{Certainty, ConnectorError, ErrorKind};
use tokio_postgres::error::SqlState;

use crate::directory::error::Fault;

/// What an error of the server means for the work.
pub(super) fn of(error: &tokio_postgres::Error) -> Fault {
    let detail = text(error);
    let Some(state) = error.code() else {
        return Fault::Database { temporary: true, detail };
    };
    // Of statements that were sent together, a later one may report first that an earlier one failed.
    let collision = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::IN_FAILED_SQL_TRANSACTION,
    ];
    if collision.contains(state) {
        return Fault::Collision(detail);
    }
    if [SqlState::PROGRAM_LIMIT_EXCEEDED, SqlState::CHARACTER_NOT_IN_REPERTOIRE].contains(state) {
        let error = ConnectorError::new(ErrorKind::InvalidInput, Certainty::Refused);
        return Fault::Connector(error.with_detail(detail));
    }
    // Insufficient resources and operator intervention.
    let temporary = ["53", "57", "08"].iter().any(|class| state.code().starts_with(class));
    Fault::Database { temporary, detail }
}

pub(super) fn of_pool(error: PoolError) -> Fault {
    match error {
        PoolError::Backend(inner) => of(&inner),
        other => Fault::Database { temporary: true, detail: other.to_string() },
    }
}

/// The library's own text says only where it failed; the reason is in its source.
fn text(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(found) => found.message().to_owned(),
        None => error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
