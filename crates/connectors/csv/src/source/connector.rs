use std::path::Path;

use async_trait::async_trait;
use tenure_connector::record::{worker_class, workload_class};
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassCapabilities, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, FilterSupport, JobRef,
    ListCapability, ListQuery, Object, ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};

use super::CsvSourceConfig;
use super::snapshot::{self, Snapshot};

/// Reads workers and services from files; writes nothing.
///
/// The files are read anew at every call, so a walk over several pages sees the file of each moment; ask for pages
/// larger than the file, or replace the file by renaming.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector, Context, ListQuery, ObjectClass};
/// use tenure_connector_csv::{CsvSource, CsvSourceConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let file = directory.path().join("workers.csv");
/// std::fs::write(&file, "workerId,givenName,familyName,startDate\nW1,Zoë,Lindqvist,2019-05-13\n")?;
///
/// let source = CsvSource::new(CsvSourceConfig::workers(&file))?;
/// let page = source.list(&Context::new("example"), &ListQuery::new(ObjectClass::WORKER)).await?;
/// assert_eq!(page.items[0].resource.text("familyName"), Some("Lindqvist"));
/// assert!(page.complete);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CsvSource {
    config: CsvSourceConfig,
}

impl CsvSource {
    /// Takes a configuration.
    ///
    /// # Errors
    ///
    /// `Config`, when it names no file.
    pub fn new(config: CsvSourceConfig) -> Result<Self> {
        if config.workers.is_none() && config.services.is_none() {
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail("expected a file of workers or of services, found neither"));
        }
        Ok(Self { config })
    }

    fn path(&self, class: &ObjectClass) -> Result<&Path> {
        let path = match class.as_str() {
            "Worker" => self.config.workers.as_deref(),
            "Workload" => self.config.services.as_deref(),
            _ => None,
        };
        path.ok_or_else(|| ConnectorError::unknown_class(class))
    }

    fn classes(&self) -> impl Iterator<Item = ObjectClass> {
        [ObjectClass::WORKER, ObjectClass::WORKLOAD].into_iter().filter(|class| self.path(class).is_ok())
    }

    fn snapshot(&self, class: &ObjectClass) -> Result<Snapshot> {
        snapshot::take(self.path(class)?, class, &self.config)
    }
}

#[async_trait]
impl Connector for CsvSource {
    fn info(&self) -> ConnectorInfo {
        let file = self.config.workers.as_ref().or(self.config.services.as_ref());
        let name = file.and_then(|file| file.file_name()).map(|name| name.to_string_lossy().into_owned());
        ConnectorInfo::new("csv", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), name.unwrap_or_default())
    }

    fn capabilities(&self) -> Capabilities {
        let list = ListCapability {
            filter: FilterSupport::Full,
            sort: true,
            total: true,
            max_page_size: None,
            cursor_life: None,
        };
        let readable = || ClassCapabilities::new().readable().listed(list.clone());
        self.classes().fold(Capabilities::new(), |all, class| all.with(class, readable()))
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        let describe = |class: &ObjectClass| match *class == ObjectClass::WORKLOAD {
            true => workload_class(),
            false => worker_class(),
        };
        Ok(self.classes().fold(ConnectorSchema::new(), |all, class| {
            let described = describe(&class);
            all.with(class, described)
        }))
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        let mut report = CheckReport::ok(self.capabilities());
        for class in self.classes() {
            report.warnings.extend(self.snapshot(&class)?.rejected.iter().map(ToString::to_string));
        }
        Ok(report)
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.snapshot(&object.class)?.tenant.get(object, fields)
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        let snapshot = self.snapshot(&query.class)?;
        let sized = match query.page_size {
            Some(_) => query.clone(),
            None => query.clone().with_page_size(u32::MAX),
        };
        let page = snapshot.tenant.list(&sized)?;
        let rejected = if query.cursor.is_none() { snapshot.rejected } else { Vec::new() };
        Ok(Page { rejected, complete: snapshot.complete, ..page })
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        self.path(class)?;
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail("a file tells no changes; list it and compare"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        Err(ConnectorError::unsupported(request.operation.class(), request.operation.kind()))
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail(format!("no jobs are started, so there is no job `{}`", job.id)))
    }
}
