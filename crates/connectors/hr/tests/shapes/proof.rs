use tenure_connector_hr::{HrConfig, Proof, Trailer};

use super::{read, short, told, workers};

const TWO: &str = "id,first,last,start\n1,A,B,2020-01-01\n2,C,D,2020-01-01\n";

async fn complete(name: &str, text: &str, proof: Proof) -> (bool, Vec<String>) {
    let page = read(name, text, HrConfig { proof, ..HrConfig::new(short()) }).await.unwrap();
    (page.complete, told(&page))
}

#[tokio::test]
async fn an_empty_or_a_short_feed_proves_nothing() {
    let (empty, why) = complete("hr.csv", "id,first,last,start\n", Proof::default()).await;
    assert!(!empty);
    assert_eq!(why, ["hr.csv: expected at least one record, found `0 records`"]);
    let (nothing, _) = complete("hr.csv", "", Proof::default()).await;
    assert!(!nothing);
    let (short, why) = complete("hr.csv", TWO, Proof { at_least: Some(40), ..Proof::default() }).await;
    assert!(!short);
    assert_eq!(why, ["hr.csv: expected at least 40 records, found `2 records`"]);
    assert_eq!(
        complete("hr.csv", TWO, Proof { at_least: Some(2), ..Proof::default() }).await,
        (true, vec![])
    );
    assert!(!complete("hr.csv", TWO, Proof { never: true, ..Proof::default() }).await.0);
}

#[tokio::test]
async fn a_file_that_was_cut_off_proves_nothing() {
    let cut = TWO.strip_suffix("-01\n").unwrap();
    let (complete, why) = complete("hr.csv", cut, Proof::default()).await;
    assert!(!complete);
    assert_eq!(why.len(), 2, "the missing line break and the broken date: {why:?}");
}

#[tokio::test]
async fn the_trailer_says_how_many_there_are() {
    let proof = || Proof { trailer: Some(Trailer { begins: "TRAILER".to_owned() }), ..Proof::default() };
    assert_eq!(complete("hr.csv", &format!("{TWO}TRAILER;2\n"), proof()).await, (true, vec![]));
    let (fewer, why) = complete("hr.csv", &format!("{TWO}TRAILER;00003\n"), proof()).await;
    assert!(!fewer);
    assert_eq!(why, ["hr.csv: expected 3 records, as the feed itself says, found `2 records`"]);
    let (none, why) = complete("hr.csv", TWO, proof()).await;
    assert!(!none);
    assert_eq!(
        why,
        [
            "hr.csv:3: expected a last line that begins with `TRAILER` and has a number, found `2,C,D,2020-01-01`"
        ]
    );
}

#[tokio::test]
async fn the_total_of_a_json_file_is_compared() {
    let body = |total: &str| {
        format!(
            r#"{{ {total} "people": [{{ "id": 1, "first": "A", "last": "B", "start": "2020-01-01" }}] }}"#
        )
    };
    let proof = || Proof { total: Some("/total".to_owned()), ..Proof::default() };
    assert_eq!(complete("hr.json", &body("\"total\": 1,"), proof()).await, (true, vec![]));
    assert!(!complete("hr.json", &body("\"total\": \"2\","), proof()).await.0);
    let (missing, why) = complete("hr.json", &body(""), proof()).await;
    assert!(!missing);
    assert_eq!(why, ["hr.json: expected the number of records at `/total`, found `1 records`"]);
}

#[tokio::test]
async fn more_records_than_allowed_are_an_error() {
    let config = HrConfig { max_records: 1, ..HrConfig::new(short()) };
    let error = read("hr.csv", TWO, config).await.unwrap_err();
    assert_eq!(error.detail(), "expected at most 1 records, found more");
    assert_eq!(workers(&read("hr.csv", TWO, HrConfig::new(short())).await.unwrap()).len(), 2);
}
