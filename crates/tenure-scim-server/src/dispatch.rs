//! From an HTTP request to a handler and back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, HeaderName};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use tenure_connector::Context;
use tenure_scim::filter::{Filter, FilterLimits, Literal};
use tenure_scim::message::SearchRequest;
use tenure_scim::{Fired, ResourceSchema, ScimError};
use tracing::Instrument;

use crate::auth::{AuthFailure, Principal};
use crate::body::{self, Sent};
use crate::call::{Call, Key};
use crate::config::PersonalFilters;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::gate::Place;
use crate::handlers::write::Target;
use crate::handlers::{bulk, create, delete, discovery, list, patch, read, replace, root};
use crate::later::{self, wish};
use crate::reply::Reply;
use crate::route::{Route, SUFFIX};
use crate::server::Inner;

/// Answers one request.
pub(crate) async fn handle(server: &Arc<Inner>, request: Request<Bytes>) -> Response<Bytes> {
    let id = request_id(request.headers());
    let plain = wants_plain_json(request.headers());
    let route = route(server, request.uri().path());
    // Neither the path nor the query goes into the span: both can hold names of people.
    let span = tracing::info_span!("scim", request = %id, method = %request.method(), route = route.name());
    let reply = async {
        let reply = match admit(server, request, route, id.clone()).await {
            Ok(request) => answer(request).await,
            Err(reply) => reply,
        };
        tracing::info!(status = reply.status.as_u16(), "answered");
        reply
    }
    .instrument(span)
    .await;
    reply.with(REQUEST_ID, &id).into_response(plain)
}

/// A request that may be worked on. It keeps its place as long as it lives.
pub(crate) struct Admitted {
    pub(crate) server: Arc<Inner>,
    pub(crate) principal: Principal,
    pub(crate) request: Request<Bytes>,
    pub(crate) id: String,
    /// The transaction of a request that is answered later.
    pub(crate) txn: Option<String>,
    /// The key under which an earlier process began it.
    begun: Option<String>,
    route: Route,
    _place: Option<Place>,
}

async fn admit(
    server: &Arc<Inner>,
    request: Request<Bytes>,
    route: Route,
    id: String,
) -> Result<Admitted, Reply> {
    let Some(place) = server.gate.enter() else {
        return Err(Reply::error(&ScimError::from_parts(503, None, "the service is busy"))
            .retry_after(Duration::from_secs(1)));
    };
    if matches!(route, Route::Unknown) {
        return Err(ScimError::not_found("there is no such endpoint").into());
    }
    let found = authenticate(server, request.headers(), &route).await;
    // Whoever is not known shares one rate with all others who are not.
    let caller = found.as_ref().map_or(NOBODY, |principal| principal.name.as_str());
    if let Some(buckets) = &server.buckets
        && let Err(wait) = buckets.take(caller, server.now())
    {
        return Err(Reply::error(&ScimError::too_many_requests("the client sends too many requests"))
            .retry_after(wait));
    }
    let principal = found?;
    Ok(Admitted {
        server: Arc::clone(server),
        principal,
        request,
        id,
        txn: None,
        begun: None,
        route,
        _place: Some(place),
    })
}

async fn answer(request: Admitted) -> Reply {
    let server = Arc::clone(&request.server);
    let Some(later) = &server.later else { return request.serve().await };
    match wish(request.request.method(), &request.route, request.request.headers()) {
        Some(wish) => later::answer(request, later, wish).await,
        None => {
            let reply = request.serve().await;
            if reply.job.is_some() { later::hand_over(request, later, reply).await } else { reply }
        }
    }
}

impl Admitted {
    /// A request that was accepted before, by another process.
    pub(crate) fn again(
        server: &Arc<Inner>,
        principal: Principal,
        request: Request<Bytes>,
        id: &str,
        key: &str,
    ) -> Self {
        Self {
            server: Arc::clone(server),
            principal,
            route: route(server, request.uri().path()),
            request,
            id: id.to_owned(),
            txn: None,
            begun: Some(key.to_owned()),
            _place: None,
        }
    }

    /// Does what the request asks for.
    pub(crate) async fn serve(&self) -> Reply {
        let call = Call {
            server: &self.server,
            principal: self.principal.clone(),
            ctx: Context::new(self.id.as_str()).with_deadline(self.server.limits.time),
            id: self.id.clone(),
            key: self.key(),
        };
        match serve(&call, &self.request, &self.route).await {
            Ok(reply) => reply,
            Err(failure) => failure.into(),
        }
    }

    /// What names the writes of this request.
    pub(crate) fn key(&self) -> Key {
        let sent = self.request.headers().get(IDEMPOTENCY_KEY);
        let known = self.begun.clone().or_else(|| sent.map(|sent| self.hashed(sent.as_bytes())));
        match known.or_else(|| self.txn.as_ref().map(|txn| format!("scim/{txn}"))) {
            Some(text) => Key { text, once: false },
            // A read has no writes to name.
            None if self.request.method() == Method::GET => Key { text: String::new(), once: true },
            // An id that the client chose may come twice.
            None if self.request.headers().contains_key(REQUEST_ID) => {
                Key { text: format!("scim/{}", uuid::Uuid::new_v4()), once: true }
            }
            None => Key { text: format!("scim/{}", self.id), once: true },
        }
    }

    /// Names the writes of this request over retries: by the client's key, which counts for the same client and the same
    /// endpoint only, and whose length costs nothing.
    fn hashed(&self, sent: &[u8]) -> String {
        let method = self.request.method().as_str();
        let mut hash = Sha256::new();
        for part in
            [self.principal.name.as_bytes(), method.as_bytes(), self.request.uri().path().as_bytes(), sent]
        {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().iter().fold("scim/".to_owned(), |key, byte| format!("{key}{byte:02x}"))
    }
}

async fn authenticate(server: &Inner, headers: &HeaderMap, route: &Route) -> Result<Principal, Reply> {
    match server.authenticate.authenticate(headers, server.now()).await {
        Ok(principal) => Ok(principal),
        // SPEC: RFC 7643 section 5: a client reads there how to authenticate, so it need not be authenticated.
        Err(AuthFailure::Missing) if matches!(route, Route::ServiceProviderConfig) => {
            Ok(Principal::new(NOBODY))
        }
        Err(AuthFailure::Unavailable) => {
            Err(Reply::error(&ScimError::from_parts(503, None, "the credential cannot be checked now"))
                .retry_after(Duration::from_secs(5)))
        }
        Err(_) => Err(ScimError::unauthorized("expected a valid bearer token").into()),
    }
}

async fn serve(call: &Call<'_>, request: &Request<Bytes>, route: &Route) -> Answer {
    let method = request.method();
    let query = || from_url(call, request.uri().query());
    let conditions = || Conditions::from_headers(request.headers());
    match (route, method) {
        (Route::ServiceProviderConfig, &Method::GET) => Ok(discovery::config(call.server)),
        (Route::ResourceTypes(name), &Method::GET) => {
            discovery::resource_types(call.server, name.as_deref(), &query()?)
        }
        (Route::Schemas(urn), &Method::GET) => discovery::schemas(call.server, urn.as_deref(), &query()?),
        (Route::Collection(endpoint), &Method::GET) => {
            list::list(call, call.served(endpoint)?, &query()?).await
        }
        (Route::Collection(endpoint), &Method::POST) => {
            let schema = call.served(endpoint)?;
            create::create(call, schema, sent(call, request)?, &query()?).await
        }
        (Route::CollectionSearch(endpoint), &Method::POST) => {
            let schema = call.served(endpoint)?;
            list::list(call, schema, &from_body(call, json(call, request)?)?).await
        }
        (Route::Root, &Method::GET) => root::search(call, &query()?).await,
        (Route::RootSearch, &Method::POST) => {
            root::search(call, &from_body(call, json(call, request)?)?).await
        }
        (Route::Bulk, &Method::POST) => bulk::bulk(call, request).await,
        (Route::Item(endpoint, txn), &Method::GET) if endpoint == later::ENDPOINT => {
            later::status(call.server, &call.principal.name, txn).await
        }
        (Route::Item(endpoint, id), _) => {
            item(call, request, call.served(endpoint)?, id, &query()?, &conditions()).await
        }
        (Route::Me, _) => {
            let me = call.principal.me.clone();
            let me = me.ok_or_else(|| ScimError::not_implemented("the client is not itself a resource"))?;
            let schema = call.server.served().find(|schema| schema.name() == me.resource_type);
            let schema = schema.ok_or_else(|| ScimError::not_found("there is no such resource"))?;
            item(call, request, schema, &me.id, &query()?, &conditions()).await
        }
        _ => Ok(not_allowed(route)),
    }
}

async fn item(
    call: &Call<'_>,
    request: &Request<Bytes>,
    schema: &ResourceSchema,
    id: &str,
    query: &SearchRequest,
    conditions: &Conditions,
) -> Answer {
    let target = Target { schema, id, query, conditions };
    match *request.method() {
        Method::GET => {
            let answer = read::read(call, schema, id, query, conditions).await;
            // An id may itself end like the format.
            match id.strip_suffix(SUFFIX).filter(|bare| !bare.is_empty() && status_of(&answer) == 404) {
                Some(bare) => read::read(call, schema, bare, query, conditions).await,
                None => answer,
            }
        }
        Method::PUT => replace::replace(call, target, sent(call, request)?).await,
        Method::PATCH => patch::patch(call, target, json(call, request)?).await,
        Method::DELETE => delete::delete(call, schema, id, conditions).await,
        _ => Ok(not_allowed(&Route::Item(String::new(), String::new()))),
    }
}

fn json(call: &Call<'_>, request: &Request<Bytes>) -> Result<serde_json::Value, ScimError> {
    let limits = &call.server.limits;
    body::json(request.headers(), request.body(), limits.body_bytes, limits)
}

fn sent(call: &Call<'_>, request: &Request<Bytes>) -> Result<Sent, ScimError> {
    let limits = &call.server.limits;
    body::sent(request.headers(), request.body(), limits.body_bytes, limits)
}

fn from_url(call: &Call<'_>, query: Option<&str>) -> Result<SearchRequest, ScimError> {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
    let pairs = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    let mut fired = Fired::default();
    let read = SearchRequest::from_pairs_with(pairs, &filter_limits(call), &call.server.profile, &mut fired);
    call.server.count_tolerances(&fired);
    let read = read?;
    let bodies_only = call.server.personal_filters == PersonalFilters::OnlyInBodies;
    match &read.filter {
        // SPEC: RFC 7644 section 7.5.2.
        Some(filter) if bodies_only && is_personal(filter) => {
            let detail = "values of people may stand in no address: expected a POST to `.search`";
            Err(ScimError::sensitive(detail))
        }
        _ => Ok(read),
    }
}

/// Whether a filter holds a text that may be about a person: anything but ids, and what the service says of its resources.
fn is_personal(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(is_personal),
        Filter::Not(part) => is_personal(part),
        Filter::Element(element) => is_personal(&element.filter),
        Filter::Present(_) => false,
        Filter::Compare(comparison) => {
            let known = ["id", "meta", "schemas"].iter().any(|name| comparison.path.name() == name);
            !known && matches!(comparison.value, Literal::String(_) | Literal::Number(_))
        }
    }
}

fn from_body(call: &Call<'_>, body: serde_json::Value) -> Result<SearchRequest, ScimError> {
    let mut fired = Fired::default();
    let read = SearchRequest::from_json(body, &filter_limits(call), &call.server.profile, &mut fired);
    call.server.count_tolerances(&fired);
    read
}

fn filter_limits(call: &Call<'_>) -> FilterLimits {
    FilterLimits { max_length: call.server.limits.filter_bytes, ..FilterLimits::default() }
}

fn not_allowed(route: &Route) -> Reply {
    let allow = match route {
        Route::ServiceProviderConfig | Route::ResourceTypes(_) | Route::Schemas(_) | Route::Root => "GET",
        Route::Collection(_) => "GET, POST",
        Route::Item(..) | Route::Me => "GET, PUT, PATCH, DELETE",
        _ => "POST",
    };
    let error = ScimError::from_parts(405, None, format!("this endpoint allows {allow}"));
    Reply::error(&error).with(ALLOW, allow)
}

fn route(server: &Inner, path: &str) -> Route {
    match path.strip_prefix(server.base_path.as_str()) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Route::parse(rest),
        _ => Route::Unknown,
    }
}

/// The client's own id when it is short and plain, so that it cannot break a log line; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |text: &&str| {
        !text.is_empty()
            && text.len() <= 128
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(plain)
        .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

/// Whether the client asks for `application/json` and not for `application/scim+json`.
fn wants_plain_json(headers: &HeaderMap) -> bool {
    let mut plain = false;
    for value in headers.get_all(ACCEPT) {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        if text.contains("application/scim+json") || text.contains("*/*") {
            return false;
        }
        plain |= text.contains("application/json");
    }
    plain
}

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The name of a caller without a credential.
const NOBODY: &str = "anonymous";
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The status of a reply that a handler or its failure became.
pub(crate) fn status_of(answer: &Answer) -> u16 {
    match answer {
        Ok(reply) => reply.status.as_u16(),
        Err(failure) => StatusCode::from_u16(failure.error.status()).map_or(500, |status| status.as_u16()),
    }
}
