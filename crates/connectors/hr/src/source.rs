use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::memory::Tenant;
use tenure_connector::record::worker_class;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassCapabilities, Clock, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, FilterSupport, JobRef,
    ListCapability, ListQuery, Object, ObjectClass, ObjectRef, Outcome, Page, RejectedItem, Result,
    WriteRequest,
};
use tenure_scim::Resource;

use crate::feed::Feed;
use crate::people::assemble;
use crate::read::{Columns, read};
use crate::{FileFormat, HrConfig, HttpFeed};

/// Reads workers from an HR system; writes nothing.
///
/// The first page of a list reads the whole feed, and the pages after it go on in what was read, so that a walk sees one
/// moment. `get` reads the feed anew.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use tenure_connector::{Connector, Context, ListQuery, ObjectClass};
/// use tenure_connector_hr::{Field, HrConfig, HrSource, Mapping};
///
/// # let folder = tempfile::tempdir()?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let file = folder.path().join("staff.ndjson");
/// std::fs::write(&file, r#"{"no": 7, "name": {"first": "Zoë", "last": "Berg"}, "hired": "2019-05-13T00:00:00+02:00"}"#)?;
///
/// let map = Mapping::new()
///     .with("workerId", Field::named("no"))
///     .with("givenName", Field::named("name.first"))
///     .with("familyName", Field::named("name.last"))
///     .with("startDate", Field::named("hired"));
/// let clock = Arc::new(|| "2026-03-02T08:00:00Z".parse().unwrap_or_default());
/// let source = HrSource::file(&file, HrConfig::new(map), clock)?;
/// let page = source.list(&Context::new("example"), &ListQuery::new(ObjectClass::WORKER)).await?;
/// assert_eq!(page.items[0].resource.text("startDate"), Some("2019-05-13"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HrSource {
    feed: Feed,
    config: HrConfig,
    clock: Clock,
    walked: Arc<Mutex<Option<Arc<Snapshot>>>>,
}

impl std::fmt::Debug for HrSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HrSource")
            .field("feed", &self.feed)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What a feed said at one moment.
#[derive(Debug)]
struct Snapshot {
    tenant: Tenant,
    rejected: Vec<RejectedItem>,
    complete: bool,
}

impl HrSource {
    /// Reads a file, whose name says how it is written. The clock says which of several records of one engagement is in
    /// effect.
    ///
    /// # Errors
    ///
    /// `Config`, when the mapping lacks what every worker needs.
    pub fn file(path: impl Into<PathBuf>, config: HrConfig, clock: Clock) -> Result<Self> {
        let path = path.into();
        let format = FileFormat::of(&path);
        Self::new(Feed::File { path, format, encoding: None, separator: None }, config, clock)
    }

    /// Reads an API.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn http(feed: HttpFeed, config: HrConfig, clock: Clock) -> Result<Self> {
        Self::new(Feed::Http(Box::new(feed)), config, clock)
    }

    /// Says how a file is written that its name does not tell: the format, an encoding by its label, a separator.
    /// Changes nothing for an API.
    #[must_use]
    pub fn written(mut self, format: FileFormat, encoding: Option<&str>, separator: Option<char>) -> Self {
        if let Feed::File { path, .. } = self.feed {
            let encoding = encoding.map(str::to_owned);
            self.feed = Feed::File { path, format, encoding, separator };
        }
        self
    }

    fn new(feed: Feed, config: HrConfig, clock: Clock) -> Result<Self> {
        config.map.check()?;
        Ok(Self { feed, config, clock, walked: Arc::default() })
    }

    async fn take(&self, ctx: &Context) -> Result<Arc<Snapshot>> {
        let gathered = self.feed.gather(ctx, &self.config).await?;
        let found = u64::try_from(gathered.records.len()).unwrap_or(u64::MAX);
        if gathered.records.len() > self.config.max_records {
            let detail = format!("expected at most {} records, found more", self.config.max_records);
            return Err(ConnectorError::new(ErrorKind::InvalidInput, Certainty::Refused).with_detail(detail));
        }
        let mut rejected = gathered.rejected;
        let mut drafts = Vec::with_capacity(gathered.records.len());
        for record in &gathered.records {
            match read(Columns { record, config: &self.config }) {
                Ok(draft) => drafts.push(draft),
                Err(item) => rejected.push(*item),
            }
        }
        let mut tenant = Tenant::new();
        for worker in assemble(drafts, (self.clock)(), &mut rejected) {
            let mut resource = Resource::from(&worker);
            resource.set_id(&worker.engagement_id);
            tenant.seed(&ObjectClass::WORKER, resource);
        }
        rejected.extend(self.unproven(found, gathered.stated));
        let complete = rejected.is_empty() && !self.config.proof.never;
        Ok(Arc::new(Snapshot { tenant, rejected, complete }))
    }

    /// What is missing from the proof that the feed holds everybody.
    fn unproven(&self, found: u64, stated: Option<u64>) -> Option<RejectedItem> {
        let proof = &self.config.proof;
        let expected = if found == 0 {
            "at least one record".to_owned()
        } else if proof.at_least.is_some_and(|least| found < least) {
            format!("at least {} records", proof.at_least.unwrap_or_default())
        } else {
            match (stated, proof.total.as_deref()) {
                (Some(stated), _) if stated != found => format!("{stated} records, as the feed itself says"),
                (None, Some(place)) => format!("the number of records at `{place}`"),
                _ => return None,
            }
        };
        let item = RejectedItem::new(self.feed.name(), expected, format!("{found} records"));
        Some(item.with_help("nobody is taken for a leaver from this feed"))
    }

    async fn snapshot(&self, ctx: &Context, first: bool) -> Result<Arc<Snapshot>> {
        let walked = || self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = walked().clone();
        match kept {
            Some(kept) if !first => Ok(kept),
            _ => {
                let taken = self.take(ctx).await?;
                *walked() = Some(taken.clone());
                Ok(taken)
            }
        }
    }
}

fn only_workers(class: &ObjectClass) -> Result<()> {
    if *class == ObjectClass::WORKER { Ok(()) } else { Err(ConnectorError::unknown_class(class)) }
}

#[async_trait]
impl Connector for HrSource {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("hr", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), self.feed.name())
    }

    fn capabilities(&self) -> Capabilities {
        let list = ListCapability {
            filter: FilterSupport::Full,
            sort: true,
            total: true,
            max_page_size: None,
            cursor_life: None,
        };
        Capabilities::new().with(ObjectClass::WORKER, ClassCapabilities::new().readable().listed(list))
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(ConnectorSchema::new().with(ObjectClass::WORKER, worker_class()))
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let mut report = CheckReport::ok(self.capabilities());
        report.warnings.extend(self.take(ctx).await?.rejected.iter().map(ToString::to_string));
        Ok(report)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        only_workers(&object.class)?;
        self.take(ctx).await?.tenant.get(object, fields)
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        only_workers(&query.class)?;
        let snapshot = self.snapshot(ctx, query.cursor.is_none()).await?;
        let sized = match query.page_size {
            Some(_) => query.clone(),
            None => query.clone().with_page_size(u32::MAX),
        };
        let page = snapshot.tenant.list(&sized)?;
        let rejected = if query.cursor.is_none() { snapshot.rejected.clone() } else { Vec::new() };
        Ok(Page { rejected, complete: snapshot.complete, ..page })
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        only_workers(class)?;
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail("an export tells no changes; list it and compare"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        Err(ConnectorError::unsupported(request.operation.class(), request.operation.kind()))
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail(format!("no jobs are started, so there is no job `{}`", job.id)))
    }
}
