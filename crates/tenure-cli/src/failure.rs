//! Why a command stopped.

use std::error::Error;
use std::fmt::Display;

use tenure_engine::EngineError;
use tenure_governance::GovernanceError;

use crate::config::ConfigError;
use crate::exit::Exit;
use crate::present::{Diagnostic, Paint, Tone, count};
use crate::project::rejected_row;

/// Why a command stopped, and how that is told.
#[derive(Debug)]
pub enum Failure {
    /// Documents of the user have errors.
    Input(Vec<Diagnostic>),
    /// A guard, an incomplete source or a stale plan stands in the way.
    Refused {
        /// What was refused and why.
        reason: String,
        /// What can be done about it.
        help: Option<String>,
    },
    /// Something else went wrong.
    Failed {
        /// What was tried.
        doing: String,
        /// What went wrong.
        reason: String,
    },
    /// A value on the command line does not fit.
    Usage {
        /// What does not fit.
        reason: String,
        /// What was expected.
        help: String,
    },
}

impl Failure {
    /// Something went wrong while `doing` something.
    pub fn failed(doing: impl Into<String>, reason: impl Display) -> Self {
        Self::Failed { doing: doing.into(), reason: reason.to_string() }
    }

    /// A refusal with advice.
    pub fn refused(reason: impl Display, help: Option<&str>) -> Self {
        Self::Refused { reason: reason.to_string(), help: help.map(String::from) }
    }

    /// A value on the command line does not fit.
    pub fn usage(reason: impl Display, help: impl Display) -> Self {
        Self::Usage { reason: reason.to_string(), help: help.to_string() }
    }

    /// The engine stopped while `doing` something.
    pub fn engine(doing: &str, e: &EngineError) -> Self {
        match e {
            EngineError::Rejected { rejected, .. } => {
                Self::Input(rejected.iter().map(rejected_row).collect())
            }
            EngineError::Stale { .. }
            | EngineError::GuardsTripped { .. }
            | EngineError::Busy { .. }
            | EngineError::Unfinished { .. }
            | EngineError::Refused { .. } => Self::refused(e, e.help()),
            _ => Self::failed(doing, chain(e)),
        }
    }

    /// Governance stopped while `doing` something.
    pub fn governance(doing: &str, e: &GovernanceError) -> Self {
        match e {
            GovernanceError::Engine(error) => Self::engine(doing, error),
            GovernanceError::NotAllowed { .. }
            | GovernanceError::Refused { .. }
            | GovernanceError::Changed { .. }
            | GovernanceError::Raced { .. } => Self::refused(e, e.help()),
            _ => Self::failed(doing, chain(e)),
        }
    }

    /// How the process ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Input(_) | Self::Usage { .. } => Exit::BadInput,
            Self::Refused { .. } => Exit::Refused,
            Self::Failed { .. } => Exit::Failed,
        }
    }

    /// What is printed.
    pub fn render(&self, paint: Paint) -> String {
        let error = paint.text(Tone::Bad, "error");
        match self {
            Self::Input(problems) => {
                let mut text: Vec<String> = problems.iter().map(|p| p.render(paint)).collect();
                text.push(format!("{error}: {}; nothing was written", count(problems.len(), "error")));
                text.join("\n\n")
            }
            Self::Refused { reason, help } => {
                let refused = paint.text(Tone::Bad, "refused");
                let help = help.as_ref().map(|h| format!("\n{}: {h}", paint.text(Tone::Warn, "help")));
                format!("{refused}: {reason}; nothing was written{}", help.unwrap_or_default())
            }
            Self::Failed { doing, reason } => format!("{error}: {doing}: {reason}"),
            Self::Usage { reason, help } => {
                format!("{error}: {reason}\n{}: {help}", paint.text(Tone::Warn, "help"))
            }
        }
    }
}

/// An error with everything that led to it, outermost first.
pub fn chain(e: &dyn Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

impl From<ConfigError> for Failure {
    fn from(e: ConfigError) -> Self {
        Self::Input(e.problems().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fail_says_whether_something_was_written() {
        let plain = Paint::plain();
        let input = Failure::Input(vec![Diagnostic {
            title: "the file is empty".into(),
            path: "a.csv".into(),
            place: None,
            help: None,
        }]);
        assert_eq!(
            input.render(plain),
            "error: the file is empty\n ─▸ a.csv\n\nerror: 1 error; nothing was written"
        );
        let refused = Failure::refused("44 of 44 people would leave", Some("send the whole export"));
        assert_eq!(
            refused.render(plain),
            "refused: 44 of 44 people would leave; nothing was written\nhelp: send the whole export"
        );
        assert_eq!(refused.exit(), Exit::Refused);
    }
}
