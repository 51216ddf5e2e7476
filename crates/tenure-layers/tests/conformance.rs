//! A connector in the whole stack keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::{OperationKind, Result};
use tenure_layers::{
    Audit, AuditEntry, AuditSink, Breaker, Guard, Pace, ReadCache, Recording, Retry, Stack, Timeout,
    TokioTimer,
};
use tenure_testkit::conformance::Subject;

#[derive(Debug)]
struct Nowhere;

impl AuditSink for Nowhere {
    fn keep(&self, _: &AuditEntry<'_>) -> Result<()> {
        Ok(())
    }
}

fn subject() -> Subject {
    let tenant = Tenant::new().with_entitlement(Entitlement::new("role", "agent"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let timer = Arc::new(runtime.block_on(async { TokioTimer::new() }));
    let minute = Duration::from_secs(60);
    let stack = Stack::new(Arc::new(MemoryConnector::over("desk", tenant)))
        .audit(Audit::new(Arc::new(Nowhere)))
        .guard(Guard::new(timer.clone(), minute).at_most(OperationKind::Delete, 1_000))
        .cache(ReadCache::new(timer.clone(), minute))
        .total_timeout(Timeout::new(timer.clone(), minute))
        .retry(Retry::new(timer.clone()))
        .pace(Pace::per_second(timer.clone(), NonZeroU32::new(100_000).unwrap()))
        .breaker(Breaker::new(timer.clone()))
        .attempt_timeout(Timeout::new(timer.clone(), minute))
        .recording(Recording::new(timer));
    Subject::new(stack.build())
}

tenure_testkit::conformance!(subject);
