//! A house with the pages in front of it, and a client without a browser.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tenure_store::{Batch, Write};
use tenure_web::{Clock, SignIn, Web};
use tower_service::Service as _;
use url::form_urlencoded;

use crate::common::{House, ask, ask_and_approve, at, id, key};

const REVIEWS: &str = r#"
reviews:
  - id: erp
    scope: { targets: [erp], birthright: true, who: 'department eq "Support"' }
    first: 2026-03-01
    every: 90d
    by: [owner]
    due: 5bd
"#;

pub(crate) struct Site {
    pub(crate) house: House,
    now: Arc<Mutex<DateTime<Utc>>>,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let mut house = House::new();
        house.rules.push_str(REVIEWS);
        house.run(at("2026-03-02")).await;
        Self { house, now: Arc::new(Mutex::new(at("2026-03-02"))) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    /// Moves the clock on by minutes.
    pub(crate) fn later(&self, minutes: i64) {
        *self.now.lock().unwrap() += TimeDelta::minutes(minutes);
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || *now.lock().unwrap())
    }

    fn sign_in(&self) -> SignIn {
        SignIn::new(self.house.company.store.clone(), self.clock())
    }

    pub(crate) fn router(&self) -> Router {
        Web::with_sign_in(self.house.governance(), self.sign_in(), self.clock()).under("/access/").router()
    }

    pub(crate) async fn invite(&self, who: &str) -> String {
        let until = self.now() + TimeDelta::hours(24);
        self.sign_in().invite(&id(who), "the administrator", until).await.unwrap()
    }

    /// Somebody who has signed in.
    pub(crate) async fn enter(&self, who: &str) -> Client {
        let client = Client::new(&self.router());
        let invitation = self.invite(who).await;
        let entered = client.post("/access/sign-in", &[("invitation", &invitation)]).await;
        client.with_cookie(&entered.cookie.unwrap())
    }

    /// Opens the review; the page of an item about somebody.
    pub(crate) async fn item(&self, who: &str) -> String {
        let governance = self.house.governance();
        governance.advance_reviews(self.now()).await.unwrap();
        let items = governance.review_items("erp-2026-03-01").await.unwrap();
        let item = items.iter().find(|item| item.identity == id(who)).unwrap();
        format!("/access/reviews/{}/{}", item.campaign, item.id)
    }

    /// Puts copies of what is kept under a name beside it, each with an id and a name of its own.
    pub(crate) async fn multiply(&self, prefix: &str, count: usize, rename: impl Fn(&mut Value, usize)) {
        let store = &self.house.company.store;
        let (key, value) = store.values(prefix).await.unwrap().remove(0);
        let folder = key.rsplit_once('/').unwrap().0;
        let mut batch = Batch::new();
        for number in 0..count {
            let mut copy = value.clone();
            copy["id"] = format!("copy-{number}").into();
            rename(&mut copy, number);
            batch.push(Write::Value { key: format!("{folder}/copy-{number}"), value: copy });
        }
        store.commit(batch).await.unwrap();
    }

    /// A request that waits for Mara, and one that is granted.
    pub(crate) async fn requests(&self) -> String {
        let governance = self.house.governance();
        ask_and_approve(
            &governance,
            &ask("w3", "w3", key("desk/role:admin")),
            &["w1", "w5", "w6"],
            self.now(),
        )
        .await;
        let asked = ask("w2", "w2", key("erp/permission:pay"));
        governance.submit(&asked, self.now()).await.unwrap().id.to_string()
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    headers: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(router: &Router) -> Self {
        Self { router: router.clone(), headers: Vec::new() }
    }

    pub(crate) fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    pub(crate) fn with_cookie(&self, set: &str) -> Self {
        self.with_header("cookie", set.split(';').next().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "text/plain", "").await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send_form(path, form, "same-origin").await
    }

    pub(crate) async fn send_form(&self, path: &str, form: &[(&str, &str)], site: &str) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let client = self.with_header("sec-fetch-site", site);
        client.send("POST", path, "application/x-www-form-urlencoded", &body).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", kind);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            location: text("location"),
            cookie: text("set-cookie"),
            body: String::from_utf8(body.to_vec()).unwrap(),
            headers: parts.headers,
        }
    }
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}
