use std::error::Error;

use deadpool_postgres::PoolError;

use crate::StoreError;

pub(super) type SqlResult<T> = Result<T, Failure>;

/// Carries errors of the database library inside this module, so that they stay out of the public API.
#[derive(Debug)]
pub(super) struct Failure(pub(super) StoreError);

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(StoreError::Unavailable { detail: text(&error) })
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        let detail = match &error {
            PoolError::Backend(inner) => text(inner),
            other => other.to_string(),
        };
        Self(StoreError::Unavailable { detail })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

/// The library's own text says only where it failed; the reason is in its source.
pub(super) fn text(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(found) => found.message().to_owned(),
        None => error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
