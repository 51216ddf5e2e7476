//! What one record says.

mod columns;
mod worker;

pub(crate) use self::columns::Columns;
pub(crate) use self::worker::{Draft, read};
