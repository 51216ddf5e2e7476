//! How the process ends.

use std::process::ExitCode;

/// The ways a command can end; the numbers are documented in `tenure --help` and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something failed that was not the input's fault.
    Failed = 1,
    /// The command line, the project file, the policy or a source has errors.
    BadInput = 2,
    /// A guard, an incomplete source or a stale plan.
    Refused = 3,
    /// Some steps failed or wait for others.
    InPart = 4,
    /// The audit trail does not verify.
    AuditBroken = 5,
    /// There is something to change.
    Changes = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
