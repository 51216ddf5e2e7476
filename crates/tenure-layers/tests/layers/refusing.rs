use std::sync::{Arc, Mutex};

use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    AccountStatus, Certainty, Connector, ConnectorError, DeleteMode, EntitlementRef, ErrorKind, ListQuery,
    ObjectClass, ObjectRef, Operation, OperationKind, Result, Timer, WriteRequest,
};
use tenure_layers::{Audit, AuditEntry, AuditPhase, AuditSink, CapabilityCheck, DryRun, Guard, Stack, wrap};

use super::{SECOND, create, ctx, timer};

fn delete(key: &str, id: &str) -> WriteRequest {
    let object = ObjectRef::new(ObjectClass::USER, id);
    WriteRequest::new(key, Operation::Delete { object, mode: DeleteMode::Soft })
}

#[tokio::test(start_paused = true)]
async fn no_more_deletes_than_allowed_within_the_window() {
    let timer = timer();
    let guard = Guard::new(timer.clone(), 60 * SECOND).at_most(OperationKind::Delete, 2);
    let memory = MemoryConnector::new("desk");
    let desk = wrap(Arc::new(memory.clone()), Arc::new(guard));
    for name in ["a", "b", "c"] {
        desk.apply(&ctx(), &create(name, name)).await.unwrap();
    }
    desk.apply(&ctx(), &delete("d1", "1")).await.unwrap();
    timer.sleep(30 * SECOND).await;
    desk.apply(&ctx(), &delete("d2", "2")).await.unwrap();
    let error = desk.apply(&ctx(), &delete("d3", "3")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    assert_eq!(error.detail(), "expected at most 2 of `delete` within 60 s, found one more");
    assert_eq!(memory.with_tenant(|tenant| tenant.writes()), 5);
    timer.sleep(30 * SECOND).await;
    assert!(
        desk.apply(&ctx(), &delete("d3", "3")).await.unwrap().changed(),
        "the first delete left the window"
    );
}

#[tokio::test(start_paused = true)]
async fn a_protected_account_cannot_be_stopped_by_any_of_its_names() {
    let guard = Guard::new(timer(), 60 * SECOND)
        .protect(ObjectRef::new(ObjectClass::USER, "1").with("userName", "root"));
    let desk = wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(guard));
    desk.apply(&ctx(), &create("k", "root")).await.unwrap();
    for object in
        [ObjectRef::new(ObjectClass::USER, "1"), ObjectRef::by(ObjectClass::USER, "userName", "Root")]
    {
        for operation in [
            Operation::SetStatus { object: object.clone(), status: AccountStatus::Suspended },
            Operation::Revoke { object: object.clone(), entitlement: EntitlementRef::new("role", "admin") },
            Operation::ResetFactors { object: object.clone() },
            Operation::Delete { object: object.clone(), mode: DeleteMode::Soft },
        ] {
            let error = desk.apply(&ctx(), &WriteRequest::new("k2", operation.clone())).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Policy, "{operation}");
        }
    }
    let resume = Operation::SetStatus {
        object: ObjectRef::new(ObjectClass::USER, "1"),
        status: AccountStatus::Active,
    };
    assert!(desk.apply(&ctx(), &WriteRequest::new("k3", resume)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_sends_no_write_and_answers_from_what_is_there() {
    let (memory, dry) = (MemoryConnector::new("desk"), Arc::new(DryRun::new()));
    memory.with_tenant(|tenant| tenant.apply(&create("k", "anna"), None)).unwrap();
    let desk = Stack::new(Arc::new(memory.clone())).dry_run(dry.clone()).build();
    assert!(desk.apply(&ctx(), &create("k1", "bert")).await.unwrap().changed());
    assert!(desk.apply(&ctx(), &delete("k2", "1")).await.unwrap().changed());
    assert!(desk.apply(&ctx(), &delete("k3", "99")).await.unwrap().is_already_so());
    let restore = Operation::ResetFactors { object: ObjectRef::new(ObjectClass::USER, "99") };
    assert_eq!(
        desk.apply(&ctx(), &WriteRequest::new("k4", restore)).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let kept: Vec<_> = dry.withheld().iter().map(|request| request.key.to_string()).collect();
    assert_eq!(kept, ["k1", "k2"]);
    assert_eq!(memory.with_tenant(|tenant| tenant.writes()), 1);
}

#[derive(Debug, Default)]
struct Book {
    lines: Mutex<Vec<String>>,
    full: bool,
}

impl AuditSink for Book {
    fn keep(&self, entry: &AuditEntry<'_>) -> Result<()> {
        if self.full {
            return Err(ConnectorError::new(ErrorKind::NoCapacity, Certainty::NotAttempted));
        }
        let what = match &entry.phase {
            AuditPhase::Asked => "asked".to_owned(),
            AuditPhase::Answered(outcome) => format!("changed {}", outcome.changed()),
            AuditPhase::Failed(error) => format!("failed: {error}"),
        };
        self.lines.lock().unwrap().push(format!("{} {} {what}", entry.correlation, entry.request.key));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn every_write_is_on_record_before_and_after_also_a_refused_one() {
    let book = Arc::new(Book::default());
    let guard = Guard::new(timer(), SECOND).at_most(OperationKind::Create, 1);
    let desk = Stack::new(Arc::new(MemoryConnector::new("desk")))
        .guard(guard)
        .audit(Audit::new(book.clone()))
        .build();
    desk.apply(&ctx(), &create("k1", "anna")).await.unwrap();
    desk.apply(&ctx(), &create("k2", "bert")).await.unwrap_err();
    desk.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!(
        *book.lines.lock().unwrap(),
        [
            "test k1 asked",
            "test k1 changed true",
            "test k2 asked",
            "test k2 failed: refused by a rule of the system: expected at most 1 of `create` within 1 s, found one more"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_put_on_record_is_not_done() {
    let (memory, book) = (MemoryConnector::new("desk"), Book { full: true, ..Book::default() });
    let desk = wrap(Arc::new(memory.clone()), Arc::new(Audit::new(Arc::new(book))));
    assert_eq!(desk.apply(&ctx(), &create("k", "anna")).await.unwrap_err().kind(), ErrorKind::NoCapacity);
    assert_eq!(memory.with_tenant(|tenant| tenant.writes()), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_declared_costs_no_request() {
    let (counted, calls) = super::counted(Arc::new(MemoryConnector::new("desk")));
    let desk = wrap(counted, Arc::new(CapabilityCheck));
    let group = ObjectRef::new(ObjectClass::GROUP, "1");
    let stop = Operation::SetStatus { object: group, status: AccountStatus::Suspended };
    let error = desk.apply(&ctx(), &WriteRequest::new("k", stop)).await.unwrap_err();
    assert_eq!((error.kind(), error.help()), (ErrorKind::Unsupported, Some("a group is never suspended")));
    assert_eq!(
        desk.changes(&ctx(), &ObjectClass::GRANT, None).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    let unknown = ListQuery::new(ObjectClass::known("Mailbox"));
    assert_eq!(desk.list(&ctx(), &unknown).await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(calls.calls().len(), 0);
}
