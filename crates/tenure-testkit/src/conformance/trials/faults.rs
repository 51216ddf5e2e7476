use std::time::Duration;

use tenure_connector::{
    Certainty, ErrorKind, ListQuery, ObjectClass, Operation, OperationKind, Retry, WriteRequest,
};

use crate::conformance::Bench;
use crate::conformance::failure::{Ended, ensure, passed, skip};

/// How long it is waited for an answer that is lost.
const LOST: Duration = Duration::from_secs(3);

pub(super) async fn throttling_is_temporary(bench: &Bench) -> Ended {
    let Some(faults) = &bench.subject.faults else { return skip("the system cannot be made to throttle") };
    let query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    for wait in [Some(Duration::from_secs(7)), None] {
        if !faults.throttle_next(wait) {
            return skip("the system cannot be made to throttle");
        }
        let result = bench.connector().list(&bench.ctx, &query).await;
        let error = Bench::expect_kind("a throttled list", result, ErrorKind::RateLimited)?;
        ensure(error.retry() == Retry::Temporary, || {
            format!("expected a temporary error, found {:?}", error.retry())
        })?;
        ensure(error.certainty() != Certainty::Unknown, || {
            "a throttled call is of unknown outcome".to_owned()
        })?;
        ensure(error.retry_after() == wait, || {
            format!("expected to wait {wait:?}, found {:?}", error.retry_after())
        })?;
    }
    passed()
}

pub(super) async fn lost_answer_is_unknown(bench: &Bench) -> Ended {
    let Some(faults) = &bench.subject.faults else { return skip("no answer can be made to get lost") };
    if !bench.can(OperationKind::Create) || !faults.lose_next_answer() {
        return skip("no answer can be made to get lost");
    }
    let (key, name) = (bench.key(), bench.name("lost"));
    let operation = Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) };
    let request = WriteRequest::new(key, operation);
    // Only here is it waited for nothing.
    let soon = bench.ctx.clone().with_deadline(LOST);
    let lost = bench.connector().apply(&soon, &request).await;
    let error = Bench::expect_kind("a create whose answer is lost", lost, ErrorKind::Timeout)?;
    ensure(error.certainty() == Certainty::Unknown, || {
        format!("expected an unknown outcome after a lost answer, found {:?}", error.certainty())
    })?;
    passed()
}
