//! Whatever one client sends to a server of two tenants: it is answered, never with an internal error, never with
//! anything of the other tenant, and a filter never selects what does not match it.
//!
//! Input: requests, each a line `METHOD path`, lines `name: value`, an empty line and a body, with the byte 0x1e between
//! them. `{id}` stands for the id of a user that is there, and `{one}` for the base path of the client's own tenant.
#![no_main]

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tenure_scim::event::EventToken;
use tenure_scim::{Filter, Profile, Resource, SchemaRegistry};
use tenure_scim_server::{AsyncAnswers, EventSink, Principal, Server, Tenants, Work};
use tenure_store::directory::DirectoryConnector;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));
static REGISTRY: LazyLock<SchemaRegistry> = LazyLock::new(SchemaRegistry::builtin);

const OURS: &str = "token-of-one";
const THEIRS: &str = "token-of-two";
/// Stands in every attribute of the other tenant's user.
const MARK: &str = "zq-private-to-two";

#[derive(Debug)]
struct Nobody;

#[async_trait]
impl EventSink for Nobody {
    async fn deliver(&self, _: &Principal, event: &EventToken) {
        assert!(!json!(event).to_string().contains(MARK));
    }
}

fn tenant(name: &str, profile: &str, token: &str, work: Arc<Mutex<Vec<Work>>>) -> Server {
    let clock = || Arc::new(|| DateTime::UNIX_EPOCH);
    let directory = DirectoryConnector::builder(REGISTRY.clone(), clock()).in_memory().expect("a directory");
    let spawn = Arc::new(move |task| work.lock().expect("no panic").push(task));
    Server::builder(Arc::new(directory), REGISTRY.clone(), clock())
        .base_path(format!("/{name}/scim/v2"))
        .profile(Profile::named(profile).unwrap_or_else(Profile::strict))
        .token(token, name)
        .async_answers(AsyncAnswers::new("https://one.example.com", Arc::new(Nobody), spawn))
        .build()
        .expect("a server")
}

async fn make(tenants: &Tenants, base: &str, token: &str, name: &str) -> String {
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
                      "externalId": name, "displayName": name, "emails": [{"type": "work", "value": name}]});
    let request = Request::post(format!("{base}/Users")).header("authorization", format!("Bearer {token}"));
    let answer = tenants.handle(request.body(Bytes::from(user.to_string())).expect("a request")).await;
    let body: Value = serde_json::from_slice(answer.body()).expect("a user");
    body["id"].as_str().expect("an id").to_owned()
}

fn read(text: &[u8], id: &str) -> Option<Request<Bytes>> {
    let end = text.windows(2).position(|pair| pair == b"\n\n").unwrap_or(text.len());
    let head = std::str::from_utf8(&text[..end]).ok()?.replace("{one}", "/one/scim/v2").replace("{id}", id);
    let body = text.get(end + 2..).unwrap_or_default();
    let mut lines = head.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(path);
    let mut signed = false;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        signed |= name.eq_ignore_ascii_case("authorization");
        request = request.header(name, value);
    }
    if !signed {
        request = request.header("authorization", format!("Bearer {OURS}"));
    }
    let body = match std::str::from_utf8(body) {
        Ok(text) => Bytes::from(text.replace("{id}", id)),
        Err(_) => Bytes::copy_from_slice(body),
    };
    request.body(body).ok()
}

fn check(sent: &Request<Bytes>, answer: &Response<Bytes>, theirs: &str, asks_for_it: bool) {
    let status = answer.status().as_u16();
    assert!(status < 500 || status == 501, "{sent:?}: {answer:?}");
    assert!(answer.headers().contains_key("x-request-id") || status == 404);
    let text = String::from_utf8_lossy(answer.body());
    // Who sends the text may get it back in an error.
    assert!(asks_for_it || !text.contains(MARK), "{sent:?}: {answer:?}");
    assert!(!text.contains(theirs), "{sent:?}: {answer:?}");
    if sent.uri().path().starts_with("/two/") {
        assert!([401, 404].contains(&status) || sent.uri().path().contains("ServiceProviderConfig"), "{sent:?}");
    }
    if status >= 400 {
        let body: Value = serde_json::from_slice(answer.body()).expect("an error is JSON");
        assert_eq!(body["status"], status.to_string());
    } else if !text.is_empty() {
        serde_json::from_str::<Value>(&text).expect("an answer is JSON");
    }
    if status == 200 {
        check_filter(sent, &text);
    }
}

/// Attributes whose stored value is not what is shown, or not shown at all.
const NOT_AS_SHOWN: [&str; 7] = ["meta", "ref", "password", "schemas", "groups", "members", "attributes"];

fn check_filter(sent: &Request<Bytes>, text: &str) {
    let query = sent.uri().query().unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let mut filters = pairs.iter().filter(|(name, _)| name.eq_ignore_ascii_case("filter"));
    let (Some((_, filter)), None) = (filters.next(), filters.next()) else { return };
    let lower = query.to_lowercase();
    if sent.method() != "GET" || NOT_AS_SHOWN.iter().any(|name| lower.contains(name)) {
        return;
    }
    let path = sent.uri().path().trim_end_matches('/');
    let schema = REGISTRY.resource(if path.ends_with("/Users") { "User" } else { "Group" }).expect("a type");
    let compiled = Filter::parse(filter).ok().and_then(|filter| filter.compile(schema).ok());
    let (Some(compiled), true) = (compiled, path.ends_with("/Users") || path.ends_with("/Groups")) else { return };
    let body: Value = serde_json::from_str(text).expect("a list");
    for found in body["Resources"].as_array().into_iter().flatten() {
        let resource = Resource::from_json(found.clone()).expect("a resource");
        assert!(compiled.matches(&resource), "`{filter}` gave {found}");
    }
}

fuzz_target!(|data: &[u8]| {
    RUNTIME.block_on(async {
        let work: Arc<Mutex<Vec<Work>>> = Arc::default();
        let tenants = Tenants::new()
            .with(tenant("one", "entra", OURS, Arc::clone(&work)))
            .with(tenant("two", "strict", THEIRS, Arc::default()));
        let id = make(&tenants, "/one/scim/v2", OURS, "anna").await;
        let theirs = make(&tenants, "/two/scim/v2", THEIRS, MARK).await;
        let asks_for_it = data.windows(8).any(|part| part.eq_ignore_ascii_case(&MARK.as_bytes()[..8]));
        for text in data.split(|byte| *byte == 0x1e).take(8) {
            let Some(request) = read(text, &id) else { continue };
            // The other tenant's own client is not the one that is tested.
            if request.headers().values().any(|value| value.as_bytes().windows(3).any(|part| part == b"two")) {
                continue;
            }
            let answer = tenants.handle(request.clone()).await;
            check(&request, &answer, &theirs, asks_for_it);
            let tasks: Vec<Work> = work.lock().expect("no panic").drain(..).collect();
            for task in tasks {
                task.await;
            }
        }
    });
});
