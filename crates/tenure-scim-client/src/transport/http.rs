use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use url::Url;

use super::{Terms, Transport, TransportError, TransportFailure};

/// Sends over the network with a [`reqwest::Client`] that the program configured: TLS, proxy, pool.
///
/// Build it with `redirect(reqwest::redirect::Policy::none())`. With another policy an answer from another address
/// than the one that was asked is refused, but the request has been there by then.
#[derive(Debug, Clone)]
pub struct HttpTransport(reqwest::Client);

impl HttpTransport {
    /// Takes a configured client.
    #[must_use]
    pub fn new(client: reqwest::Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>, terms: Terms) -> Result<Response<Bytes>, TransportError> {
        let asked: Url = request.uri().to_string().parse().map_err(|error: url::ParseError| {
            TransportError::new(TransportFailure::Request, "the address is no URL").with_source(error)
        })?;
        let (parts, body) = request.into_parts();
        let sent = self.0.request(parts.method, asked.clone()).headers(parts.headers).timeout(terms.timeout);
        let sent = if body.is_empty() { sent } else { sent.body(body) };
        let mut answer = sent.send().await.map_err(failed)?;
        if answer.url() != &asked {
            return Err(TransportError::new(
                TransportFailure::Elsewhere,
                "the answer came from another address, after a redirect",
            ));
        }
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = answer.headers().clone();
        }
        let announced = answer.content_length().unwrap_or(0);
        if announced > terms.max_body as u64 {
            return Err(too_large(terms));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > terms.max_body {
                return Err(too_large(terms));
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body.freeze()).map_err(|error| {
            TransportError::new(TransportFailure::Broken, "the answer is no HTTP").with_source(error)
        })
    }
}

fn too_large(terms: Terms) -> TransportError {
    let detail = format!("the answer has more than {} bytes", terms.max_body);
    TransportError::new(TransportFailure::TooLarge, detail)
}

fn failed(error: reqwest::Error) -> TransportError {
    // The URL can hold a filter with personal data.
    let error = error.without_url();
    let (failure, detail) = if error.is_connect() {
        (TransportFailure::Connect, "no connection to the peer")
    } else if error.is_timeout() {
        (TransportFailure::Timeout, "no whole answer in time")
    } else if error.is_builder() {
        (TransportFailure::Request, "the request cannot be built")
    } else {
        (TransportFailure::Broken, "the connection ended before the whole answer")
    };
    TransportError::new(failure, detail).with_source(error)
}
