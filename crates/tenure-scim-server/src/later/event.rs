//! The events that tell how a request ended.

use http::Method;
use http::header::{ETAG, HeaderName, LOCATION};
use tenure_scim::bulk::{BulkMethod, BulkOutcome};
use tenure_scim::event::{Event, EventToken, Subject, bulk_txn};

use super::Later;
use crate::reply::Reply;
use crate::server::Inner;

/// One event for a request, one for each operation of a bulk request.
pub(super) fn events(
    server: &Inner,
    later: &Later,
    txn: &str,
    (method, path): (&Method, &str),
    reply: &Reply,
) -> Vec<EventToken> {
    let token = |txn: String, place: &str, outcome: BulkOutcome| EventToken {
        jti: uuid::Uuid::new_v4().simple().to_string(),
        iat: server.now(),
        iss: later.answers.issuer.clone(),
        aud: later.answers.audience.clone(),
        txn: Some(txn),
        subject: Subject::new(below_base(server, outcome.location.as_deref().unwrap_or(place))),
        events: vec![Event::AsyncResponse(outcome)],
    };
    if reply.parts.is_empty() {
        return vec![token(txn.to_owned(), path, outcome(method, reply))];
    }
    // SPEC: RFC 9967 section 2.5.1.2: the position in the request, whatever the order in which they were done.
    let parts = reply.parts.iter().cloned().enumerate();
    parts.map(|(position, part)| token(bulk_txn(txn, position), path, part)).collect()
}

fn outcome(method: &Method, reply: &Reply) -> BulkOutcome {
    let header =
        |name: HeaderName| reply.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    BulkOutcome {
        method: match *method {
            Method::PUT => BulkMethod::Put,
            Method::PATCH => BulkMethod::Patch,
            Method::DELETE => BulkMethod::Delete,
            _ => BulkMethod::Post,
        },
        bulk_id: None,
        location: header(LOCATION),
        version: header(ETAG),
        status: reply.status.as_u16(),
        response: reply.failure(),
    }
}

/// SPEC: RFC 9967 section 2.1: the subject is named by its path below the base of the service.
fn below_base(server: &Inner, location: &str) -> String {
    let below =
        location.strip_prefix(&server.address("")).or_else(|| location.strip_prefix(&server.base_path));
    below.unwrap_or(location).to_owned()
}
