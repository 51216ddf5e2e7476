//! A reorganisation begins a review of those who moved, once.

use std::collections::BTreeSet;

use crate::common::{House, at, id};

const REVIEWS: &str = r#"
reviews:
  - id: access
    scope: { birthright: true }
    first: 2027-01-01
    every: 90d
    by: [manager]
    due: 5bd
    after_moves: { least: 2, within: 14d }
"#;

#[tokio::test]
async fn a_reorganisation_begins_a_review_of_those_who_moved_and_of_nobody_else() {
    let mut house = House::new();
    house.rules.push_str(REVIEWS);
    house.run(at("2026-03-02")).await;
    let opened = async |house: &House, day: &str| {
        house.run(at(day)).await;
        house.governance().advance_reviews(at(day)).await.unwrap().opened
    };
    house.company.worker("w2").title = Some("Expert".to_owned());
    house.company.worker("w3").manager_id = Some("w4".to_owned());
    assert!(
        opened(&house, "2026-03-09").await.is_empty(),
        "one has another manager; a title is no move, and who was hired is none either"
    );
    house.company.worker("w2").department = Some("Sales".to_owned());
    assert_eq!(
        opened(&house, "2026-03-12").await,
        Vec::<String>::new(),
        "they were not known fourteen days ago"
    );
    assert_eq!(opened(&house, "2026-03-17").await, ["access-moved-2026-03-17"]);
    let items = house.governance().review_items("access-moved-2026-03-17").await.unwrap();
    let about: BTreeSet<_> = items.iter().map(|item| item.identity.clone()).collect();
    assert_eq!(about, BTreeSet::from([id("w2"), id("w3")]));

    house.company.worker("w5").manager_id = Some("w6".to_owned());
    house.company.worker("w7").manager_id = Some("w6".to_owned());
    assert!(opened(&house, "2026-03-20").await.is_empty(), "the same reorganisation goes on");
    assert_eq!(opened(&house, "2026-04-01").await, ["access-moved-2026-04-01"], "and those who came after");
    let items = house.governance().review_items("access-moved-2026-04-01").await.unwrap();
    assert!(items.iter().all(|item| item.identity == id("w5") || item.identity == id("w7")), "{items:#?}");
    assert!(opened(&house, "2026-05-01").await.is_empty(), "nobody has moved lately");
}
