//! Generated companies are repeatable and consistent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use tenure_connector::record::WorkerStatus;
use tenure_testkit::generate::{History, HistoryEvent, population};

#[test]
fn everybody_has_an_own_id_and_a_manager_who_exists() {
    let today = "2026-03-01".parse().unwrap();
    let people = population(11, 2_000, today);
    let ids: BTreeSet<_> = people.iter().map(|person| person.worker_id.as_str()).collect();
    assert_eq!(ids.len(), people.len());
    for person in &people[1..] {
        assert!(ids.contains(person.manager_id.as_deref().unwrap()));
        assert_ne!(
            person.manager_id.as_deref(),
            Some(person.worker_id.as_str()),
            "nobody is their own manager"
        );
    }
    let contractors = people.iter().filter(|person| person.end_date.is_some()).count();
    assert!((100..400).contains(&contractors), "{contractors}");
}

#[test]
fn a_year_brings_every_kind_of_event_and_never_two_present_engagements_by_rehire() {
    let mut history = History::new(3, 150, "2026-01-01".parse().unwrap());
    let events: Vec<_> = (0..365).flat_map(|_| history.next_day()).collect();
    let has = |wanted: fn(&HistoryEvent) -> bool| assert!(events.iter().any(wanted));
    has(|event| matches!(event, HistoryEvent::Hired(_)));
    has(|event| matches!(event, HistoryEvent::Rescinded(_)));
    has(|event| matches!(event, HistoryEvent::Moved(_)));
    has(|event| matches!(event, HistoryEvent::Renamed(_)));
    has(|event| matches!(event, HistoryEvent::WentOnLeave(_)));
    has(|event| matches!(event, HistoryEvent::Resigned(_)));
    has(|event| matches!(event, HistoryEvent::Prolonged(_)));
    has(|event| matches!(event, HistoryEvent::Rehired(_)));
    let engagements: BTreeSet<_> = history.export().iter().map(|worker| &worker.engagement_id).collect();
    assert_eq!(engagements.len(), history.export().len());
    for worker in history.export().iter().filter(|worker| worker.status == WorkerStatus::Active) {
        assert!(worker.end_date.is_none_or(|end| end >= worker.start_date), "{worker:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_years() {
    let run = || {
        let mut history = History::new(5, 80, "2026-01-01".parse().unwrap());
        let events: Vec<_> = (0..200).flat_map(|_| history.next_day()).collect();
        (events, history.export().to_vec())
    };
    assert_eq!(run(), run());
}
