use serde_json::Value;
use tenure_connector::{Certainty, ErrorKind};

use crate::{Auth, ErrorRules, RestClient};

/// Lets a write fail in each of these ways, by the status and the body of the answer, and compares what it means. A server
/// that fails by itself leaves open whether something happened; anything else was refused.
///
/// # Panics
///
/// When one of them means something else.
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub fn assert_failures(rules: ErrorRules, failures: &[(u16, Value, ErrorKind)]) {
    let base = "http://127.0.0.1:9".parse().expect("an address");
    let client =
        RestClient::new(base, Auth::none(), reqwest::Client::new()).expect("a client").with_rules(rules);
    let write = client.post(&["users"]).expect("a request");
    for (status, body, kind) in failures {
        let error = client.read(&write, *status, &[], body).expect_err("a failure");
        let certainty = if *status >= 500 { Certainty::Unknown } else { Certainty::Refused };
        let found = (error.kind(), error.certainty());
        assert_eq!(found, (*kind, certainty), "{status} {body}: {error}");
    }
}
