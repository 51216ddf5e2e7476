mod operation;
mod send;

pub use self::operation::{BulkOperation, BulkResult};
