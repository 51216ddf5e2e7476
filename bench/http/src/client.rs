use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A pool of connections to one server.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    url: String,
    authorization: String,
}

impl Client {
    pub fn new(url: &str, token: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            pool: Pool::builder(TokioExecutor::new()).build(connector),
            url: url.trim_end_matches('/').to_owned(),
            authorization: format!("Bearer {token}"),
        }
    }

    /// The status and the bytes of the answer; status 0 when there is none.
    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Bytes) {
        let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        // A connection that the server closes between two requests is no answer of the server.
        for _ in 0..2 {
            let request = Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.url))
                .header("authorization", &self.authorization)
                .header("content-type", "application/scim+json")
                .body(Full::new(bytes.clone()))
                .expect("a request");
            let Ok(response) = self.pool.request(request).await else { continue };
            let status = response.status().as_u16();
            if let Ok(body) = response.into_body().collect().await {
                return (status, body.to_bytes());
            }
        }
        (0, Bytes::new())
    }

    pub async fn json(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (status, bytes) = self.send(method, path, body).await;
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}
