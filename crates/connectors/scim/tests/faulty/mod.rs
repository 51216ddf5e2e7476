//! A transport that throttles, or loses an answer, when it is told to.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, reason = "shared by tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use tenure_scim_client::{HttpTransport, Terms, Transport, TransportError, TransportFailure};
use tenure_testkit::conformance::FaultPort;

#[derive(Debug, Clone)]
pub struct Faulty {
    network: HttpTransport,
    next: Arc<Mutex<Option<Fault>>>,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Throttle(Option<Duration>),
    LoseWrite,
}

impl Default for Faulty {
    fn default() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { network: HttpTransport::new(http), next: Arc::default() }
    }
}

impl Faulty {
    /// The fault for a request, unless it waits for another one: discovery is never disturbed.
    fn take(&self, request: &Request<Bytes>) -> Option<Fault> {
        let mut next = self.next.lock().unwrap();
        let path = request.uri().path();
        let resources = ["/Users", "/Groups"].iter().any(|endpoint| path.contains(endpoint));
        let hit = match next.as_ref()? {
            Fault::Throttle(_) => resources,
            Fault::LoseWrite => resources && request.method() != Method::GET,
        };
        if hit { next.take() } else { None }
    }
}

#[async_trait::async_trait]
impl Transport for Faulty {
    async fn send(&self, request: Request<Bytes>, terms: Terms) -> Result<Response<Bytes>, TransportError> {
        match self.take(&request) {
            Some(Fault::Throttle(wait)) => {
                let answer = Response::builder().status(429);
                let answer = match wait {
                    Some(wait) => answer.header("retry-after", wait.as_secs()),
                    None => answer,
                };
                Ok(answer.body(Bytes::new()).unwrap())
            }
            Some(Fault::LoseWrite) => {
                self.network.send(request, terms).await?;
                Err(TransportError::new(TransportFailure::Timeout, "no whole answer in time"))
            }
            None => self.network.send(request, terms).await,
        }
    }
}

impl FaultPort for Faulty {
    fn throttle_next(&self, retry_after: Option<Duration>) -> bool {
        *self.next.lock().unwrap() = Some(Fault::Throttle(retry_after));
        true
    }

    fn lose_next_answer(&self) -> bool {
        *self.next.lock().unwrap() = Some(Fault::LoseWrite);
        true
    }

    fn expire_tokens(&self) -> bool {
        false
    }
}
