use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use tenure_connector::{Clock, Connector, ObjectClass, Timer};
use tenure_scim::cursor::CursorKey;
use tenure_scim::validate::ValidateOptions;
use tenure_scim::{Profile, SchemaRegistry};

use crate::audit::Audit;
use crate::auth::{Authenticate, BearerTokens, Principal};
use crate::authorize::{AllowAll, Authorize};
use crate::bounded::Bounded;
use crate::config::{Deletion, Features, Limits, PatchAnswer, PersonalFilters};
use crate::gate::Gate;
use crate::later::{AsyncAnswers, Later};
use crate::rate::Buckets;
use crate::server::{Inner, Server, served};
use crate::walk::Walks;

/// Builds a [`Server`].
#[must_use]
pub struct ServerBuilder {
    connector: Arc<dyn Connector>,
    registry: SchemaRegistry,
    clock: Clock,
    base_path: String,
    base_url: Option<String>,
    profile: Profile,
    features: Features,
    limits: Limits,
    patch_answer: PatchAnswer,
    deletion: Deletion,
    personal_filters: PersonalFilters,
    validation: ValidateOptions,
    tokens: BearerTokens,
    authenticate: Option<Arc<dyn Authenticate>>,
    authorize: Arc<dyn Authorize>,
    audit: Option<Arc<dyn Audit>>,
    cursor_key: Option<CursorKey>,
    later: Option<AsyncAnswers>,
    timer: Option<Arc<dyn Timer>>,
}

/// Why a server cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Nobody could sign in.
    #[error("no token and no authenticator is given, so every request would be refused")]
    NoAuthentication,
    /// The connector has none of the registered resource types.
    #[error("the connector `{connector}` has none of the registered resource types")]
    NoResourceTypes {
        /// The system behind the connector.
        connector: String,
    },
    /// The base path is not a path.
    #[error("expected a base path that begins with a slash, found `{0}`")]
    BasePath(String),
}

impl ServerBuilder {
    pub(crate) fn new(connector: Arc<dyn Connector>, registry: SchemaRegistry, clock: Clock) -> Self {
        Self {
            connector,
            registry,
            clock,
            base_path: "/scim/v2".to_owned(),
            base_url: None,
            profile: Profile::strict(),
            features: Features::default(),
            limits: Limits::default(),
            patch_answer: PatchAnswer::default(),
            deletion: Deletion::default(),
            personal_filters: PersonalFilters::default(),
            validation: ValidateOptions::default(),
            tokens: BearerTokens::new(),
            authenticate: None,
            authorize: Arc::new(AllowAll),
            audit: None,
            cursor_key: None,
            later: None,
            timer: None,
        }
    }

    /// The path under which the endpoints are; `/scim/v2` unless said otherwise.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into().trim_end_matches('/').to_owned();
        self
    }

    /// The address of the base path as clients see it, for `meta.location` and `Location`.
    ///
    /// Without it they are paths. The `Host` header is never used, as the client writes it.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into().trim_end_matches('/').to_owned());
        self
    }

    /// Accepts a bearer token for a client of the given name.
    pub fn token(self, token: &str, client: &str) -> Self {
        self.tokens.add(token, Principal::new(client));
        self
    }

    /// Decides who is calling in another way. Tokens given with [`token`](Self::token) are not used then.
    pub fn authenticate(mut self, authenticate: Arc<dyn Authenticate>) -> Self {
        self.authenticate = Some(authenticate);
        self
    }

    /// Decides what a caller may do; everything unless said otherwise.
    pub fn authorize(mut self, authorize: Arc<dyn Authorize>) -> Self {
        self.authorize = authorize;
        self
    }

    /// Tells every operation to an audit hook.
    pub fn audit(mut self, audit: Arc<dyn Audit>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Which deviations from the RFCs are accepted; none unless said otherwise.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Which optional parts of the protocol are served.
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Bounds requests.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How a `PATCH` is answered.
    pub fn patch_answer(mut self, answer: PatchAnswer) -> Self {
        self.patch_answer = answer;
        self
    }

    /// What `DELETE` does.
    pub fn deletion(mut self, deletion: Deletion) -> Self {
        self.deletion = deletion;
        self
    }

    /// Where filters may hold values of people.
    pub fn personal_filters(mut self, allowed: PersonalFilters) -> Self {
        self.personal_filters = allowed;
        self
    }

    /// What unknown attributes and canonical values in the bodies of `POST` and `PUT` mean.
    ///
    /// Unless said otherwise unknown attributes are left out, as RFC 7644 section 3.3 asks for those that are read-only.
    pub fn validation(mut self, options: ValidateOptions) -> Self {
        self.validation = options;
        self
    }

    /// Answers requests that ask for it before they are done, and tells how they ended (RFC 9967 section 2.5.1).
    ///
    /// Without it the wish is ignored, as RFC 7240 allows, and `/ServiceProviderConfig` does not announce it.
    pub fn async_answers(mut self, answers: AsyncAnswers) -> Self {
        self.later = Some(answers);
        self
    }

    /// Lets time pass, so that a call of the connector ends after [`Limits::time`] also when it does not heed its deadline.
    ///
    /// `Server::router` brings one of tokio's. Without any, the server waits for the connector.
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }

    /// The key that seals cursors; a random one unless said otherwise.
    pub fn cursor_key(mut self, key: CursorKey) -> Self {
        self.cursor_key = Some(key);
        self
    }

    /// Builds the server.
    ///
    /// # Errors
    ///
    /// - [`BuildError::NoAuthentication`] without a token and an authenticator
    /// - [`BuildError::NoResourceTypes`] when there is nothing to serve
    /// - [`BuildError::BasePath`] when the base path does not begin with a slash
    pub fn build(self) -> Result<Server, BuildError> {
        if !self.base_path.is_empty() && !self.base_path.starts_with('/') {
            return Err(BuildError::BasePath(self.base_path));
        }
        let authenticate = match self.authenticate {
            Some(authenticate) => authenticate,
            None if self.tokens.is_empty() => return Err(BuildError::NoAuthentication),
            None => Arc::new(self.tokens),
        };
        let capabilities = self.connector.capabilities();
        let served = served(&self.registry, &capabilities);
        if served.is_empty() {
            return Err(BuildError::NoResourceTypes { connector: self.connector.info().system });
        }
        let classes: Vec<ObjectClass> = served.iter().map(|name| name.as_str().into()).collect();
        let inner = Inner {
            features: self.features.within(&capabilities, &classes),
            capabilities,
            registry: self.registry,
            served,
            clock: self.clock,
            base_path: self.base_path,
            base_url: self.base_url,
            profile: self.profile,
            buckets: self.limits.rate.map(Buckets::new),
            gate: Gate::new(self.limits.concurrency),
            cursor_key: self.cursor_key.unwrap_or_else(random_key).with_lifetime(life(&self.limits)),
            connector: Bounded::new(self.connector, self.limits.time, self.timer),
            limits: self.limits,
            patch_answer: self.patch_answer,
            deletion: self.deletion,
            personal_filters: self.personal_filters,
            validation: self.validation,
            authenticate,
            authorize: self.authorize,
            audit: self.audit,
            later: self.later.map(Later::new),
            walks: Walks::default(),
            tolerances: Mutex::new(BTreeMap::new()),
        };
        Ok(Server { inner: Arc::new(inner) })
    }
}

/// A key that is good for one process.
fn random_key() -> CursorKey {
    let (left, right) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    CursorKey::new(&[left.into_bytes(), right.into_bytes()].concat())
}

fn life(limits: &Limits) -> TimeDelta {
    TimeDelta::from_std(limits.cursor_life).unwrap_or(TimeDelta::days(365))
}

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("connector", &self.connector)
            .field("base_path", &self.base_path)
            .field("profile", &self.profile.id())
            .finish_non_exhaustive()
    }
}
