//! What is logged holds no personal data. Alone in its file: other tests in the process would decide what is logged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use common::*;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn names_values_ids_filters_and_tokens_are_in_no_line() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let server = builder().profile(tenure_scim::Profile::named("entra").unwrap()).build().unwrap();
    let mut person = user("zz-anna");
    person["emails"] = json!([{"type": "work", "value": "zz-anna@example.com"}]);
    person["password"] = json!("zz-password");
    person["roles"] = json!([]);
    let made = send_with(&server, "POST", "/Users", Some(person), &[("x-request-id", "request-7")]).await;
    let path = format!("/Users/{}", made.id());
    send(&server, "POST", "/Users", Some(user("ZZ-anna"))).await;
    get(&server, &path).await;
    get(&server, "/Users?filter=userName+eq+%22zz-anna%22").await;
    get(&server, "/Users?filter=zz-nonsense").await;
    raw(&server, "POST", "/Users", "{\"userName\":\"zz-broken".into(), &[]).await;
    let change = patch(json!([{"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "displayName", "value": "zz-name"}]));
    send(&server, "PATCH", &path, Some(change)).await;
    send_with(&server, "GET", "/Users", None, &[("authorization", "Bearer zz-token")]).await;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("request-7") && text.contains("status=201"), "something is logged: {text}");
    for private in ["zz-", "ZZ-", TOKEN, &made.id()] {
        assert!(!text.contains(private), "`{private}` is in the log: {text}");
    }
}
