use tenure_connector::ErrorKind;
use tenure_connector_hr::{Field, HrConfig, Mapping};

use super::{read, short, told, workers};

#[tokio::test]
async fn every_row_that_cannot_be_read_is_told_with_place_and_reason() {
    let config = HrConfig::new(
        short()
            .with("endDate", Field::named("end"))
            .with("timeZone", Field::named("zone"))
            .with("status", Field::named("state")),
    );
    let text = "id,first,last,start,end,zone,state
1,A,B,2020-01-01,,Europe/Berlin,active
,A,B,2020-01-01,,,
3,A,B,2026-02-30,,,
4,A,B,2020-01-01,2019-12-31,,
5,A,B,2020-01-01,,Europe/Berln,
6,A,B,2020-01-01,,,gone
7,,B,2020-01-01,,,
8,A,B,0020-01-01,,,
1,A,B,2020-01-01,,,
10,A,B,2020-01-01,0000-00-00,,
";
    let page = read("hr.csv", text, config).await.unwrap();
    assert_eq!(
        told(&page),
        [
            "hr.csv:3: expected a value for `workerId` in `id`, found ``",
            "hr.csv:4:7: expected a date as %Y-%m-%d, found `2026-02-30`",
            "hr.csv:5:18: expected a day not before 2020-01-01, found `2019-12-31`",
            "hr.csv:6:19: expected an IANA time zone, found `Europe/Berln`",
            "hr.csv:7:20: expected active, inactive, rescinded or terminated, found `gone`",
            "hr.csv:8: expected a value for `givenName` in `first`, found ``",
            "hr.csv:9:7: expected a date as %Y-%m-%d, found `0020-01-01`",
            "hr.csv:10: expected one record of engagement `1`, found `a second one`",
        ]
    );
    assert!(!page.complete);
    assert_eq!(page.rejected[3].item.as_deref(), Some("5"));
    assert!(page.rejected[3].help.as_deref().unwrap().starts_with("did you mean `Europe/Berlin`?"));
    assert_eq!(workers(&page).len(), 1, "10 is whole, both rows of 1 are not trusted");
}

#[tokio::test]
async fn a_renamed_column_is_an_error_and_not_an_empty_attribute() {
    let config = HrConfig::new(short().with("department", Field::first_of(["dept", "org"])));
    let error =
        read("hr.csv", "id,first,last,start,unit\n1,A,B,2020-01-01,Sales\n", config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.detail(), "hr.csv:1: expected a column `dept` or `org` for `department`, found none");
    assert_eq!(error.help(), Some("the columns are id, first, last, start, unit"));
}

#[tokio::test]
async fn a_line_that_is_no_object_does_not_hide_the_others() {
    let text = "{\"id\": 1, \"first\": \"A\", \"last\": \"B\", \"start\": \"2020-01-01\"}\n{\"id\": \n[1]\n";
    let page = read("hr.ndjson", text, HrConfig::new(short())).await.unwrap();
    assert_eq!(workers(&page).len(), 1);
    assert_eq!(
        told(&page),
        [
            "hr.ndjson:2:7: expected a JSON object on one line, found `{\"id\": `",
            "hr.ndjson:3: expected an object, found `[1]`"
        ]
    );
    assert!(!page.complete);
}

#[test]
fn a_mapping_that_cannot_work_is_refused_with_a_way_out() {
    let clock = || super::clock(super::NOW);
    let refuse = |map: Mapping| {
        let error = tenure_connector_hr::HrSource::file("x.csv", HrConfig::new(map), clock()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        (error.detail().to_owned(), error.help().map(str::to_owned))
    };
    assert_eq!(
        refuse(short().with("deparment", Field::named("x"))),
        (
            "expected an attribute of a worker in the mapping, found `deparment`".to_owned(),
            Some("did you mean `department`?".to_owned())
        )
    );
    assert_eq!(refuse(Mapping::new()).0, "expected `workerId` in the mapping, found none");
}
