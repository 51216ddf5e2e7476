use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tenure_connector::{
    Certainty, ErrorKind, ListQuery, ObjectClass, Operation, OperationKind, Retry, WriteRequest,
};

use super::create::find;
use super::list::filters_by;
use crate::conformance::Bench;
use crate::conformance::failure::{Ended, ensure, passed, skip};

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
    let lost = bench.connector().apply(&bench.ctx, &request).await;
    let error = Bench::expect_kind("a create whose answer is lost", lost, ErrorKind::Timeout)?;
    ensure(error.certainty() == Certainty::Unknown, || {
        format!("expected an unknown outcome after a lost answer, found {:?}", error.certainty())
    })?;
    passed()
}

/// Drops a write at each of its first awaits and repeats it with its key: exactly one account is there in the end.
pub(super) async fn dropped_write_can_be_repeated(bench: &Bench) -> Ended {
    let capabilities = bench.capabilities();
    let idempotent = capabilities
        .operation(&ObjectClass::USER, OperationKind::Create)
        .is_some_and(|create| create.idempotent);
    if !idempotent || !filters_by(bench, "userName") {
        return skip("a create is not declared idempotent, or accounts cannot be filtered by `userName`");
    }
    for polls in 0..4 {
        let (key, name) = (bench.key(), bench.name("dropped"));
        let operation = Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) };
        let request = WriteRequest::new(key, operation);
        drop_after(bench, &request, polls).await;
        let repeated = bench.send(&request).await?;
        ensure(repeated.is_settled(), || {
            format!("expected the repeat settled, found {:?}", repeated.status)
        })?;
        let found = find(bench, &name).await?;
        ensure(found.len() == 1, || {
            format!("dropped after {polls} polls: expected one account, found {}", found.len())
        })?;
    }
    passed()
}

async fn drop_after(bench: &Bench, request: &WriteRequest, polls: usize) {
    let mut call = pin!(bench.connector().apply(&bench.ctx, request));
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending if left == 0 => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
}
