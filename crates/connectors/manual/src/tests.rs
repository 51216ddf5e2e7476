use std::path::Path;

use tenure_connector::{
    AccountStatus, Connector, ConnectorExt, Context, DeleteMode, EntitlementRef, ErrorKind, JobRef,
    ListQuery, ObjectClass, ObjectRef, Operation, OperationKind, Outcome, OutcomeStatus, SessionScope,
    WriteRequest,
};
use tenure_scim::Resource;

use super::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn open(ledger: &Path) -> ManualConnector {
    ManualConnector::new(ManualConfig {
        assignee: Some("it@example.com".into()),
        ..ManualConfig::new("Mailchimp", ledger)
    })
}

fn anna() -> Resource {
    let user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User");
    user.with("userName", "anna").unwrap().with("name.familyName", "Berg").unwrap()
}

fn task_of(outcome: &Outcome) -> String {
    let OutcomeStatus::Manual { instructions } = &outcome.status else { panic!("a task: {outcome:?}") };
    instructions.id.clone()
}

#[test]
fn a_task_says_in_words_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let people = open(&directory.path().join("tasks.csv"));
    run(people.create(&Context::new("t"), "k1", ObjectClass::USER, anna())).unwrap();
    let task = &people.tasks().unwrap()[0];
    assert_eq!(task.title, "Create an account for anna in Mailchimp");
    assert_eq!(
        task.steps,
        [
            "Open Mailchimp.",
            "Create an account with these values:",
            "  userName: anna",
            "  name: familyName Berg",
            "Write the id that the system gives it into the field account of this task.",
            "Set the status of this task to done, or to rejected with a note that says why."
        ]
    );
    assert_eq!(task.assignee.as_deref(), Some("it@example.com"));
}

#[test]
fn what_a_person_marks_in_the_file_is_read_back() {
    for name in ["tasks.csv", "tasks.json"] {
        let directory = tempfile::tempdir().unwrap();
        let ledger = directory.path().join(name);
        let ctx = Context::new("t");
        let created = task_of(&run(open(&ledger).create(&ctx, "k1", ObjectClass::USER, anna())).unwrap());
        let job = JobRef::new(&created, OperationKind::Create);
        assert_eq!(task_of(&run(open(&ledger).poll(&ctx, &job)).unwrap()), created, "still open");
        let text = std::fs::read_to_string(&ledger).unwrap();
        std::fs::write(&ledger, text.replacen("open", "done", 1)).unwrap();
        let done = run(open(&ledger).poll(&ctx, &job)).unwrap();
        assert_eq!((done.changed(), done.object), (true, Some(ObjectRef::new(ObjectClass::USER, "T1"))));
        let page = run(open(&ledger).list(&ctx, &ListQuery::new(ObjectClass::USER))).unwrap();
        assert_eq!(page.items[0].resource.text("userName"), Some("anna"), "{name}");
    }
}

#[test]
fn a_repeat_makes_no_second_task_and_what_holds_makes_none() {
    let directory = tempfile::tempdir().unwrap();
    let people = open(&directory.path().join("tasks.json"));
    let ctx = Context::new("t");
    let create = |key: &str| run(people.create(&ctx, key, ObjectClass::USER, anna()));
    assert_eq!(task_of(&create("k1").unwrap()), "T1");
    assert_eq!(task_of(&create("k1").unwrap()), "T1");
    assert_eq!(task_of(&create("k2").unwrap()), "T1");
    people.close("T1", TaskStatus::Done, Some("mc-1"), None).unwrap();
    assert!(create("k1").unwrap().is_already_so());
    assert_eq!(create("k3").unwrap_err().kind(), ErrorKind::AlreadyExists);

    let (account, pay) = (ObjectRef::new(ObjectClass::USER, "mc-1"), EntitlementRef::new("role", "editor"));
    assert_eq!(task_of(&run(people.grant(&ctx, "k4", &account, pay.clone())).unwrap()), "T2");
    people.close("T2", TaskStatus::Done, None, None).unwrap();
    assert!(run(people.grant(&ctx, "k5", &account, pay.clone())).unwrap().is_already_so());
    assert_eq!(task_of(&run(people.revoke(&ctx, "k6", &account, pay.clone())).unwrap()), "T3");
    people.close("T3", TaskStatus::Done, None, None).unwrap();
    assert_eq!(run(people.revoke(&ctx, "k7", &account, pay)).unwrap(), Outcome::already_gone());
    assert!(run(people.set_status(&ctx, "k8", &account, AccountStatus::Active)).unwrap().is_already_so());
    assert_eq!(people.tasks().unwrap().len(), 3);
}

#[test]
fn what_leaves_no_trace_is_asked_for_each_time_but_not_of_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let people = open(&directory.path().join("tasks.json"));
    let ctx = Context::new("t");
    run(people.create(&ctx, "k1", ObjectClass::USER, anna())).unwrap();
    people.close("T1", TaskStatus::Done, None, None).unwrap();
    let sessions = |key: &str, id: &str| {
        let object = ObjectRef::new(ObjectClass::USER, id);
        let request = WriteRequest::new(key, Operation::RevokeSessions { object, scope: SessionScope::All });
        run(people.apply(&ctx, &request)).unwrap()
    };
    assert_eq!(task_of(&sessions("k2", "T1")), "T2");
    people.close("T2", TaskStatus::Done, None, None).unwrap();
    assert_eq!(task_of(&sessions("k3", "T1")), "T3");
    assert_eq!(sessions("k4", "nobody"), Outcome::already_gone());
}

#[test]
fn a_rejected_task_is_an_error_with_the_note() {
    let directory = tempfile::tempdir().unwrap();
    let people = open(&directory.path().join("tasks.csv"));
    let ctx = Context::new("t");
    run(people.create(&ctx, "k1", ObjectClass::USER, anna())).unwrap();
    people.close("T1", TaskStatus::Rejected, None, Some("no budget, \"ask\" finance")).unwrap();
    let error = run(people.poll(&ctx, &JobRef::new("T1", OperationKind::Create))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "refused by a rule of the system: task `T1` was rejected: no budget, \"ask\" finance"
    );
    let unknown = run(people.poll(&ctx, &JobRef::new("T9", OperationKind::Create))).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[test]
fn a_damaged_ledger_is_told_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = directory.path().join("tasks.csv");
    let people = open(&ledger);
    let ctx = Context::new("t");
    run(people.create(&ctx, "k1", ObjectClass::USER, anna())).unwrap();
    let text = std::fs::read_to_string(&ledger).unwrap().replacen("open", "finished", 1);
    std::fs::write(&ledger, &text).unwrap();
    let error = run(people.delete(&ctx, "k2", &ObjectRef::new(ObjectClass::USER, "T1"), DeleteMode::Soft))
        .unwrap_err();
    assert_eq!(error.detail(), "tasks.csv: task `T1`: expected open, done or rejected, found `finished`");
    assert_eq!(std::fs::read_to_string(&ledger).unwrap(), text);
}
