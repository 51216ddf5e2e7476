use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use tenure_connector_rest::HarRecorder;
use tenure_scim_client::{Terms, Transport, TransportError, TransportFailure};
use url::Url;

/// A transport that records what passes through it as HAR, without the secrets in it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use chrono::DateTime;
/// use tenure_connector_rest::HarRecorder;
/// use tenure_connector_scim::{Recorded, ScimConfig, ScimConnector};
/// use tenure_scim_client::HttpTransport;
///
/// let har = HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH));
/// let transport = Recorded::new(HttpTransport::new(reqwest::Client::new()), har.clone());
/// let config = ScimConfig::new("https://scim.example.com/v2".parse()?).with_bearer("token");
/// let connector = ScimConnector::over(config, transport)?;
/// assert_eq!(har.to_json()["log"]["entries"].as_array().map(Vec::len), Some(0));
/// # drop(connector);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Recorded<T> {
    inner: T,
    har: HarRecorder,
}

impl<T: Transport> Recorded<T> {
    /// Records what passes through another transport.
    #[must_use]
    pub fn new(inner: T, har: HarRecorder) -> Self {
        Self { inner, har }
    }
}

#[async_trait]
impl<T: Transport> Transport for Recorded<T> {
    async fn send(&self, request: Request<Bytes>, terms: Terms) -> Result<Response<Bytes>, TransportError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| {
            TransportError::new(TransportFailure::Request, "expected a request with a whole address")
        })?;
        let recorded = self.har.begin(request.method(), &url, request.headers(), request.body());
        let answer = self.inner.send(request, terms).await;
        match &answer {
            Ok(answer) => recorded.answered(answer.status().as_u16(), answer.headers(), answer.body()),
            Err(error) => recorded.failed(&error.to_string()),
        }
        answer
    }
}
