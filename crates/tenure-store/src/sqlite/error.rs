use crate::StoreError;

pub(super) type SqlResult<T> = Result<T, Failure>;

/// Carries errors of the database library inside this module, so that they stay out of the public API.
#[derive(Debug)]
pub(super) struct Failure(pub(super) StoreError);

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self(StoreError::Unavailable { detail: error.to_string() })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}
