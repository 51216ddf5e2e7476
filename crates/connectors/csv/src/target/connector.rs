use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::memory::Tenant;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest, files,
};

use super::CsvTargetConfig;
use super::capabilities::file_capabilities;
use super::store::Store;

/// Keeps accounts, groups and grants in a directory of files.
///
/// `accounts`, `groups` and `grants` are rewritten as a whole at every change, by a new file that takes the place of the
/// old one, so that a reader never sees half a change; a lock file keeps writers of other processes out. It suits some
/// thousand accounts. With a file `entitlements` (columns `kind,value,display,exclusiveGroup,capacity,immutable`) only
/// what is in it can be granted.
///
/// # Examples
///
/// ```
/// use tenure_connector::{ConnectorExt, Context, EntitlementRef, ObjectClass};
/// use tenure_connector_csv::{CsvTarget, CsvTargetConfig};
/// use tenure_scim::Resource;
///
/// # let directory = tempfile::tempdir()?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (ctx, erp) = (Context::new("example"), CsvTarget::new(CsvTargetConfig::new(directory.path())));
/// let resource = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// let anna = erp.create(&ctx, "step-1", ObjectClass::USER, resource).await?.object.ok_or("no reference")?;
/// erp.grant(&ctx, "step-2", &anna, EntitlementRef::new("permission", "pay")).await?;
///
/// let grants = std::fs::read_to_string(directory.path().join("grants.csv"))?;
/// assert_eq!(grants, "principal,kind,value,immutable,parameters\n1,permission,pay,false,\n");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CsvTarget {
    store: Store,
    one_at_a_time: Arc<Mutex<()>>,
}

impl CsvTarget {
    /// Takes a configuration. Nothing is read or written yet.
    #[must_use]
    pub fn new(config: CsvTargetConfig) -> Self {
        Self { store: Store { config }, one_at_a_time: Arc::default() }
    }

    fn load(&self) -> Result<Tenant> {
        let _alone = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        self.store.load()
    }

    fn known(&self, class: &ObjectClass) -> Result<()> {
        match file_capabilities().class(class) {
            Some(_) => Ok(()),
            None => Err(ConnectorError::unknown_class(class)),
        }
    }
}

#[async_trait]
impl Connector for CsvTarget {
    fn info(&self) -> ConnectorInfo {
        let directory = self.store.config.directory.file_name();
        let name = directory.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ConnectorInfo::new("csv", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), name)
    }

    fn capabilities(&self) -> Capabilities {
        file_capabilities()
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        let mut schema = self.load()?.schema();
        schema.classes.retain(|class, _| self.known(class).is_ok());
        Ok(schema)
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        self.load()?;
        let mut report = CheckReport::ok(file_capabilities());
        if !self.store.config.directory.is_dir() {
            report
                .warnings
                .push(format!("`{}` is made at the first write", self.store.config.directory.display()));
        }
        Ok(report)
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.known(&object.class)?;
        self.load()?.get(object, fields)
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        self.known(&query.class)?;
        self.load()?.list(query)
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        self.known(class)?;
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail("a file tells no changes; list it and compare"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.known(class)?;
        if let Some(because) = file_capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_help(because.detail));
        }
        let _alone = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let _locked = files::lock(&self.store.config.directory)?;
        let before = self.store.load()?;
        let mut after = before.clone();
        let outcome = after.apply(request, None)?;
        if outcome.changed() {
            self.store.save(&before, &after)?;
        }
        Ok(outcome)
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail(format!("no jobs are started, so there is no job `{}`", job.id)))
    }
}
