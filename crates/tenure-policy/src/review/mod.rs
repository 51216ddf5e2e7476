//! Reviews: what should not be as it is, what rests on exceptions, and which targets are covered.

mod coverage;
mod drift;
mod exceptions;
mod playbooks;
mod security;
mod unused;

pub use self::coverage::Coverage;
pub use self::drift::Drift;
pub use self::exceptions::RecordedException;
pub use self::playbooks::DuePlaybook;
pub use self::security::SecuritySettings;
pub use self::unused::{UnusedGrant, unused_grants};
