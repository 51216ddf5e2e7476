use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, Utc};
use http::StatusCode;
use tenure_governance::{Governance, GovernanceError};

use crate::listing::View;
use crate::page::Page;
use crate::{Gate, SignIn, Visitor, answer, form, page, pages};

/// Says what time it is. Libraries read no clock.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The pages over one [`Governance`].
#[derive(Clone)]
pub struct Web {
    pub(crate) inner: Arc<Inner>,
    sign_in: Option<SignIn>,
}

pub(crate) struct Inner {
    pub(crate) governance: Governance,
    gate: Arc<dyn Gate>,
    clock: Clock,
    pub(crate) base: String,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("base", &self.inner.base).finish_non_exhaustive()
    }
}

impl Web {
    /// Pages for those whom a gate lets in, below `/`.
    #[must_use]
    pub fn new(governance: Governance, gate: Arc<dyn Gate>, clock: Clock) -> Self {
        Self { inner: Arc::new(Inner { governance, gate, clock, base: String::new() }), sign_in: None }
    }

    /// Pages for those who were invited, below `/`.
    #[must_use]
    pub fn with_sign_in(governance: Governance, sign_in: SignIn, clock: Clock) -> Self {
        Self { sign_in: Some(sign_in.clone()), ..Self::new(governance, Arc::new(sign_in), clock) }
    }

    /// Puts the pages below a path, for instance `/access`.
    #[must_use]
    pub fn under(self, path: &str) -> Self {
        let base = match path.trim_matches('/') {
            "" => String::new(),
            path => format!("/{path}"),
        };
        let sign_in = self.sign_in.map(|sign_in| sign_in.under(&base));
        let Inner { governance, gate, clock, .. } = &*self.inner;
        let gate =
            sign_in.clone().map_or_else(|| Arc::clone(gate), |sign_in| Arc::new(sign_in) as Arc<dyn Gate>);
        let (governance, clock) = (governance.clone(), Arc::clone(clock));
        Self { inner: Arc::new(Inner { governance, gate, clock, base }), sign_in }
    }

    /// The pages as a router. Mount it with `merge`; it answers everything below its path.
    pub fn router(&self) -> Router {
        let base = &self.inner.base;
        let mut router = Router::new()
            .route(&format!("{base}/"), get(home))
            .route(&format!("{base}/style.css"), get(|| async { answer::css(page::style()) }))
            .route(&format!("{base}/requests/{{id}}"), get(request).post(decide))
            .route(&format!("{base}/reviews"), get(reviews))
            .route(&format!("{base}/reviews/{{campaign}}/{{item}}"), get(item).post(judge))
            .route(&format!("{base}/findings"), get(findings));
        if !base.is_empty() {
            let there = format!("{base}/");
            router = router.route(base, get(move || async move { answer::see(&there) }));
        }
        let mut router = router.with_state(self.clone());
        if let Some(sign_in) = &self.sign_in {
            router = router.merge(sign_in.router());
        }
        router
    }
}

impl Inner {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Lets somebody in, who is at work, or answers otherwise.
    async fn enter(&self, request: Request) -> Result<(Call<'_>, http::request::Parts, Body), Response> {
        let (parts, body) = request.into_parts();
        let visitor = self.gate.visitor(&parts).await?;
        let now = self.now();
        let found = match self.governance.is_at_work(&visitor.who, now).await {
            Ok(true) => self.governance.names(&BTreeSet::from([visitor.who.clone()])).await,
            Ok(false) => {
                let text = "only people who are at work see these pages";
                return Err(self.wrong(StatusCode::FORBIDDEN, text));
            }
            Err(error) => Err(error),
        };
        let names = found.map_err(|error| self.failed(&error))?;
        let name = names.into_values().next().unwrap_or_else(|| visitor.who.to_string());
        let view = View::of(&parts.uri);
        Ok((Call { web: self, visitor, name, now, view }, parts, body))
    }

    /// A page that says what went wrong and nothing else.
    pub(crate) fn wrong(&self, status: StatusCode, text: &str) -> Response {
        let mut page = Page::open(&self.base, status.canonical_reason().unwrap_or("Not possible"));
        page.alert(text);
        answer::html(status, page.finish())
    }

    /// A page for an error that no form can mend. What failed inside is for the log, not for the page.
    pub(crate) fn failed(&self, error: &GovernanceError) -> Response {
        match status(error) {
            StatusCode::INTERNAL_SERVER_ERROR => {
                tracing::error!(%error, "a page could not be made");
                self.wrong(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be made; try again later")
            }
            status => self.wrong(status, &error.to_string()),
        }
    }
}

/// Somebody who asks for a page.
pub(crate) struct Call<'a> {
    pub(crate) web: &'a Inner,
    pub(crate) visitor: Visitor,
    pub(crate) name: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) view: View,
}

impl Call<'_> {
    pub(crate) fn page(&self, title: &str) -> Page<'_> {
        Page::of(&self.web.base, &self.visitor, &self.name, title)
    }
}

/// What an error is over HTTP.
pub(crate) fn status(error: &GovernanceError) -> StatusCode {
    match error {
        GovernanceError::NotFound { .. } => StatusCode::NOT_FOUND,
        GovernanceError::NotAllowed { .. } => StatusCode::FORBIDDEN,
        GovernanceError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        GovernanceError::Changed { .. } | GovernanceError::Raced { .. } => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn home(State(web): State<Web>, request: Request) -> Response {
    match web.inner.enter(request).await {
        Ok((call, ..)) => pages::home(&call).await.unwrap_or_else(|error| web.inner.failed(&error)),
        Err(other) => other,
    }
}

async fn request(State(web): State<Web>, Path(id): Path<String>, request: Request) -> Response {
    match web.inner.enter(request).await {
        Ok((call, ..)) => {
            pages::request(&call, &id, None).await.unwrap_or_else(|error| web.inner.failed(&error))
        }
        Err(other) => other,
    }
}

async fn decide(State(web): State<Web>, Path(id): Path<String>, request: Request) -> Response {
    let (call, form) = match sent(&web, request).await {
        Ok(found) => found,
        Err(other) => return other,
    };
    pages::decide(&call, &id, &form).await.unwrap_or_else(|error| web.inner.failed(&error))
}

async fn reviews(State(web): State<Web>, request: Request) -> Response {
    match web.inner.enter(request).await {
        Ok((call, ..)) => pages::reviews(&call).await.unwrap_or_else(|error| web.inner.failed(&error)),
        Err(other) => other,
    }
}

async fn item(
    State(web): State<Web>,
    Path((campaign, item)): Path<(String, String)>,
    request: Request,
) -> Response {
    match web.inner.enter(request).await {
        Ok((call, ..)) => {
            let made = pages::item(&call, &campaign, &item, None).await;
            made.unwrap_or_else(|error| web.inner.failed(&error))
        }
        Err(other) => other,
    }
}

async fn judge(
    State(web): State<Web>,
    Path((campaign, item)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (call, form) = match sent(&web, request).await {
        Ok(found) => found,
        Err(other) => return other,
    };
    pages::judge(&call, &campaign, &item, &form).await.unwrap_or_else(|error| web.inner.failed(&error))
}

async fn findings(State(web): State<Web>, request: Request) -> Response {
    match web.inner.enter(request).await {
        Ok((call, ..)) => pages::findings(&call).await.unwrap_or_else(|error| web.inner.failed(&error)),
        Err(other) => other,
    }
}

/// Lets somebody in and reads the form that one of their pages sent.
async fn sent(web: &Web, request: Request) -> Result<(Call<'_>, form::Form), Response> {
    let (call, parts, body) = web.inner.enter(request).await?;
    match form::read(&parts, body, &call.visitor).await {
        Ok(form) => Ok((call, form)),
        Err(status) => {
            let text = "the form did not come from a page of this session; open the page again";
            Err(web.inner.wrong(status, text))
        }
    }
}
