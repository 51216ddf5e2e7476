//! The server as an `axum::Router`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::Response;
use http::header::CONNECTION;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tenure_connector::Timer;
use tenure_scim::ScimError;
use tokio::time::Instant;

use crate::Server;
use crate::reply::Reply;

impl Server {
    /// The endpoints as a router. Mount it with `merge`; it answers everything under the base path.
    ///
    /// Calls of the connector end after the server's time limit. A body is read up to the largest limit of the server and no further, and for no longer than the server's time
    /// limit. Whoever accepts the connections bounds how long a client may take to send the headers.
    pub fn router(&self) -> Router {
        self.inner.connector.time_by(Arc::new(TokioTimer(Instant::now())));
        let base = self.base_path();
        let router = if base.is_empty() {
            Router::new().fallback(answer)
        } else {
            Router::new()
                .route(base, axum::routing::any(answer))
                .route(&format!("{base}/"), axum::routing::any(answer))
                .route(&format!("{base}/{{*rest}}"), axum::routing::any(answer))
        };
        router.with_state(self.clone())
    }
}

async fn answer(State(server): State<Server>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let limits = &server.inner.limits;
    let most = limits.body_bytes.max(limits.bulk_bytes);
    let read = tokio::time::timeout(limits.time, Limited::new(body, most).collect()).await;
    let body = match read {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => {
            return refused(&ScimError::payload_too_large(format!("the body is longer than {most} bytes")));
        }
        Ok(Err(_)) => return refused(&ScimError::invalid_syntax("the body ends before its length")),
        Err(_) => return refused(&ScimError::from_parts(408, None, "the body did not arrive in time")),
    };
    server.handle(http::Request::from_parts(parts, body)).await.map(Body::from)
}

/// The answer to a request that could not be read. The connection is in an unknown state, so it is closed.
fn refused(error: &ScimError) -> Response<Body> {
    Reply::error(error).with(CONNECTION, "close").into_response(false).map(Body::from)
}

/// The timer of the runtime that a router needs anyway.
#[derive(Debug)]
struct TokioTimer(Instant);

impl Timer for TokioTimer {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}
