//! Bulk requests (RFC 7644 section 3.7): the messages, and the order in which operations that refer to each other run.
//!
//! A [`BulkRequest`] is many requests in one. [`BulkPlan`] puts them in an order in which each has what it refers to, also
//! where references point forward or in a circle; the caller carries it out and answers with a [`BulkResponse`].

mod ids;
mod plan;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use ids::BulkIds;
pub use plan::{BulkPlan, BulkStep};
pub use request::{BulkLimits, BulkMethod, BulkOperation, BulkRequest};
pub use response::{BulkOutcome, BulkResponse};
