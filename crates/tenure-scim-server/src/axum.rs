//! The server as an `axum::Router`.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::Server;

impl Server {
    /// The endpoints as a router. Mount it with `merge`; it answers everything under the base path.
    ///
    /// A body is read up to the largest limit of the server and no further, and never for longer than the server's time
    /// limit when the caller wraps the router in a timeout.
    pub fn router(&self) -> Router {
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
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let mut response = Response::new(Body::from(too_large(most)));
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return response;
        }
        Err(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return response;
        }
    };
    server.handle(http::Request::from_parts(parts, body)).await.map(Body::from)
}

fn too_large(most: usize) -> Bytes {
    let error = tenure_scim::ScimError::payload_too_large(format!("the body is longer than {most} bytes"));
    serde_json::to_vec(&error).map(Bytes::from).unwrap_or_default()
}
