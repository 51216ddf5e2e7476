use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tenure_connector::record::WorkerStatus;
use tenure_connector::{ErrorKind, Secret};
use tenure_connector_hr::{HrConfig, HrSource, HttpFeed, Mapping, Proof};
use tenure_connector_rest::{Auth, Paging, RestClient};

use super::{NOW, clock, first_page, short, told, workers};

async fn serve(router: Router) -> url::Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn workday(request: Request) -> Response {
    let basic = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    if basic.as_deref() != Some("Basic aXN1X3RlbnVyZTpzZWNyZXQ=")
        || request.uri().query() != Some("format=json")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({ "Report_Entry": [
        { "Employee_ID": "000123", "Position_ID": "P-7", "Worker_Type": "Employee", "Legal_First_Name": "Zoë",
          "Legal_Last_Name": "Berg", "Hire_Date": "2026-05-01T00:00:00.000-07:00", "Worker_Status": "Active",
          "Manager_ID": "000100", "Cost_Center": "300" },
        { "Employee_ID": "000124", "Legal_First_Name": "Ana", "Legal_Last_Name": "Ito", "Hire_Date": "2020-01-01",
          "Last_Day_of_Work": "2026-03-31", "Termination_Date": "2026-04-15", "Worker_Status": "Terminated" }
    ] }))
    .into_response()
}

#[tokio::test]
async fn a_workday_report_is_read() {
    let url = serve(Router::new().route("/ccx/service/customreport2/acme/owner/Workers", get(workday))).await;
    let source = |password: &str| {
        let auth = Auth::basic("isu_tenure", &Secret::new(password));
        let http = reqwest::Client::new();
        let feed = HttpFeed::workday_report(url.clone(), "acme", "owner", "Workers", auth, http).unwrap();
        HrSource::http(feed, HrConfig::new(Mapping::workday()), clock(NOW)).unwrap()
    };
    let page = first_page(&source("secret")).await.unwrap();
    assert!(page.complete, "{:?}", page.rejected);
    let found = workers(&page);
    let ana = found.iter().find(|worker| worker.given_name == "Ana").unwrap();
    assert_eq!(
        ana.end_date,
        Some("2026-03-31".parse().unwrap()),
        "the last day of work, not the paper's date"
    );
    assert_eq!(ana.status, WorkerStatus::Active, "the end date decides");
    let zoe = found.iter().find(|worker| worker.given_name == "Zoë").unwrap();
    assert_eq!((zoe.worker_id.as_str(), zoe.engagement_id.as_str()), ("000123", "P-7"));
    assert_eq!(zoe.start_date, "2026-05-01".parse().unwrap(), "the day as it was written, in no other zone");

    let error = first_page(&source("wrong-word")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(!format!("{:?} {error} {:?}", source("wrong-word"), error).contains("wrong-word"));
}

async fn bamboo(Json(body): Json<Value>) -> Json<Value> {
    assert_eq!(
        body["fields"],
        json!(["id", "firstName", "lastName", "hireDate", "terminationDate", "status"])
    );
    Json(json!({ "title": "tenure", "employees": [
        { "id": "12", "firstName": "Zoë", "lastName": "Berg", "hireDate": "2020-01-01", "terminationDate": "0000-00-00",
          "status": "Active" },
        { "id": "13", "firstName": "Ana", "lastName": "Ito", "hireDate": "2020-01-01", "terminationDate": "2025-12-31",
          "status": "Inactive" }
    ] }))
}

#[tokio::test]
async fn a_bamboo_hr_report_is_read_and_its_empty_dates_are_none() {
    let url = serve(Router::new().route("/api/v1/reports/custom", post(bamboo))).await;
    let auth = Auth::basic("key", &Secret::new("x"));
    let fields = ["id", "firstName", "lastName", "hireDate", "terminationDate", "status"];
    let feed = HttpFeed::bamboo_hr(url, fields, auth, reqwest::Client::new()).unwrap();
    let source = HrSource::http(feed, HrConfig::new(Mapping::bamboo_hr()), clock(NOW)).unwrap();
    let page = first_page(&source).await.unwrap();
    assert_eq!(told(&page), Vec::<String>::new());
    let ends: Vec<_> = workers(&page).into_iter().map(|worker| worker.end_date).collect();
    assert_eq!(ends, [None, Some("2025-12-31".parse().unwrap())]);
}

/// Five people on pages of two; the page that starts at `fails_at` fails.
#[derive(Clone)]
struct Paged {
    fails_at: Option<usize>,
    total: usize,
    requests: Arc<AtomicUsize>,
}

async fn people(State(paged): State<Paged>, Query(query): Query<Vec<(String, usize)>>) -> Response {
    paged.requests.fetch_add(1, Ordering::Relaxed);
    let start = query.iter().find(|(name, _)| name == "start").map_or(0, |(_, start)| *start);
    if paged.fails_at == Some(start) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let person = |n: usize| json!({ "id": n, "first": "A", "last": "B", "start": "2020-01-01" });
    let people: Vec<_> = (start..5).take(2).map(person).collect();
    Json(json!({ "total": paged.total, "people": people })).into_response()
}

async fn paged(fails_at: Option<usize>, total: usize) -> (HrSource, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let state = Paged { fails_at, total, requests: requests.clone() };
    let url = serve(Router::new().route("/people", get(people)).with_state(state)).await;
    let client = RestClient::new(url, Auth::none(), reqwest::Client::new()).unwrap();
    let request = client.get(&["people"]).unwrap().with_query("size", "2");
    let paging = Paging::Offset { parameter: "start".to_owned(), size: "size".to_owned(), total: None };
    let feed = HttpFeed::new(client, request, "/people").paged(paging);
    let proof = Proof { total: Some("/total".to_owned()), ..Proof::default() };
    let config = HrConfig { proof, ..HrConfig::new(short()) };
    (HrSource::http(feed, config, clock(NOW)).unwrap(), requests)
}

#[tokio::test]
async fn every_page_of_an_api_is_read_once() {
    let (source, requests) = paged(None, 5).await;
    let page = first_page(&source).await.unwrap();
    assert_eq!((workers(&page).len(), page.complete), (5, true));
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn half_a_list_is_an_error_and_a_wrong_total_is_no_proof() {
    let (half, _) = paged(Some(2), 5).await;
    assert_eq!(first_page(&half).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let (fewer, _) = paged(None, 6).await;
    let page = first_page(&fewer).await.unwrap();
    assert!(!page.complete);
    assert!(
        told(&page)[0].contains("expected 6 records, as the feed itself says, found `5 records`"),
        "{:?}",
        told(&page)
    );
}
