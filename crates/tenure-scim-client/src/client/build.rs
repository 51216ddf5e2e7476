use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use url::Url;

use super::{Client, Core};
use crate::base::Base;
use crate::pace::Pace;
use crate::{Auth, ClientError, Dialect, Limits, Result, RetryPolicy, Timer, Transport};

/// By which names a create whose answer got lost is found again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recovery {
    /// By `externalId`, else by `userName` or `displayName`.
    #[default]
    ByAnyName,
    /// By `externalId` only: a name cannot tell the resource that just came about from one that was there before.
    ByExternalId,
}

/// Makes a [`Client`] with settings of its own.
///
/// # Examples
///
/// ```
/// use tenure_scim_client::{Auth, Client, HttpTransport, Dialect};
///
/// let client = Client::builder("https://scim.example.com/v2".parse()?)
///     .auth(Auth::bearer("token"))
///     .transport(HttpTransport::new(reqwest::Client::new()))
///     .dialect(Dialect::aws())
///     .build()?;
/// assert_eq!(client.dialect().name, "aws");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    base: Url,
    auth: Auth,
    transport: Option<Arc<dyn Transport>>,
    dialect: Dialect,
    limits: Limits,
    user_agent: String,
    timer: Option<Arc<dyn Timer>>,
    retry: Option<RetryPolicy>,
    allow_plain_http: bool,
    recovery: Recovery,
}

impl Builder {
    pub(super) fn new(base: Url) -> Self {
        Self {
            base,
            auth: Auth::none(),
            transport: None,
            dialect: Dialect::rfc(),
            limits: Limits::default(),
            // Some peers refuse requests without it.
            user_agent: concat!("tenure-scim-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timer: None,
            retry: None,
            allow_plain_http: false,
            recovery: Recovery::default(),
        }
    }

    /// Sets the credentials; none by default.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Sets what carries the requests. Required.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the dialect of the peer; RFC 7644 by default.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets what is accepted from the peer.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the `User-Agent` header.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Lets the client wait: it then keeps the pace of its dialect, and tries again as `retry` says.
    #[must_use]
    pub fn patient(mut self, timer: Arc<dyn Timer>, retry: RetryPolicy) -> Self {
        self.timer = Some(timer);
        self.retry = Some(retry);
        self
    }

    /// Sets by which names a create whose answer got lost is found again.
    #[must_use]
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    /// Sends credentials to another machine without TLS. For tests in a closed network only.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.allow_plain_http = true;
        self
    }

    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// `Config`, when there is no transport, when the address is no base address, holds credentials or a query, or
    /// would carry credentials without TLS to another machine.
    pub fn build(self) -> Result<Client> {
        let base = Base::check(self.base, !self.auth.is_none(), self.allow_plain_http)?;
        let transport = self.transport.ok_or_else(|| ClientError::config("expected a transport"))?;
        let (reads, writes) = (self.dialect.reads, self.dialect.writes);
        let pace = self.timer.as_ref().map(|timer| Arc::new(Pace::new(reads, writes, timer)));
        Ok(Client {
            core: Arc::new(Core {
                base,
                auth: self.auth,
                transport,
                dialect: Arc::new(self.dialect),
                limits: self.limits,
                user_agent: self.user_agent.into(),
                correlation: None,
                timer: self.timer,
                retry: self.retry,
                pace,
                peer: None,
                recovery: self.recovery,
                without_patch: Arc::new(AtomicBool::new(false)),
            }),
        })
    }
}
