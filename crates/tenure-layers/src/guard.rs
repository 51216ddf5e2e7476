use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, ObjectRef, Operation, OperationKind, Result, Timer,
};

use crate::{Call, Layer, Next, Reply};

/// Refuses writes on protected objects, and more writes of a kind than are allowed within a window.
///
/// The last line of defence: a planner weighs a whole plan, this counts what really goes out. A write that turns out to be
/// already so counts too. Place: below audit, above everything that waits.
#[derive(Debug)]
pub struct Guard {
    timer: Arc<dyn Timer>,
    window: Duration,
    limits: BTreeMap<OperationKind, usize>,
    protected: BTreeSet<ObjectRef>,
    sent: Mutex<BTreeMap<OperationKind, VecDeque<Duration>>>,
}

impl Guard {
    /// Counts within a rolling window.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>, window: Duration) -> Self {
        Self { timer, window, limits: BTreeMap::new(), protected: BTreeSet::new(), sent: Mutex::default() }
    }

    /// Allows this many writes of a kind within the window.
    #[must_use]
    pub fn at_most(mut self, kind: OperationKind, count: usize) -> Self {
        self.limits.insert(kind, count);
        self
    }

    /// Lets nothing stop, delete, strip or reset this object.
    #[must_use]
    pub fn protect(mut self, object: ObjectRef) -> Self {
        self.protected.insert(object);
        self
    }

    fn admit(&self, operation: &Operation) -> Result<()> {
        if let Some(object) = operation.object()
            && takes_away(operation)
            && self.protected.iter().any(|protected| names(protected, object))
        {
            return Err(refused(format!("`{object}` is protected from `{}`", operation.kind())));
        }
        let kind = operation.kind();
        let Some(limit) = self.limits.get(&kind).copied() else { return Ok(()) };
        let now = self.timer.elapsed();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.entry(kind).or_default();
        while sent.front().is_some_and(|at| now.saturating_sub(*at) >= self.window) {
            sent.pop_front();
        }
        if sent.len() >= limit {
            let window = self.window.as_secs();
            return Err(refused(format!(
                "expected at most {limit} of `{kind}` within {window} s, found one more"
            ))
            .with_help("check the plan; raise the limit for one run when it is right"));
        }
        sent.push_back(now);
        Ok(())
    }
}

fn takes_away(operation: &Operation) -> bool {
    match operation {
        Operation::SetStatus { status, .. } => !status.is_active(),
        Operation::ResetFactors { .. }
        | Operation::RotateCredential { .. }
        | Operation::SetCredential { .. } => true,
        other => other.kind().takes_away(),
    }
}

fn names(protected: &ObjectRef, object: &ObjectRef) -> bool {
    let shared = |name: &String, value: &String| {
        object.secondary(name).is_some_and(|own| own.eq_ignore_ascii_case(value))
    };
    protected.class == object.class
        && (protected.same_object(object)
            || protected.secondary.iter().any(|(name, value)| shared(name, value)))
}

fn refused(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Policy, Certainty::NotAttempted).with_detail(detail)
}

#[async_trait]
impl Layer for Guard {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        if let Some(operation) = call.operation() {
            self.admit(operation)?;
        }
        next.run(ctx, call).await
    }
}
