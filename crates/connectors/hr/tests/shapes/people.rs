use tenure_connector::record::WorkerStatus;
use tenure_connector_hr::{Field, HrConfig};

use super::{NOW, read, read_at, short, told, workers};

fn dated() -> HrConfig {
    HrConfig::new(
        short()
            .with("effectiveFrom", Field::named("from"))
            .with("department", Field::named("dept"))
            .with("timeZone", Field::named("zone")),
    )
}

const HISTORY: &str = "id,first,last,start,dept,from,zone
7,Zoë,Berg,2019-01-01,Sales,2019-01-01,Asia/Tokyo
7,Zoë,Berg,2019-01-01,Support,2026-03-03,Asia/Tokyo
7,Zoë,Berg,2019-01-01,Finance,2027-01-01,Asia/Tokyo
8,Ana,Ito,2026-05-01,Sales,2026-05-01,Asia/Tokyo
";

#[tokio::test]
async fn the_row_in_effect_counts_in_the_workers_own_zone() {
    let page = read("hr.csv", HISTORY, dated()).await.unwrap();
    assert_eq!(told(&page), Vec::<String>::new());
    let department = |page: &_| workers(page)[0].department.clone();
    assert_eq!(department(&page).as_deref(), Some("Sales"));
    assert_eq!(
        workers(&page)[1].department.as_deref(),
        Some("Sales"),
        "a hire to come is there before the day"
    );

    // 15:00 in London is midnight in Tokyo.
    let before = read_at("2026-03-02T14:59:59Z", "hr.csv", HISTORY.as_bytes(), dated()).await.unwrap();
    assert_eq!(department(&before).as_deref(), Some("Sales"));
    let after = read_at("2026-03-02T15:00:00Z", "hr.csv", HISTORY.as_bytes(), dated()).await.unwrap();
    assert_eq!(department(&after).as_deref(), Some("Support"));
}

#[tokio::test]
async fn a_deleted_row_takes_the_engagement_away_and_proves_nothing_wrong() {
    let config = HrConfig::new(
        short().with("effectiveFrom", Field::named("from")).with("deleted", Field::named("gone")),
    );
    let text = "id,first,last,start,from,gone\n7,Zoë,Berg,2019-01-01,2019-01-01,\n7,,,,2026-03-01,yes\n8,Ana,Ito,2020-01-01,2020-01-01,no\n";
    let page = read("hr.csv", text, config.clone()).await.unwrap();
    let ids: Vec<_> = workers(&page).into_iter().map(|worker| worker.worker_id).collect();
    assert_eq!(ids, ["8"]);
    assert!(page.complete, "{:?}", page.rejected);

    let earlier = read_at("2026-02-28T12:00:00Z", "hr.csv", text.as_bytes(), config).await.unwrap();
    assert_eq!(workers(&earlier).len(), 2, "the deletion has not begun");
}

#[tokio::test]
async fn who_comes_back_under_a_new_number_is_the_same_person() {
    let config = HrConfig::new(
        short().with("previousId", Field::named("was")).with("managerId", Field::named("boss")),
    );
    let text = "id,first,last,start,was,boss\n\
                900,Zoë,Berg,2026-02-01,700,\n700,Zoë,Berg,2023-01-01,12,\n5,Ana,Ito,2020-01-01,,900\n";
    let page = read("hr.csv", text, config).await.unwrap();
    assert!(page.complete, "{:?}", page.rejected);
    let found: Vec<_> = workers(&page)
        .into_iter()
        .map(|worker| (worker.engagement_id, worker.worker_id, worker.primary, worker.manager_id))
        .collect();
    let text = str::to_owned;
    assert_eq!(
        found,
        [
            (text("5"), text("5"), true, Some(text("12"))),
            (text("700"), text("12"), true, None),
            (text("900"), text("12"), false, None),
        ]
    );
}

#[tokio::test]
async fn ids_that_go_in_a_circle_are_told_and_nobody_is_dropped_quietly() {
    let config = HrConfig::new(short().with("previousId", Field::named("was")));
    let text = "id,first,last,start,was\n1,A,B,2026-02-01,2\n2,A,B,2023-01-01,1\n3,C,D,2020-01-01,\n";
    let page = read("hr.csv", text, config).await.unwrap();
    assert_eq!(
        told(&page),
        [
            "hr.csv:2: expected an earlier id that does not lead back here, found `2`",
            "hr.csv:3: expected an earlier id that does not lead back here, found `1`"
        ]
    );
    assert!(!page.complete);
}

#[tokio::test]
async fn two_jobs_and_a_conversion_are_engagements_of_one_person() {
    let engagement = Field { join: vec!["id".to_owned(), "position".to_owned()], ..Field::default() };
    let config = HrConfig::new(
        short()
            .with("engagementId", engagement)
            .with("engagementType", Field::named("type"))
            .with("endDate", Field::named("end")),
    );
    let text = "id,first,last,start,position,type,end\n\
                1,A,B,2025-01-01,P1,Contractor,2026-02-28\n1,A,B,2026-03-01,P2,Employee,\n1,A,B,2026-03-01,P3,Employee,\n";
    let page = read("hr.csv", text, config).await.unwrap();
    let found: Vec<_> = workers(&page)
        .into_iter()
        .map(|worker| (worker.engagement_id, worker.engagement_type, worker.primary))
        .collect();
    let row = |id: &str, kind: &str, primary| (id.to_owned(), kind.to_owned(), primary);
    assert_eq!(
        found,
        [row("1:P1", "Contractor", true), row("1:P2", "Employee", false), row("1:P3", "Employee", false)]
    );
    assert!(page.complete);
}

#[tokio::test]
async fn a_called_off_hire_and_an_inactive_worker_are_told_apart() {
    let status =
        Field::named("state").meaning("no show", "rescinded").meaning("I", "inactive").meaning("A", "active");
    let config = HrConfig::new(short().with("status", status).with("endDate", Field::named("end")));
    let text = "id,first,last,start,state,end\n\
                1,A,B,2026-04-01,No Show,\n2,A,B,2020-01-01,I,2026-12-31\n3,A,B,2020-01-01,I,\n4,A,B,2020-01-01,A,\n";
    let found: Vec<_> = workers(&read("hr.csv", text, config).await.unwrap())
        .into_iter()
        .map(|worker| worker.status)
        .collect();
    assert_eq!(
        found,
        [WorkerStatus::Rescinded, WorkerStatus::Active, WorkerStatus::Terminated, WorkerStatus::Active]
    );
}

#[tokio::test]
async fn the_day_after_the_last_is_not_the_last() {
    let config = HrConfig {
        end_is_first_day_off: true,
        ..HrConfig::new(short().with("endDate", Field::named("end")))
    };
    let page =
        read("hr.csv", "id,first,last,start,end\n1,A,B,2020-01-01,2026-03-01\n", config).await.unwrap();
    assert_eq!(workers(&page)[0].end_date, Some("2026-02-28".parse().unwrap()));
}

#[tokio::test]
async fn a_spreadsheet_that_ate_the_zeros_and_a_european_date_are_mended() {
    let mut id = Field::named("id");
    id.pad = Some(8);
    let config = HrConfig {
        dates: vec!["%d.%m.%Y".to_owned(), "%m/%d/%Y".to_owned()],
        ..HrConfig::new(short().with("workerId", id))
    };
    let text = "id;first;last;start\n4711;Zo\u{eb};Berg;4.3.2026\nX12;Ana;Ito;03/04/2026\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hr.csv");
    std::fs::write(&path, bytes).unwrap();
    let source = tenure_connector_hr::HrSource::file(path, config, super::clock(NOW)).unwrap();
    let source = source.written(tenure_connector_hr::FileFormat::Csv, Some("windows-1252"), Some(';'));
    let found = workers(&super::first_page(&source).await.unwrap());
    assert_eq!((found[0].worker_id.as_str(), found[0].given_name.as_str()), ("00004711", "Zoë"));
    assert_eq!(found[1].worker_id, "X12");
    assert!(found.iter().all(|worker| worker.start_date == "2026-03-04".parse().unwrap()), "{found:?}");
}
