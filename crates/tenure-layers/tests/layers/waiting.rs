use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Capabilities, Certainty, ClassCapabilities, Connector, Context, ErrorKind, Fields, ListQuery,
    ObjectClass, ObjectRef, OperationKind, OperationSupport, Outcome, RateSignal, Result,
    Retry as RetryClass, Timer, WriteRequest,
};
use tenure_layers::{Breaker, Notice, Pace, Retry, Stack, Timeout, wrap};
use tenure_testkit::chaos::{ChaosConnector, Fault, Schedule};

use super::{Failing, SECOND, Seen, counted, create, ctx, timer, unlucky};

fn users() -> ListQuery {
    ListQuery::new(ObjectClass::USER)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_an_idempotent_write_is_asked_for_again_and_nothing_is_doubled() {
    let (counted, calls) = counted(unlucky(&[Fault::LostAnswer, Fault::NotSent]));
    let desk = wrap(counted, Arc::new(Retry::new(timer())));
    let outcome = desk.apply(&ctx(), &create("k", "anna")).await.unwrap();
    assert!(outcome.is_already_so(), "the first attempt had made it");
    assert_eq!(calls.calls().len(), 3);
    assert_eq!(desk.list(&ctx(), &users()).await.unwrap().items.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_of_another_write_goes_up_at_once() {
    let (counted, calls) = counted(Arc::new(NotIdempotent(unlucky(&[Fault::LostAnswer]))));
    let desk = wrap(counted, Arc::new(Retry::new(timer())));
    let error = desk.apply(&ctx(), &create("k", "anna")).await.unwrap_err();
    assert_eq!((error.certainty(), error.retry()), (Certainty::Unknown, RetryClass::Temporary));
    assert_eq!(calls.calls().len(), 1, "reading back comes first");
}

#[tokio::test(start_paused = true)]
async fn what_the_system_asks_to_wait_is_waited_and_told() {
    let (seen, timer) = (Arc::new(Seen::default()), timer());
    let fault = Fault::Throttled { retry_after: Some(7 * SECOND) };
    let desk = wrap(unlucky(&[fault]), Arc::new(Retry::new(timer.clone()).with_observer(seen.clone())));
    desk.list(&ctx(), &users()).await.unwrap();
    assert_eq!(timer.elapsed(), 7 * SECOND);
    let told = seen.0.lock().unwrap().clone();
    let expected =
        Notice::Retrying { method: "list", attempt: 1, until: 7 * SECOND, because: ErrorKind::RateLimited };
    assert_eq!(told, [expected]);
}

#[tokio::test(start_paused = true)]
async fn attempts_run_out_and_too_long_a_wait_is_not_begun() {
    let timer = timer();
    let desk = wrap(unlucky(&[Fault::NotSent; 9]), Arc::new(Retry::new(timer.clone()).with_attempts(3)));
    let error = desk.list(&ctx(), &users()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, RetryClass::Persistent));
    assert!(timer.elapsed() >= SECOND, "{:?}", timer.elapsed());

    let timer = super::timer();
    let fault = Fault::Throttled { retry_after: Some(3_600 * SECOND) };
    let desk = wrap(unlucky(&[fault]), Arc::new(Retry::new(timer.clone())));
    let error = desk.list(&ctx(), &users()).await.unwrap_err();
    assert_eq!((error.retry(), error.retry_after()), (RetryClass::Persistent, Some(3_600 * SECOND)));
    assert_eq!(timer.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_is_not_repeated() {
    let (counted, calls) = counted(Arc::new(MemoryConnector::new("desk")));
    let desk = wrap(counted, Arc::new(Retry::new(timer())));
    let nobody = ObjectRef::new(ObjectClass::USER, "99");
    assert_eq!(desk.get(&ctx(), &nobody, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(calls.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_write_ends_as_unknown_and_retry_sees_it() {
    let timer = timer();
    let slow = ChaosConnector::new(MemoryConnector::new("desk"), Schedule::quiet()).with_timer(timer.clone());
    let slow = Arc::new(slow);
    slow.inject(Fault::Slow { wait: 60 * SECOND });
    let desk = wrap(slow.clone(), Arc::new(Timeout::new(timer.clone(), 10 * SECOND)));
    let error = desk.apply(&ctx(), &create("k", "anna")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::Unknown));
    assert_eq!(timer.elapsed(), 10 * SECOND);

    slow.inject(Fault::Slow { wait: 60 * SECOND });
    let stack = Stack::new(slow)
        .retry(Retry::new(timer.clone()))
        .attempt_timeout(Timeout::new(timer.clone(), 10 * SECOND))
        .total_timeout(Timeout::new(timer, 100 * SECOND));
    assert!(stack.build().apply(&ctx(), &create("k", "anna")).await.unwrap().is_settled());
}

#[tokio::test(start_paused = true)]
async fn the_shorter_deadline_of_the_caller_counts() {
    let timer = timer();
    let slow = ChaosConnector::new(MemoryConnector::new("desk"), Schedule::quiet()).with_timer(timer.clone());
    slow.inject(Fault::Slow { wait: 60 * SECOND });
    let desk = wrap(Arc::new(slow), Arc::new(Timeout::new(timer.clone(), 10 * SECOND)));
    assert!(desk.list(&ctx().with_deadline(2 * SECOND), &users()).await.is_err());
    assert_eq!(timer.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn calls_keep_to_the_rate_and_every_wait_is_told() {
    let (seen, timer) = (Arc::new(Seen::default()), timer());
    let pace = Pace::per_second(timer.clone(), NonZeroU32::new(2).unwrap()).with_observer(seen.clone());
    let desk = wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(pace));
    for _ in 0..6 {
        desk.list(&ctx(), &users()).await.unwrap();
    }
    assert!((2 * SECOND..3 * SECOND).contains(&timer.elapsed()), "{:?}", timer.elapsed());
    assert_eq!(seen.0.lock().unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_used_up_bucket_holds_back_its_own_calls_only() {
    let (seen, timer) = (Arc::new(Seen::default()), timer());
    let pace = Pace::per_second(timer.clone(), NonZeroU32::new(1_000).unwrap()).with_observer(seen.clone());
    let desk = wrap(wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(Exhausted)), Arc::new(pace));
    desk.apply(&ctx(), &create("k1", "anna")).await.unwrap();
    desk.list(&ctx(), &users()).await.unwrap();
    assert_eq!(timer.elapsed(), Duration::ZERO, "reads are charged elsewhere");
    desk.apply(&ctx(), &create("k2", "bert")).await.unwrap();
    assert_eq!(timer.elapsed(), 30 * SECOND);
    let told = Notice::Waiting { method: "apply", until: 30 * SECOND, bucket: Some("writes".into()) };
    assert_eq!(*seen.0.lock().unwrap(), [told]);
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_only_the_system_makes_a_call_wait() {
    let timer = timer();
    let pace = Pace::by_signals(timer.clone());
    let desk = wrap(wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(Exhausted)), Arc::new(pace));
    for _ in 0..1_000 {
        desk.list(&ctx(), &users()).await.unwrap();
    }
    assert_eq!(timer.elapsed(), Duration::ZERO);
    desk.apply(&ctx(), &create("k1", "anna")).await.unwrap();
    desk.apply(&ctx(), &create("k2", "bert")).await.unwrap();
    assert_eq!(timer.elapsed(), 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_not_tried_over_and_over() {
    let (seen, timer) = (Arc::new(Seen::default()), timer());
    let failing = Arc::new(Failing(Some(ErrorKind::Auth).into()));
    let (counted, calls) = counted(wrap(Arc::new(MemoryConnector::new("desk")), failing.clone()));
    let desk = wrap(counted, Arc::new(Breaker::new(timer.clone()).with_observer(seen.clone())));
    for _ in 0..10 {
        assert_eq!(desk.list(&ctx(), &users()).await.unwrap_err().kind(), ErrorKind::Auth);
    }
    assert_eq!(calls.calls().len(), 3);
    let error = desk.list(&ctx(), &users()).await.unwrap_err();
    assert_eq!((error.certainty(), error.retry()), (Certainty::NotAttempted, RetryClass::Persistent));

    timer.sleep(60 * SECOND).await;
    assert!(desk.list(&ctx(), &users()).await.is_err());
    assert_eq!(calls.calls().len(), 4, "one trial after the pause");
    timer.sleep(60 * SECOND).await;
    *failing.0.lock().unwrap() = None;
    assert!(desk.list(&ctx(), &users()).await.is_ok());
    assert!(desk.list(&ctx(), &users()).await.is_ok());
    assert_eq!(seen.0.lock().unwrap().last(), Some(&Notice::Closed));
}

/// Charges writes to a bucket that is used up at once.
#[derive(Debug)]
struct Exhausted;

#[async_trait::async_trait]
impl tenure_layers::Layer for Exhausted {
    async fn around(
        &self,
        ctx: &Context,
        call: tenure_layers::Call<'_>,
        next: tenure_layers::Next<'_>,
    ) -> Result<tenure_layers::Reply> {
        let reply = next.run(ctx, call).await?;
        let signal = RateSignal {
            bucket: Some("writes".into()),
            remaining: Some(0),
            reset_after: Some(30 * SECOND),
            ..RateSignal::default()
        };
        Ok(match reply {
            tenure_layers::Reply::Outcome(outcome) => {
                tenure_layers::Reply::Outcome(Outcome::with_rate(outcome, signal))
            }
            other => other,
        })
    }
}

/// A tenant that does not recognise a repeated write.
#[derive(Debug)]
struct NotIdempotent(Arc<super::Chaos>);

#[async_trait::async_trait]
impl Connector for NotIdempotent {
    fn info(&self) -> tenure_connector::ConnectorInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        let create =
            ClassCapabilities::new().readable().supports(OperationKind::Create, OperationSupport::new());
        Capabilities::new().with(ObjectClass::USER, create)
    }

    async fn schema(&self, ctx: &Context) -> Result<tenure_connector::ConnectorSchema> {
        self.0.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<tenure_connector::CheckReport> {
        self.0.check(ctx).await
    }

    async fn get(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        fields: &Fields,
    ) -> Result<tenure_connector::Object> {
        self.0.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<tenure_connector::Page> {
        self.0.list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&tenure_connector::DeltaToken>,
    ) -> Result<tenure_connector::ChangePage> {
        self.0.changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.0.apply(ctx, request).await
    }

    async fn poll(&self, ctx: &Context, job: &tenure_connector::JobRef) -> Result<Outcome> {
        self.0.poll(ctx, job).await
    }
}
