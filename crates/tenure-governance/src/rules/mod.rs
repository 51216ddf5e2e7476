//! The rules of governance: what people write beside the policy.

mod approval;
mod compile;
mod document;
mod findings;
mod measures;
mod playbook;
mod review;

pub use self::approval::{ApprovalRule, Approver, Escalation, When};
pub use self::compile::Rules;
pub use self::document::{GovernanceDocument, OnViolation, RequestsSpec};
pub use self::findings::FindingsSpec;
pub use self::measures::{Baseline, MeasuresSpec, PilotSpec};
pub use self::playbook::{PlaybookAction, PlaybookSpec, PlaybookStep, PlaybookTrigger};
pub use self::review::{Moves, ReviewSpec, Scope};
