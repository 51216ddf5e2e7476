use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{JobRef, ObjectRef, RateSignal, SideEffect, Version, millis};

/// How a write went, when it was not an error.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Outcome, OutcomeStatus};
///
/// assert!(Outcome::done(true).changed());
/// assert_eq!(Outcome::already_so().status, OutcomeStatus::AlreadySo { observed_missing: false });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What happened.
    pub status: OutcomeStatus,
    /// The object as the system names it now: set after a create, and whenever an identifier changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The object's new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// What else the system did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<SideEffect>,
    /// The vendor's id of the request, for a support case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What the system said about its rate limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateSignal>,
}

/// The four ways a write can end well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// The system carried it out.
    Done {
        /// Whether the system's state differs from before; false when it cannot tell but accepted.
        changed: bool,
    },
    /// The wanted state held already; nothing was written.
    AlreadySo {
        /// The object or the grant to take away was not there at all.
        observed_missing: bool,
    },
    /// The system works on it; ask with [`poll`](crate::Connector::poll).
    Accepted {
        /// The job to ask for.
        job: JobRef,
        /// How long to wait before asking.
        #[serde(with = "millis")]
        poll_after: Duration,
    },
    /// A person has to do it.
    Manual {
        /// What to do, in words.
        instructions: ManualTask,
    },
}

/// A piece of work for a person, because the system has no way to do it by program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualTask {
    /// The id under which the completion is reported back; also the id of the job to poll.
    pub id: String,
    /// One line that says what to do.
    pub title: String,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// Who should do it, as the connector was configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
}

impl Outcome {
    fn with_status(status: OutcomeStatus) -> Self {
        Self { status, object: None, version: None, effects: Vec::new(), request_id: None, rate: None }
    }

    /// The system carried it out.
    #[must_use]
    pub fn done(changed: bool) -> Self {
        Self::with_status(OutcomeStatus::Done { changed })
    }

    /// The wanted state held already, on an object that exists.
    #[must_use]
    pub fn already_so() -> Self {
        Self::with_status(OutcomeStatus::AlreadySo { observed_missing: false })
    }

    /// What should be taken away was not there.
    #[must_use]
    pub fn already_gone() -> Self {
        Self::with_status(OutcomeStatus::AlreadySo { observed_missing: true })
    }

    /// The system works on it.
    #[must_use]
    pub fn accepted(job: JobRef, poll_after: Duration) -> Self {
        Self::with_status(OutcomeStatus::Accepted { job, poll_after })
    }

    /// A person has to do it.
    #[must_use]
    pub fn manual(instructions: ManualTask) -> Self {
        Self::with_status(OutcomeStatus::Manual { instructions })
    }

    /// Adds the object as the system names it now.
    #[must_use]
    pub fn with_object(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }

    /// Adds the object's new version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<Version>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds something else that the system did.
    #[must_use]
    pub fn with_effect(mut self, effect: SideEffect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Adds the vendor's request id.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Adds what the system said about its rate limit.
    #[must_use]
    pub fn with_rate(mut self, rate: RateSignal) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Whether the wanted state holds now: done or already so.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.status, OutcomeStatus::Done { .. } | OutcomeStatus::AlreadySo { .. })
    }

    /// Whether the system's state differs from before.
    #[must_use]
    pub fn changed(&self) -> bool {
        matches!(self.status, OutcomeStatus::Done { changed: true })
    }

    /// Whether nothing had to be written.
    #[must_use]
    pub fn is_already_so(&self) -> bool {
        matches!(self.status, OutcomeStatus::AlreadySo { .. })
    }
}
