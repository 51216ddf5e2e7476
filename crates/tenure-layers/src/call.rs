use serde_json::{Value, json};
use tenure_connector::{
    ChangePage, CheckReport, Connector, ConnectorSchema, Context, DeltaToken, Fields, JobRef, ListQuery,
    Object, ObjectClass, ObjectRef, Operation, Outcome, Page, RateSignal, Result, WriteRequest,
};

/// One call of a connector, as data.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Call<'a> {
    /// [`Connector::schema`].
    Schema,
    /// [`Connector::check`].
    Check,
    /// [`Connector::get`].
    Get {
        /// The object.
        object: &'a ObjectRef,
        /// The attributes.
        fields: &'a Fields,
    },
    /// [`Connector::list`].
    List(&'a ListQuery),
    /// [`Connector::changes`].
    Changes {
        /// The class.
        class: &'a ObjectClass,
        /// The token.
        since: Option<&'a DeltaToken>,
    },
    /// [`Connector::apply`].
    Apply(&'a WriteRequest),
    /// [`Connector::poll`].
    Poll(&'a JobRef),
}

/// The answer to a [`Call`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// To [`Call::Schema`].
    Schema(ConnectorSchema),
    /// To [`Call::Check`].
    Check(CheckReport),
    /// To [`Call::Get`].
    Object(Object),
    /// To [`Call::List`].
    Page(Page),
    /// To [`Call::Changes`].
    Changes(ChangePage),
    /// To [`Call::Apply`] and [`Call::Poll`].
    Outcome(Outcome),
}

impl Call<'_> {
    /// The name of the method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Check => "check",
            Self::Get { .. } => "get",
            Self::List(_) => "list",
            Self::Changes { .. } => "changes",
            Self::Apply(_) => "apply",
            Self::Poll(_) => "poll",
        }
    }

    /// Whether the call only reads, so that repeating it does no harm.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !matches!(self, Self::Apply(_))
    }

    /// The operation of a write.
    #[must_use]
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Self::Apply(request) => Some(&request.operation),
            _ => None,
        }
    }

    /// The class that the call is about.
    #[must_use]
    pub fn class(&self) -> Option<&ObjectClass> {
        match self {
            Self::Get { object, .. } => Some(&object.class),
            Self::List(query) => Some(&query.class),
            Self::Changes { class, .. } => Some(class),
            Self::Apply(request) => Some(request.operation.class()),
            Self::Schema | Self::Check | Self::Poll(_) => None,
        }
    }

    /// The call as JSON, for a log.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Schema | Self::Check => json!({ "call": self.method() }),
            Self::Get { object, fields } => json!({ "call": "get", "object": object, "fields": fields }),
            Self::List(query) => json!({ "call": "list", "query": query }),
            Self::Changes { class, since } => json!({ "call": "changes", "class": class, "since": since }),
            Self::Apply(request) => json!({ "call": "apply", "request": request }),
            Self::Poll(job) => json!({ "call": "poll", "job": job }),
        }
    }

    pub(crate) async fn send(self, ctx: &Context, connector: &dyn Connector) -> Result<Reply> {
        match self {
            Self::Schema => connector.schema(ctx).await.map(Reply::Schema),
            Self::Check => connector.check(ctx).await.map(Reply::Check),
            Self::Get { object, fields } => connector.get(ctx, object, fields).await.map(Reply::Object),
            Self::List(query) => connector.list(ctx, query).await.map(Reply::Page),
            Self::Changes { class, since } => connector.changes(ctx, class, since).await.map(Reply::Changes),
            Self::Apply(request) => connector.apply(ctx, request).await.map(Reply::Outcome),
            Self::Poll(job) => connector.poll(ctx, job).await.map(Reply::Outcome),
        }
    }
}

impl Reply {
    /// What the system said about its rate limit.
    #[must_use]
    pub fn rate(&self) -> Option<&RateSignal> {
        match self {
            Self::Check(report) => report.rate.as_ref(),
            Self::Page(page) => page.rate.as_ref(),
            Self::Changes(page) => page.rate.as_ref(),
            Self::Outcome(outcome) => outcome.rate.as_ref(),
            Self::Schema(_) | Self::Object(_) => None,
        }
    }

    /// The answer as JSON, for a log.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let value = match self {
            Self::Schema(schema) => serde_json::to_value(schema),
            Self::Check(report) => serde_json::to_value(report),
            Self::Object(object) => serde_json::to_value(object),
            Self::Page(page) => serde_json::to_value(page),
            Self::Changes(page) => serde_json::to_value(page),
            Self::Outcome(outcome) => serde_json::to_value(outcome),
        };
        value.unwrap_or_default()
    }
}
