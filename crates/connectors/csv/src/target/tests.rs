use std::path::Path;

use serde_json::json;
use tenure_connector::memory::Tenant;
use tenure_connector::{
    AccountStatus, ConnectorExt, Context, DeleteMode, EntitlementRef, ErrorKind, Fields, ListQuery,
    ObjectClass, ObjectRef, Outcome,
};
use tenure_scim::{AttrPath, Patch, Resource};

use super::*;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn target(directory: &Path, format: FileFormat) -> CsvTarget {
    CsvTarget::new(CsvTargetConfig::new(directory).with_format(format))
}

fn full_user() -> Resource {
    Resource::from_json(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "zoë, \"the\" lead",
        "externalId": "0042",
        "name": { "givenName": "Zoë", "familyName": "Lindqvist" },
        "title": "123",
        "emails": [{ "value": "zoe@example.com", "primary": true }, { "value": "z@example.org" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Support", "manager": { "value": "7" } }
    }))
    .unwrap()
}

#[test]
fn a_full_account_survives_the_file_in_both_formats() {
    for format in [FileFormat::Csv, FileFormat::Json] {
        let directory = tempfile::tempdir().unwrap();
        let ctx = Context::new("test");
        let made = target(directory.path(), format);
        let made = run(made.create(&ctx, "k1", ObjectClass::USER, full_user())).unwrap().object.unwrap();
        let read = run(tenure_connector::Connector::get(
            &target(directory.path(), format),
            &ctx,
            &made,
            &Fields::All,
        ))
        .unwrap();
        let mut memory = Tenant::new();
        let expected = memory.seed(&ObjectClass::USER, full_user());
        let expected = memory.get(&expected, &Fields::All).unwrap();
        assert_eq!(read, expected, "{format:?}");
    }
}

#[test]
fn an_extension_that_is_named_first_survives_write_read_write_and_read() {
    const COST_CENTER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter";
    for format in [FileFormat::Csv, FileFormat::Json] {
        let directory = tempfile::tempdir().unwrap();
        let ctx = Context::new("test");
        let open = || target(directory.path(), format);
        // The order in which a mapping builds an account: the extension, then the main schema.
        let mut user =
            Resource::default().with(COST_CENTER, "4711").unwrap().with("userName", "anna").unwrap();
        user.add_schema("urn:ietf:params:scim:schemas:core:2.0:User");
        let anna = run(open().create(&ctx, "k1", ObjectClass::USER, user)).unwrap().object.unwrap();
        run(open().set_status(&ctx, "k2", &anna, AccountStatus::Suspended)).unwrap();
        let moved = Patch::default().replace(AttrPath::parse(COST_CENTER).unwrap(), "4712");
        run(open().update(&ctx, "k3", &anna, moved)).unwrap();
        let read = run(tenure_connector::Connector::get(&open(), &ctx, &anna, &Fields::All)).unwrap();
        assert_eq!(read.resource.text(COST_CENTER), Some("4712"), "{format:?}");
        assert_eq!(read.resource.text("costCenter"), None, "{format:?}");
        if format == FileFormat::Csv {
            let text = std::fs::read_to_string(directory.path().join("accounts.csv")).unwrap();
            let header = text.lines().next().unwrap();
            assert!(header.split(',').any(|column| column == COST_CENTER), "{header}");
            assert!(!header.split(',').any(|column| column == "costCenter"), "{header}");
        }
    }
}

#[test]
fn another_program_sees_the_same_state_and_a_repeat_changes_no_byte() {
    let directory = tempfile::tempdir().unwrap();
    let ctx = Context::new("test");
    let open = || target(directory.path(), FileFormat::Csv);
    let anna = run(open().create(&ctx, "k1", ObjectClass::USER, full_user())).unwrap().object.unwrap();
    let pay = EntitlementRef::new("permission", "pay");
    run(open().grant(&ctx, "k2", &anna, pay.clone())).unwrap();
    run(open().set_status(&ctx, "k3", &anna, AccountStatus::Suspended)).unwrap();
    let bytes = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    let before = (bytes("accounts.csv"), bytes("grants.csv"));
    assert!(run(open().create(&ctx, "k1", ObjectClass::USER, full_user())).unwrap().is_already_so());
    assert!(run(open().grant(&ctx, "k4", &anna, pay.clone())).unwrap().is_already_so());
    assert!(run(open().set_status(&ctx, "k5", &anna, AccountStatus::Suspended)).unwrap().is_already_so());
    assert_eq!((bytes("accounts.csv"), bytes("grants.csv")), before);
    assert!(run(open().revoke(&ctx, "k6", &anna, pay.clone())).unwrap().changed());
    assert_eq!(run(open().revoke(&ctx, "k7", &anna, pay)).unwrap(), Outcome::already_gone());
}

#[test]
fn ids_are_never_given_twice() {
    let directory = tempfile::tempdir().unwrap();
    let ctx = Context::new("test");
    let open = || target(directory.path(), FileFormat::Csv);
    let first = run(open().create(&ctx, "k1", ObjectClass::USER, full_user())).unwrap().object.unwrap();
    run(open().delete(&ctx, "k2", &first, DeleteMode::Permanent)).unwrap();
    let second = run(open().create(&ctx, "k3", ObjectClass::USER, full_user())).unwrap().object.unwrap();
    assert_eq!((first.id.as_str(), second.id.as_str()), ("1", "2"));
}

#[test]
fn grants_of_an_account_that_vanished_before_the_crash_are_dropped() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("grants.csv"),
        "principal,kind,value,immutable,parameters\n9,role,x,false,\n",
    )
    .unwrap();
    std::fs::write(directory.path().join("accounts.csv.new"), "half a fi").unwrap();
    let open = target(directory.path(), FileFormat::Csv);
    let page = run(tenure_connector::Connector::list(
        &open,
        &Context::new("test"),
        &ListQuery::new(ObjectClass::GRANT),
    ));
    assert!(page.unwrap().items.is_empty());
}

#[test]
fn a_catalogue_limits_what_can_be_granted() {
    let directory = tempfile::tempdir().unwrap();
    let catalogue = "kind,value,display,exclusiveGroup,capacity,immutable\nlicence,pro,Pro,tier,1,\nlicence,basic,,tier,,\n";
    std::fs::write(directory.path().join("entitlements.csv"), catalogue).unwrap();
    let ctx = Context::new("test");
    let open = target(directory.path(), FileFormat::Csv);
    let anna = run(open.create(&ctx, "k1", ObjectClass::USER, full_user())).unwrap().object.unwrap();
    let kind = |value: &str, key: &str| {
        run(open.grant(&ctx, key, &anna, EntitlementRef::new("licence", value))).map_err(|error| error.kind())
    };
    assert!(kind("pro", "k2").unwrap().changed());
    assert_eq!(kind("gold", "k3"), Err(ErrorKind::NotFound));
    assert_eq!(kind("basic", "k4").unwrap().effects.len(), 1);
}

#[test]
fn a_damaged_file_is_told_by_line_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("accounts.csv");
    let check = |text: &str, detail: &str, help: Option<&str>| {
        std::fs::write(&path, text).unwrap();
        let open = target(directory.path(), FileFormat::Csv);
        let error = run(open.create(&Context::new("test"), "k", ObjectClass::USER, full_user())).unwrap_err();
        assert_eq!((error.detail(), error.help()), (detail, help));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    };
    check(
        "id,usrName\n1,anna\n",
        "accounts.csv:2: column `usrName`: expected a column that is an attribute of the schema, found `usrName`",
        Some("did you mean `userName`?"),
    );
    check("id,userName\n,anna\n", "accounts.csv:2: column `id`: expected a value, found ``", None);
    check(
        "id,userName,status\n1,anna,asleep\n",
        "accounts.csv:2: column `status`: expected active, suspended, disabled or archived, found `asleep`",
        None,
    );
    check(
        "id,userName,emails\n1,anna,x@y\n",
        "accounts.csv:2: column `emails`: expected JSON, found `x@y`",
        None,
    );
}

#[test]
fn what_a_file_cannot_do_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let open = target(directory.path(), FileFormat::Csv);
    let operation = tenure_connector::Operation::RevokeSessions {
        object: ObjectRef::new(ObjectClass::USER, "1"),
        scope: tenure_connector::SessionScope::All,
    };
    let request = tenure_connector::WriteRequest::new("k", operation);
    let error = run(tenure_connector::Connector::apply(&open, &Context::new("test"), &request)).unwrap_err();
    assert_eq!((error.kind(), error.help()), (ErrorKind::Unsupported, Some("a file has no sessions")));
}
