//! A connector from nothing: a program's own list of employees becomes a source, and the conformance suite judges it.
//!
//!     cargo run --example write_a_connector
//!
//! A target has writes besides; `docs/CONNECTOR-GUIDE.md` builds one, and `templates/connector` is a crate to copy.

use std::sync::Arc;

use tenure::connector::record::{WorkerRecord, worker_class};
use tenure::connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassCapabilities, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, Cursor, DeltaToken, ErrorKind, Fields, FilterSupport, JobRef,
    ListCapability, ListQuery, Object, ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure::prelude::Resource;
use tenure_testkit::conformance::{Subject, run_all};

/// What this program knows about its people, ordered by their number.
#[derive(Debug)]
struct Staff(Vec<WorkerRecord>);

impl Staff {
    fn object(&self, record: &WorkerRecord, fields: &Fields) -> Result<Object> {
        let mut resource = Resource::from(record);
        resource.set_id(&record.engagement_id);
        let registry = ConnectorSchema::new().with(ObjectClass::WORKER, worker_class()).registry()?;
        let schema =
            registry.resource("Worker").ok_or_else(|| ConnectorError::unknown_class(&ObjectClass::WORKER))?;
        let object = ObjectRef::new(ObjectClass::WORKER, &record.engagement_id);
        Ok(Object::new(object, fields.project(&resource, schema)))
    }

    fn only_workers(class: &ObjectClass) -> Result<()> {
        if *class == ObjectClass::WORKER { Ok(()) } else { Err(ConnectorError::unknown_class(class)) }
    }
}

#[async_trait::async_trait]
impl Connector for Staff {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("staff", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), "this program")
    }

    // What is not declared here is not tried by anybody.
    fn capabilities(&self) -> Capabilities {
        let list = ListCapability { filter: FilterSupport::None, total: true, ..ListCapability::default() };
        Capabilities::new().with(ObjectClass::WORKER, ClassCapabilities::new().readable().listed(list))
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(ConnectorSchema::new().with(ObjectClass::WORKER, worker_class()))
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        Ok(CheckReport::ok(self.capabilities()))
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        Self::only_workers(&object.class)?;
        if object.id.is_empty() {
            return Err(ConnectorError::invalid_input("id", format!("expected an id, found `{object}`")));
        }
        let found = self.0.iter().find(|record| record.engagement_id == object.id);
        self.object(found.ok_or_else(|| ConnectorError::not_found(object))?, fields)
    }

    // Pages go by the key and not by a count, so that somebody who joins meanwhile shifts nobody out of sight.
    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        Self::only_workers(&query.class)?;
        if query.filter.is_some() || query.sort.is_some() {
            return Err(unsupported("the list has neither filter nor order"));
        }
        let after = query.cursor.as_ref().map_or("", Cursor::as_str);
        if !after.is_empty() && !self.0.iter().any(|record| record.engagement_id == after) {
            return Err(ConnectorError::invalid_input("cursor", "expected a cursor of this connector"));
        }
        let size = query.page_size.unwrap_or(100).max(1) as usize;
        let mut rest = self.0.iter().filter(|record| record.engagement_id.as_str() > after).peekable();
        let page: Vec<&WorkerRecord> = rest.by_ref().take(size).collect();
        let items = page.iter().map(|record| self.object(record, &query.fields)).collect::<Result<_>>()?;
        let more = rest.peek().and(page.last());
        let next = more.map(|last| Cursor::new(&last.engagement_id));
        Ok(Page { next, total: Some(self.0.len() as u64), ..Page::last(items) })
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        Self::only_workers(class)?;
        Err(unsupported("nobody writes down what changed"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        Err(ConnectorError::unsupported(request.operation.class(), request.operation.kind()))
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(unsupported(&format!("no jobs are started, so there is no job `{}`", job.id)))
    }
}

fn unsupported(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut staff = Vec::new();
    for (number, given, family) in [(1, "Anna", "Keller"), (2, "Bert", "Novak"), (3, "Cleo", "Marchetti")] {
        let (worker, engagement) = (format!("W{number}"), format!("E{number}"));
        staff.push(WorkerRecord::new(&worker, &engagement, "Employee", given, family, "2026-03-01".parse()?));
    }
    let report = run_all(&Subject::new(Arc::new(Staff(staff)))).await;
    print!("{report}");
    assert_eq!(report.failed().count(), 0);
    Ok(())
}
