//! A small SCIM service provider on a loopback port, with faults to order.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by tests, none of which needs all of it"
)]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tenure_scim::{Filter, Patch, Resource, SchemaRegistry};

/// What the peer does instead of, or besides, answering properly.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answers this without doing anything.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Does it, and answers this instead of the truth.
    Lie(u16),
    /// Does it, and never answers.
    Silence,
    /// Does it and says so, for once.
    None,
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Value,
}

#[derive(Default)]
pub struct Inner {
    pub resources: BTreeMap<String, Vec<Resource>>,
    pub seen: Vec<Seen>,
    /// Faults for the next requests whose method and path start so.
    pub faults: Vec<(String, VecDeque<Fault>)>,
    /// Whole answers for paths.
    pub fixed: HashMap<String, (u16, Value)>,
    pub page_size: usize,
    pub cursors: bool,
    pub ignores_start: bool,
    pub without_total: bool,
    pub next_id: usize,
    pub revision: usize,
}

#[derive(Clone)]
pub struct Peer {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
}

impl Peer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/scim/v2", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner { page_size: 100, ..Inner::default() }));
        let app = Router::new().fallback(serve).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, inner }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub fn fault(&self, start: &str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.push((start.to_owned(), faults.into_iter().collect()));
    }

    pub fn fix(&self, path: &str, status: u16, body: Value) {
        self.lock().fixed.insert(path.to_owned(), (status, body));
    }

    pub fn seed(&self, endpoint: &str, resource: Value) -> String {
        self.lock().insert(endpoint, Resource::from_json(resource).unwrap()).id().unwrap().to_owned()
    }

    /// The requests so far, as `METHOD path?query`.
    pub fn log(&self) -> Vec<String> {
        let line = |seen: &Seen| match seen.query.as_str() {
            "" => format!("{} {}", seen.method, seen.path),
            query => format!("{} {}?{query}", seen.method, seen.path),
        };
        self.lock().seen.iter().map(line).collect()
    }

    pub fn forget(&self) {
        self.lock().seen.clear();
    }
}

impl Inner {
    fn insert(&mut self, endpoint: &str, mut resource: Resource) -> Resource {
        self.next_id += 1;
        resource.set_id(&self.next_id.to_string());
        self.stamp(&mut resource);
        self.resources.entry(endpoint.to_owned()).or_default().push(resource.clone());
        resource
    }

    fn stamp(&mut self, resource: &mut Resource) {
        self.revision += 1;
        resource.set(&"meta.version".parse().unwrap(), format!("W/\"{}\"", self.revision));
    }

    fn handle(&mut self, seen: &Seen) -> (u16, Value) {
        let path = seen.path.strip_prefix("/scim/v2/").unwrap_or_default().to_owned();
        if let Some(fixed) = self.fixed.get(&path) {
            return fixed.clone();
        }
        let (endpoint, id) = path.split_once('/').map_or((path.as_str(), None), |(e, id)| (e, Some(id)));
        let query = parameters(&seen.query);
        match (seen.method.as_str(), id) {
            ("POST", Some(".search")) => {
                let query = seen
                    .body
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(k, v)| (k.clone(), v.as_str().map_or_else(|| v.to_string(), str::to_owned)));
                self.list(endpoint, &query.collect())
            }
            ("GET", None) => self.list(endpoint, &query),
            ("POST", None) => {
                let resource = Resource::from_json(seen.body.clone()).unwrap();
                let same = |other: &&Resource| {
                    other.text("userName").is_some() && other.text("userName") == resource.text("userName")
                };
                if self.resources.entry(endpoint.to_owned()).or_default().iter().find(same).is_some() {
                    return (409, json!({ "status": "409", "scimType": "uniqueness", "detail": "taken" }));
                }
                (201, self.insert(endpoint, resource).to_json())
            }
            (method, Some(id)) => self.one(method, endpoint, id, seen),
            _ => (405, Value::Null),
        }
    }

    fn one(&mut self, method: &str, endpoint: &str, id: &str, seen: &Seen) -> (u16, Value) {
        let list = self.resources.entry(endpoint.to_owned()).or_default();
        let Some(position) = list.iter().position(|resource| resource.id() == Some(id)) else {
            return (404, json!({ "status": "404", "detail": "no such resource" }));
        };
        let version = list[position].text("meta.version").unwrap().to_owned();
        let header = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap());
        if header("if-match").is_some_and(|wanted| wanted != version) {
            return (412, json!({ "status": "412", "detail": "another version" }));
        }
        let mut changed = match method {
            "GET" if header("if-none-match") == Some(version.as_str()) => return (304, Value::Null),
            "GET" => return (200, list[position].to_json()),
            "DELETE" => {
                list.remove(position);
                return (204, Value::Null);
            }
            "PUT" => Resource::from_json(seen.body.clone()).unwrap(),
            "PATCH" => {
                let registry = SchemaRegistry::builtin();
                let schema = registry.by_endpoint(&format!("/{endpoint}")).unwrap();
                let patch: Patch = serde_json::from_value(seen.body.clone()).unwrap();
                let mut changed = list[position].clone();
                if let Err(error) = patch.apply(&mut changed, schema) {
                    return (error.status(), serde_json::to_value(&error).unwrap());
                }
                changed
            }
            _ => return (405, Value::Null),
        };
        changed.set_id(id);
        self.stamp(&mut changed);
        self.resources.get_mut(endpoint).unwrap()[position] = changed.clone();
        (200, changed.to_json())
    }

    fn list(&self, endpoint: &str, query: &HashMap<String, String>) -> (u16, Value) {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let filter = query.get("filter").map(|text| Filter::parse(text).unwrap().compile_open());
        let all: Vec<_> = self.resources.get(endpoint).into_iter().flatten().collect();
        let all: Vec<_> = all.into_iter().filter(|r| filter.as_ref().is_none_or(|f| f.matches(r))).collect();
        let count = number("count").unwrap_or(self.page_size).min(self.page_size);
        let start = match query.get("cursor") {
            Some(cursor) => cursor.parse().unwrap_or(0),
            None if self.ignores_start => 0,
            None => number("startIndex").unwrap_or(1) - 1,
        };
        let page: Vec<_> = all.iter().skip(start).take(count).map(|resource| resource.to_json()).collect();
        let end = start + page.len();
        let mut body = json!({
            "schemas": [tenure_scim::uri::LIST_RESPONSE],
            "startIndex": start + 1,
            "itemsPerPage": count,
            "Resources": page,
        });
        if !self.without_total {
            body["totalResults"] = all.len().into();
        }
        if self.cursors && end < all.len() {
            body["nextCursor"] = end.to_string().into();
        }
        (200, body)
    }
}

async fn serve(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let seen = Seen {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let (fault, truth) = {
        let mut inner = inner.lock().unwrap();
        inner.seen.push(seen.clone());
        let line = format!("{} {}", seen.method, seen.path.trim_start_matches("/scim/v2/"));
        let fault = inner
            .faults
            .iter_mut()
            .find(|(start, left)| !left.is_empty() && line.starts_with(start.as_str()));
        let fault = fault.and_then(|(_, faults)| faults.pop_front());
        let truth = match fault {
            Some(Fault::Answer(..)) => (500, Value::Null),
            _ => inner.handle(&seen),
        };
        (fault, truth)
    };
    match fault {
        Some(Fault::Answer(status, headers, body)) => {
            let response =
                headers.into_iter().fold(Response::builder().status(status), |r, (k, v)| r.header(k, v));
            response.body(Body::from(body)).unwrap()
        }
        Some(Fault::Lie(status)) => Response::builder().status(status).body(Body::empty()).unwrap(),
        Some(Fault::Silence) => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Response::default()
        }
        Some(Fault::None) | None => {
            let (status, body) = truth;
            let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
            let etag = body["meta"]["version"].as_str().map(str::to_owned);
            let response = match etag {
                Some(etag) => response.header("etag", etag),
                None => response,
            };
            let text = if body.is_null() { String::new() } else { body.to_string() };
            response.header("content-type", "application/scim+json").body(Body::from(text)).unwrap()
        }
    }
}

fn parameters(query: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub fn user(name: &str) -> Value {
    json!({ "schemas": [tenure_scim::uri::USER], "userName": name })
}

pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [tenure_scim::uri::GROUP], "displayName": name, "members": members })
}

/// A timer on which waiting takes no time.
#[derive(Debug, Default)]
pub struct Clock(Mutex<(Duration, Vec<Duration>)>);

impl Clock {
    pub fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().1.clone()
    }
}

impl tenure_scim_client::Timer for Clock {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, wait: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        let mut inner = self.0.lock().unwrap();
        inner.0 += wait;
        inner.1.push(wait);
        Box::pin(std::future::ready(()))
    }
}
