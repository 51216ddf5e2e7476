use std::fs;
use std::os::unix::fs::MetadataExt as _;

use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, Context, DeleteMode, EntitlementRef, ErrorKind, Fields,
    ObjectClass, ObjectRef, Operation, Outcome, OwnershipScope, Result, SideEffect, WriteRequest,
};
use tenure_connector_linux::LinuxConnector;
use tenure_scim::{Patch, PatchPath, Resource, uri};

use crate::Image;

const LINUX: &str = "urn:tenure:params:scim:schemas:linux:1.0:Account";

fn ctx() -> Context {
    Context::new("test")
}

async fn apply(connector: &LinuxConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

async fn add(connector: &LinuxConnector, name: &str) -> ObjectRef {
    let user = Resource::new(uri::USER).with("userName", name).unwrap();
    connector.create(&ctx(), "key", ObjectClass::USER, user).await.unwrap().object.unwrap()
}

fn grant(object: &ObjectRef, group: &str) -> Operation {
    let entitlement = EntitlementRef::new("group", group);
    Operation::Grant { object: object.clone(), entitlement, parameters: Default::default() }
}

fn set(path: &str, value: impl Into<serde_json::Value>) -> Patch {
    Patch::default().replace(PatchPath::parse(path).unwrap(), value)
}

fn line(text: &str, name: &str) -> String {
    text.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_stopped_account_cannot_come_in_by_any_way() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let anna = add(&connector, "anna").await;
    let shadow = image.file("shadow").replace("anna:!:", "anna:$6$salt$hash:");
    fs::write(image.path("etc/shadow"), shadow).unwrap();
    let stop = Operation::SetStatus { object: anna.clone(), status: AccountStatus::Disabled };
    assert!(apply(&connector, stop).await.unwrap().changed());
    let stopped = line(&image.file("shadow"), "anna");
    assert!(stopped.starts_with("anna:!$6$salt$hash:") && stopped.ends_with(":1:"), "{stopped}");
    let start = Operation::SetStatus { object: anna, status: AccountStatus::Active };
    assert!(apply(&connector, start).await.unwrap().changed());
    let started = line(&image.file("shadow"), "anna");
    assert!(started.starts_with("anna:$6$salt$hash:") && started.ends_with(":::"), "{started}");
}

#[tokio::test]
async fn a_day_of_its_own_ends_an_account_and_stopping_says_that_it_overwrites_it() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let anna = add(&connector, "anna").await;
    let until = format!("{LINUX}:validUntil");
    let update = Operation::Update { object: anna.clone(), patch: set(&until, "2030-01-31T00:00:00Z") };
    assert!(apply(&connector, update.clone()).await.unwrap().changed());
    assert!(apply(&connector, update).await.unwrap().is_already_so());
    assert!(line(&image.file("shadow"), "anna").ends_with(":21945:"));
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap().resource;
    assert_eq!(shown.text(&until), Some("2030-01-31T00:00:00Z"));
    let noon = Operation::Update { object: anna.clone(), patch: set(&until, "2030-01-31T12:00:00Z") };
    assert_eq!(apply(&connector, noon).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let stop = Operation::SetStatus { object: anna, status: AccountStatus::Suspended };
    let told = SideEffect::ChangesAttributes { paths: vec![until] };
    assert_eq!(apply(&connector, stop).await.unwrap().effects, [told]);
}

#[tokio::test]
async fn everything_of_an_account_changes_in_one_command() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let anna = add(&connector, "anna").await;
    let patch = set("userName", "anne")
        .replace(PatchPath::parse("displayName").unwrap(), "Anne $(reboot) 'O' \"H\" \u{1f980}, Room 1")
        .replace(PatchPath::parse(&format!("{LINUX}:loginShell")).unwrap(), "/bin/zsh")
        .replace(PatchPath::parse(&format!("{LINUX}:homeDirectory")).unwrap(), "/srv/anne");
    assert!(apply(&connector, Operation::Update { object: anna.clone(), patch }).await.unwrap().changed());
    let expected = "anne:x:1000:1000:Anne $(reboot) 'O' \"H\" \u{1f980}, Room 1:/srv/anne:/bin/zsh";
    assert_eq!(line(&image.file("passwd"), "anne"), expected);
    for (path, value) in [
        ("displayName", json!("a:0:0")),
        ("displayName", json!("a\tb")),
        ("displayName", json!("a\nroot::0:0::/:/bin/sh")),
        ("userName", json!("-rf")),
        ("userName", json!("Anna")),
        ("userName", json!("a".repeat(33))),
        ("userName", json!("a;b")),
    ] {
        let update = Operation::Update { object: anna.clone(), patch: set(path, value.clone()) };
        assert_eq!(apply(&connector, update).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{value}");
    }
    assert_eq!(line(&image.file("passwd"), "anne"), expected);
}

#[tokio::test]
async fn accounts_of_the_system_are_not_there() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    for name in ["root", "daemon"] {
        let object = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, name);
        assert_eq!(
            connector.get(&ctx(), &object, &Fields::All).await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
        let delete = Operation::Delete { object, mode: DeleteMode::Permanent };
        assert!(apply(&connector, delete).await.unwrap().is_already_so());
        let user = Resource::new(uri::USER).with("userName", name).unwrap();
        let error = connector.create(&ctx(), "key", ObjectClass::USER, user).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    }
    let root = ObjectRef::new(ObjectClass::USER, "0");
    let stop = Operation::SetStatus { object: root, status: AccountStatus::Disabled };
    assert!(apply(&connector, stop).await.unwrap().is_already_so());
    assert!(image.file("passwd").starts_with("root:x:0:0:"));
}

#[tokio::test]
async fn sudo_is_granted_where_the_configuration_names_it_and_no_other_group_is_lost() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let anna = add(&connector, "anna").await;
    let group = fs::read_to_string(image.path("etc/group")).unwrap().replace("adm:x:4:", "adm:x:4:anna");
    fs::write(image.path("etc/group"), group).unwrap();
    assert!(apply(&connector, grant(&anna, "sudo")).await.unwrap().changed());
    assert!(apply(&connector, grant(&anna, "27")).await.unwrap().is_already_so());
    assert_eq!(line(&image.file("group"), "sudo"), "sudo:x:27:anna");
    assert_eq!(apply(&connector, grant(&anna, "adm")).await.unwrap_err().kind(), ErrorKind::NotFound);
    let revoke = Operation::Revoke { object: anna, entitlement: EntitlementRef::new("group", "sudo") };
    assert!(apply(&connector, revoke).await.unwrap().changed());
    assert_eq!(line(&image.file("group"), "sudo"), "sudo:x:27:");
    assert_eq!(line(&image.file("group"), "adm"), "adm:x:4:anna", "a group that is not ours is kept");
}

#[tokio::test]
async fn a_home_changes_hands_and_links_are_not_followed() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let (anna, ben) = (add(&connector, "anna").await, add(&connector, "ben").await);
    let (outside, kept) = (image.path("outside"), image.path("home/anna/of-root"));
    fs::write(&outside, "x").unwrap();
    fs::write(&kept, "x").unwrap();
    fs::write(image.path("home/anna/notes"), "x").unwrap();
    std::os::unix::fs::chown(image.path("home/anna/notes"), Some(1000), Some(1000)).unwrap();
    std::os::unix::fs::chown(&outside, Some(1000), Some(1000)).unwrap();
    std::os::unix::fs::symlink(&outside, image.path("home/anna/link")).unwrap();
    let give = Operation::TransferOwnership { object: anna.clone(), to: ben, scope: OwnershipScope::All };
    assert!(apply(&connector, give.clone()).await.unwrap().changed());
    assert!(apply(&connector, give).await.unwrap().is_already_so());
    let owner = |name: &str| fs::metadata(image.path(name)).unwrap().uid();
    assert_eq!((owner("home/anna"), owner("home/anna/notes")), (1001, 1001));
    assert_eq!(
        (owner("outside"), owner("home/anna/of-root")),
        (1000, 0),
        "only what was in the home, and the account's"
    );
}

#[tokio::test]
async fn a_held_lock_is_temporary() {
    let Some(image) = Image::new() else { return };
    let connector = image.connector();
    let anna = add(&connector, "anna").await;
    // A lock of a process that lives: this one.
    fs::write(image.path("etc/passwd.lock"), format!("{}\0", std::process::id())).unwrap();
    let update = Operation::Update { object: anna, patch: set("displayName", "x") };
    let error = apply(&connector, update).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}
