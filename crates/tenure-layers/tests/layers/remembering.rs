use std::sync::Arc;

use tenure_connector::memory::MemoryConnector;
use tenure_connector::{Connector, Fields, ObjectClass, ObjectRef, Timer};
use tenure_layers::{ReadCache, Recording, Stack, wrap};
use tenure_testkit::chaos::Fault;

use super::{SECOND, counted, create, ctx, timer, unlucky};

#[tokio::test(start_paused = true)]
async fn a_read_is_remembered_until_a_write_or_the_end_of_its_life() {
    let timer = timer();
    let (counted, calls) = counted(Arc::new(MemoryConnector::new("desk")));
    let desk = wrap(counted, Arc::new(ReadCache::new(timer.clone(), 60 * SECOND)));
    desk.apply(&ctx(), &create("k1", "anna")).await.unwrap();
    let anna = ObjectRef::new(ObjectClass::USER, "1");
    let read = async |expected: usize| {
        assert_eq!(
            desk.get(&ctx(), &anna, &Fields::All).await.unwrap().resource.text("userName"),
            Some("anna")
        );
        let gets = calls.calls().iter().filter(|recorded| recorded.call["call"] == "get").count();
        assert_eq!(gets, expected);
    };
    read(1).await;
    read(1).await;
    desk.apply(&ctx(), &create("k2", "bert")).await.unwrap();
    read(2).await;
    timer.sleep(60 * SECOND).await;
    read(3).await;
    desk.schema(&ctx()).await.unwrap();
    desk.schema(&ctx()).await.unwrap();
    assert_eq!(calls.calls().iter().filter(|recorded| recorded.call["call"] == "schema").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_recorded_with_its_answer() {
    let timer = timer();
    let recording = Arc::new(Recording::new(timer.clone()));
    let desk = Stack::new(unlucky(&[Fault::NotSent]))
        .recording(recording.clone())
        .retry(tenure_layers::Retry::new(timer))
        .build();
    desk.apply(&ctx(), &create("k1", "anna")).await.unwrap();
    let calls = recording.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].answer["error"]["kind"], "unavailable");
    assert_eq!(calls[0].answer["error"]["certainty"], "not_attempted");
    assert_eq!(calls[1].call["request"]["operation"]["op"], "create");
    assert_eq!(calls[1].answer["status"]["changed"], true);
    assert!(calls[1].began > calls[0].began);
}
