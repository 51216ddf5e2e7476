use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenure_policy::IdentityId;
use tenure_store::{AuditDraft, Batch, Condition, Store, StoreError, Write, sha256_hex};
use uuid::Uuid;

use crate::page::Page;
use crate::web::Clock;
use crate::{Gate, Visitor, answer, form};

/// Lets those in who were invited: an invitation is used once, and what it gives is a session of some hours.
///
/// For a program, or a command line, that has no sign-in of its own. The store keeps hashes of invitations and sessions, with
/// whose they are and until when; who reads the store can take the place of nobody.
#[derive(Clone)]
pub struct SignIn {
    store: Arc<dyn Store>,
    clock: Clock,
    base: String,
    secure: bool,
    lasts: TimeDelta,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("base", &self.base)
            .field("secure", &self.secure)
            .finish_non_exhaustive()
    }
}

/// An invitation or a session, kept under the hash of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pass {
    who: IdentityId,
    until: DateTime<Utc>,
}

impl SignIn {
    /// Over a store; sessions last eight hours.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock, base: String::new(), secure: false, lasts: TimeDelta::hours(8) }
    }

    /// Lets browsers send the session over HTTPS only. Say so wherever they come by HTTPS, also to a proxy in front.
    #[must_use]
    pub fn over_https(mut self) -> Self {
        self.secure = true;
        self
    }

    /// Lets sessions last this long.
    #[must_use]
    pub fn lasting(mut self, lasts: TimeDelta) -> Self {
        self.lasts = lasts;
        self
    }

    pub(crate) fn under(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// Invites somebody: returns the secret that lets them in once, until then. It is not kept, only its hash is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn invite(
        &self,
        who: &IdentityId,
        by: &str,
        until: DateTime<Utc>,
    ) -> Result<String, StoreError> {
        let secret = secret();
        let pass = json!(Pass { who: who.clone(), until });
        let mut batch = Batch::new()
            .with(Write::Value { key: key(INVITATION, &secret), value: pass })
            .with(self.record(by, "web.invite", who, json!({"until": until})));
        batch.writes.extend(self.outdated().await?);
        self.store.commit(batch).await?;
        Ok(secret)
    }

    /// Forgets what lets nobody in any more.
    async fn outdated(&self) -> Result<Vec<Write>, StoreError> {
        let now = (self.clock)();
        let kept = self.store.values("web/").await?.into_iter();
        let over = kept.filter(|(_, value)| {
            serde_json::from_value::<Pass>(value.clone()).is_ok_and(|pass| pass.until <= now)
        });
        Ok(over.map(|(key, _)| Write::Value { key, value: Value::Null }).collect())
    }

    pub(crate) fn router(&self) -> Router {
        let base = &self.base;
        Router::new()
            .route(&format!("{base}/sign-in"), get(show).post(enter))
            .route(&format!("{base}/sign-out"), post(leave))
            .with_state(self.clone())
    }

    /// Takes an invitation for a session. Of two who use it at the same moment, one is let in.
    async fn redeem(&self, invitation: &str) -> Result<Option<String>, StoreError> {
        let now = (self.clock)();
        let at = key(INVITATION, invitation);
        let Some(read) = self.store.value(&at).await? else { return Ok(None) };
        let Some(pass) = serde_json::from_value::<Pass>(read.clone()).ok().filter(|pass| now < pass.until)
        else {
            return Ok(None);
        };
        let session = secret();
        let given = json!(Pass { who: pass.who.clone(), until: now + self.lasts });
        let batch = Batch::new()
            .when(Condition::ValueIs { key: at.clone(), value: read })
            .with(Write::Value { key: at, value: Value::Null })
            .with(Write::Value { key: key(SESSION, &session), value: given })
            .with(self.record(pass.who.as_str(), "web.sign_in", &pass.who, Value::Null));
        match self.store.commit(batch).await {
            Ok(()) => Ok(Some(session)),
            Err(error) if error.is_conflict() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The session that a request brings, as long as it lasts.
    async fn session(&self, headers: &HeaderMap) -> Result<Option<(String, IdentityId)>, StoreError> {
        let Some(secret) = cookie(headers) else { return Ok(None) };
        let found = self.store.value(&key(SESSION, &secret)).await?;
        let pass = found.and_then(|value| serde_json::from_value::<Pass>(value).ok());
        Ok(pass.filter(|pass| (self.clock)() < pass.until).map(|pass| (secret, pass.who)))
    }

    fn record(&self, by: &str, action: &str, who: &IdentityId, why: Value) -> Write {
        Write::Audit(AuditDraft {
            at: (self.clock)(),
            actor: by.to_owned(),
            action: action.to_owned(),
            target: None,
            identity: Some(who.to_string()),
            object: None,
            why,
            before: Value::Null,
            after: Value::Null,
            outcome: "recorded".to_owned(),
        })
    }

    fn with_cookie(&self, mut response: Response, value: &str, lasts: TimeDelta) -> Response {
        let (path, age) = (if self.base.is_empty() { "/" } else { &self.base }, lasts.num_seconds());
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{NAME}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
        if let Ok(text) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(SET_COOKIE, text);
        }
        response
    }

    fn ask(&self, status: StatusCode, wrong: Option<&str>) -> Response {
        let mut page = Page::open(&self.base, "Sign in");
        if let Some(wrong) = wrong {
            page.alert(wrong);
        }
        page.text("Enter the invitation that you were given. It lets you in once.");
        page.ask_secret("/sign-in", "invitation", "Invitation", "Sign in");
        answer::html(status, page.finish())
    }

    fn failed(&self, error: &StoreError) -> Response {
        tracing::error!(%error, "a session could not be read");
        self.ask(StatusCode::INTERNAL_SERVER_ERROR, Some("it does not work just now; try again later"))
    }
}

#[async_trait]
impl Gate for SignIn {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Response> {
        match self.session(&request.headers).await {
            Ok(Some((secret, who))) => {
                Ok(Visitor::new(who, &secret).with_sign_out(&format!("{}/sign-out", self.base)))
            }
            Ok(None) => Err(answer::see(&format!("{}/sign-in", self.base))),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

async fn show(State(sign_in): State<SignIn>) -> Response {
    sign_in.ask(StatusCode::OK, None)
}

async fn enter(State(sign_in): State<SignIn>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = match form::read_any(&parts, body).await {
        Ok(form) => form,
        Err(status) => return sign_in.ask(status, Some("the form did not come from this page")),
    };
    let invitation = form.get("invitation").map(|text| text.trim()).unwrap_or_default();
    match sign_in.redeem(invitation).await {
        Ok(Some(session)) => {
            let there = answer::see(&format!("{}/", sign_in.base));
            sign_in.with_cookie(there, &session, sign_in.lasts)
        }
        Ok(None) => {
            let wrong = "this invitation is not known, was used already or is too old; ask for another one";
            sign_in.ask(StatusCode::FORBIDDEN, Some(wrong))
        }
        Err(error) => sign_in.failed(&error),
    }
}

async fn leave(State(sign_in): State<SignIn>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let found = match sign_in.session(&parts.headers).await {
        Ok(found) => found,
        Err(error) => return sign_in.failed(&error),
    };
    if let Some((secret, who)) = found {
        let visitor = Visitor::new(who, &secret);
        if let Err(status) = form::read(&parts, body, &visitor).await {
            return sign_in.ask(status, Some("the form did not come from a page of this session"));
        }
        let gone = Write::Value { key: key(SESSION, &secret), value: Value::Null };
        if let Err(error) = sign_in.store.commit(Batch::new().with(gone)).await {
            return sign_in.failed(&error);
        }
    }
    let there = answer::see(&format!("{}/sign-in", sign_in.base));
    sign_in.with_cookie(there, "", TimeDelta::zero())
}

/// 244 bits that nobody can guess.
fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

fn key(prefix: &str, secret: &str) -> String {
    format!("{prefix}{}", sha256_hex(secret.as_bytes()))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value.to_owned())
}

const NAME: &str = "tenure_session";
const INVITATION: &str = "web/invitation/";
const SESSION: &str = "web/session/";
