//! What a form sends: read to a bound, from this site's own pages only.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use tokio::time::timeout;
use url::form_urlencoded;

use crate::Visitor;

/// The fields of a form; the last of several with one name counts.
pub(crate) type Form = BTreeMap<String, String>;

/// A reason has its place; a book has not.
const MOST: usize = 16 * 1024;

/// How long a form may take to arrive: nobody holds a connection by sending slowly.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a form that one of the visitor's own pages sent.
pub(crate) async fn read(parts: &Parts, body: Body, visitor: &Visitor) -> Result<Form, StatusCode> {
    let form = read_any(parts, body).await?;
    match form.get(TOKEN) {
        Some(token) if visitor.made(token) => Ok(form),
        _ => Err(StatusCode::FORBIDDEN),
    }
}

/// Reads a form of somebody who has no session yet.
pub(crate) async fn read_any(parts: &Parts, body: Body) -> Result<Form, StatusCode> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    // Every browser of today says where a form comes from.
    if header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(StatusCode::FORBIDDEN);
    }
    let kind = header("content-type").unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let read = timeout(PATIENCE, Limited::new(body, MOST).collect()).await;
    let body = read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(form_urlencoded::parse(&body.to_bytes()).into_owned().collect())
}

/// The field with the token of the session.
pub(crate) const TOKEN: &str = "token";
