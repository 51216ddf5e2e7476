//! What a program has accepted and not done yet.

use chrono::{DateTime, TimeDelta, Utc};
use tenure_store::directory::AcceptedText;

use crate::place::Place;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn texts(taken: &[(String, String)]) -> Vec<&str> {
    let mut texts: Vec<&str> = taken.iter().map(|(_, text)| text.as_str()).collect();
    texts.sort_unstable();
    texts
}

pub async fn what_is_accepted_is_kept_until_it_is_done(place: Place) {
    let accepted = place.open().await.accepted();
    for (name, text, second) in [("a", "first", 1), ("b", "second", 2), ("c", "third", 3)] {
        accepted.keep(name, text, at(second)).await.unwrap();
    }
    accepted.end("b", "done", at(4)).await.unwrap();
    assert_eq!(
        accepted.find("b").await.unwrap(),
        Some(AcceptedText { text: "done".to_owned(), done: true, at: at(4) })
    );
    assert_eq!(accepted.find("d").await.unwrap(), None);

    assert_eq!(texts(&accepted.take(at(2), at(10)).await.unwrap()), ["first"], "the third is too young");
    assert_eq!(texts(&accepted.take(at(9), at(11)).await.unwrap()), ["third"], "the first was taken");
    assert_eq!(texts(&accepted.take(at(11), at(12)).await.unwrap()), ["first", "third"]);
    // Whoever works on it says so.
    accepted.keep("a", "half done", at(20)).await.unwrap();
    assert_eq!(texts(&accepted.take(at(19), at(21)).await.unwrap()), ["third"]);
    assert_eq!(texts(&accepted.take(at(20), at(21)).await.unwrap()), ["half done"]);

    accepted.forget_ended(at(4)).await.unwrap();
    assert!(accepted.find("b").await.unwrap().is_some());
    accepted.forget_ended(at(5)).await.unwrap();
    assert_eq!(accepted.find("b").await.unwrap(), None);
    accepted.forget("a").await.unwrap();
    assert_eq!(texts(&accepted.take(at(99), at(99)).await.unwrap()), ["third"], "what is not done stays");
}

pub async fn what_was_accepted_outlives_the_program(place: Place) {
    let accepted = place.open().await.accepted();
    for n in 0..250 {
        accepted.keep(&format!("t{n}"), "to do", at(n)).await.unwrap();
    }
    accepted.end("t7", "done", at(300)).await.unwrap();
    drop(accepted);

    let (first, second) = (place.open().await.accepted(), place.open().await.accepted());
    let mut taken = Vec::new();
    loop {
        let (one, other) = tokio::join!(first.take(at(1000), at(1001)), second.take(at(1000), at(1001)));
        let some = [one.unwrap(), other.unwrap()].concat();
        if some.is_empty() {
            break;
        }
        taken.extend(some.into_iter().map(|(name, _)| name));
    }
    assert_eq!(taken.len(), 249, "one of them takes each");
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 249);
    assert_eq!(second.find("t7").await.unwrap().unwrap().text, "done");
}
