//! What a write leaves behind and what the next reader sees, in every kind of database.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use tenure_connector::{
    AccountStatus, Change, Connector, ConnectorError, Context, DeleteMode, EntitlementRef, ErrorKind, Fields,
    ListQuery, Object, ObjectClass, ObjectRef, Operation, OperationKind, Outcome, Version, WriteRequest,
};
use tenure_scim::{AttrPath, Filter, Patch, Resource};
use tenure_store::directory::DirectoryConnector;

use crate::place::Place;

pub fn ctx() -> Context {
    Context::new("test")
}

pub fn user(name: &str) -> Resource {
    Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", name).unwrap()
}

pub fn group(name: &str, members: &[&str]) -> Resource {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let group =
        Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group").with("displayName", name).unwrap();
    if members.is_empty() { group } else { group.with("members", Value::Array(members)).unwrap() }
}

static KEYS: AtomicI64 = AtomicI64::new(0);

pub async fn apply(directory: &DirectoryConnector, operation: Operation) -> Result<Outcome, ConnectorError> {
    let key = format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed));
    directory.apply(&ctx(), &WriteRequest::new(key, operation)).await
}

pub async fn create(directory: &DirectoryConnector, class: ObjectClass, resource: Resource) -> ObjectRef {
    apply(directory, Operation::Create { class, resource }).await.unwrap().object.unwrap()
}

pub async fn get(directory: &DirectoryConnector, object: &ObjectRef) -> Result<Object, ConnectorError> {
    directory.get(&ctx(), object, &Fields::All).await
}

pub fn path(text: &str) -> AttrPath {
    AttrPath::parse(text).unwrap()
}

pub fn add_member(object: &ObjectRef, id: &str) -> Operation {
    let patch = Patch::default().add(path("members"), json!([{"value": id}]));
    Operation::Update { object: object.clone(), patch }
}

pub async fn everything_is_kept_over_a_restart(place: Place) {
    let (anna, team) = {
        let directory = place.open().await;
        let anna = create(&directory, ObjectClass::USER, user("anna")).await;
        let team = create(&directory, ObjectClass::GROUP, group("Support", &[&anna.id])).await;
        (anna, team)
    };
    let directory = place.open().await;
    assert_eq!(
        get(&directory, &team).await.unwrap().resource.attr("members").unwrap().as_array().unwrap().len(),
        1
    );
    let found =
        get(&directory, &ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "ANNA")).await.unwrap();
    assert!(found.object.same_object(&anna));
    let taken =
        apply(&directory, Operation::Create { class: ObjectClass::USER, resource: user("Anna") }).await;
    let taken = taken.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    assert!(taken.conflicting().unwrap().same_object(&anna));
}

pub async fn a_repeated_key_is_the_same_write(place: Place) {
    let directory = place.open().await;
    let request =
        WriteRequest::new("step-1", Operation::Create { class: ObjectClass::USER, resource: user("anna") });
    let first = directory.apply(&ctx(), &request).await.unwrap();
    let second = directory.apply(&ctx(), &request).await.unwrap();
    assert!(first.changed() && second.is_already_so());
    assert_eq!(first.object, second.object);
}

pub async fn an_expected_version_that_is_gone_is_a_conflict(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let version = get(&directory, &anna).await.unwrap().version.unwrap();
    let update = |title: &str| Operation::Update {
        object: anna.clone(),
        patch: Patch::default().replace(path("title"), title),
    };
    let request = |key: &str, title: &str, version: &Version| {
        WriteRequest::new(key, update(title)).expecting(version.clone())
    };
    assert!(directory.apply(&ctx(), &request("a", "Lead", &version)).await.unwrap().changed());
    let late = directory.apply(&ctx(), &request("b", "Head", &version)).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    assert_eq!(get(&directory, &anna).await.unwrap().resource.text("title"), Some("Lead"));
}

pub async fn a_softly_deleted_account_comes_back_with_its_memberships(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[&anna.id])).await;
    let delete = |mode| Operation::Delete { object: anna.clone(), mode };
    apply(&directory, delete(DeleteMode::Soft)).await.unwrap();
    assert_eq!(get(&directory, &anna).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(get(&directory, &team).await.unwrap().resource.attr("members").is_none());
    apply(&directory, Operation::Restore { object: anna.clone() }).await.unwrap();
    assert!(get(&directory, &team).await.unwrap().resource.attr("members").is_some());
    // Its name may be given away meanwhile; then it cannot come back.
    apply(&directory, delete(DeleteMode::Soft)).await.unwrap();
    create(&directory, ObjectClass::USER, user("anna")).await;
    let refused = apply(&directory, Operation::Restore { object: anna.clone() }).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    apply(&directory, delete(DeleteMode::Permanent)).await.unwrap();
    let gone = apply(&directory, Operation::Restore { object: anna.clone() }).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    assert!(apply(&directory, delete(DeleteMode::Permanent)).await.unwrap().is_already_so());
}

/// RFC 7644 section 3.14: what is shown differently has another version.
pub async fn a_group_changes_when_somebody_whom_it_shows_goes_or_comes_back(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let ben = create(&directory, ObjectClass::USER, user("ben")).await;
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[&anna.id, &ben.id])).await;
    let other = create(&directory, ObjectClass::GROUP, group("Sales", &[&ben.id])).await;
    let untouched = get(&directory, &other).await.unwrap();
    let mut before = get(&directory, &team).await.unwrap();
    let mut token = directory.changes(&ctx(), &ObjectClass::GROUP, None).await.unwrap().token;
    let delete = |mode| Operation::Delete { object: anna.clone(), mode };
    for (operation, members) in [
        (delete(DeleteMode::Soft), 1),
        (Operation::Restore { object: anna.clone() }, 2),
        (delete(DeleteMode::Soft), 1),
        (Operation::Restore { object: anna.clone() }, 2),
        (delete(DeleteMode::Permanent), 1),
    ] {
        let what = format!("{operation:?}");
        apply(&directory, operation).await.unwrap();
        let now = get(&directory, &team).await.unwrap();
        assert_eq!(now.resource.attr("members").unwrap().as_array().unwrap().len(), members, "{what}");
        assert_ne!(now.version, before.version, "{what}");
        let page = directory.changes(&ctx(), &ObjectClass::GROUP, Some(&token)).await.unwrap();
        let told: Vec<_> = page.changes.iter().map(Change::object).collect();
        assert_eq!(told, [&now.object], "{what}");
        (before, token) = (now, page.token);
    }
    assert_eq!(get(&directory, &other).await.unwrap(), untouched);
}

pub async fn anonymising_leaves_nothing_about_the_person(place: Place) {
    let directory = place.open().await;
    let resource = user("anna").with("emails", json!([{"value": "anna@example.org"}])).unwrap();
    let anna = create(&directory, ObjectClass::USER, resource).await;
    apply(&directory, Operation::Delete { object: anna.clone(), mode: DeleteMode::Anonymise }).await.unwrap();
    let left = get(&directory, &anna).await.unwrap().resource;
    assert!(!left.to_json().to_string().contains("anna@"), "{}", left.to_json());
    assert_eq!(left.attr("active").unwrap().as_bool(), Some(false));
    let by_mail = ListQuery::new(ObjectClass::USER)
        .with_filter(Filter::parse("emails.value eq \"anna@example.org\"").unwrap());
    assert_eq!(directory.list(&ctx(), &by_mail).await.unwrap().items.len(), 0);
}

pub async fn entitlements_live_in_groups_roles_and_entitlements(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[])).await;
    let grant = |kind: &str, id: &str| Operation::Grant {
        object: anna.clone(),
        entitlement: EntitlementRef::new(kind, id),
        parameters: std::collections::BTreeMap::new(),
    };
    let revoke = |kind: &str, id: &str| Operation::Revoke {
        object: anna.clone(),
        entitlement: EntitlementRef::new(kind, id),
    };
    for (kind, id) in [("group", team.id.as_str()), ("role", "agent"), ("seat", "professional")] {
        assert!(apply(&directory, grant(kind, id)).await.unwrap().changed(), "{kind}");
        assert!(apply(&directory, grant(kind, id)).await.unwrap().is_already_so(), "{kind}");
    }
    let held = get(&directory, &anna).await.unwrap().resource;
    assert_eq!(held.attr("roles").unwrap().to_json(), json!([{"value": "agent"}]));
    assert_eq!(
        held.attr("entitlements").unwrap().to_json(),
        json!([{"value": "professional", "type": "seat"}])
    );
    assert!(
        apply(&directory, revoke("group", "Support")).await.unwrap().changed(),
        "a group is found by its name too"
    );
    for (kind, id) in [("group", "Support"), ("group", "Nobody"), ("role", "admin")] {
        assert!(apply(&directory, revoke(kind, id)).await.unwrap().is_already_so(), "{kind} {id}");
    }
    assert_eq!(apply(&directory, grant("group", "Nobody")).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub async fn changes_are_told_once_each_with_tombstones(place: Place) {
    let directory = place.open().await;
    let start = directory.changes(&ctx(), &ObjectClass::USER, None).await.unwrap();
    assert!(start.changes.is_empty());
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let ben = create(&directory, ObjectClass::USER, user("ben")).await;
    let stop = Operation::SetStatus { object: anna.clone(), status: AccountStatus::Disabled };
    apply(&directory, stop).await.unwrap();
    apply(&directory, Operation::Delete { object: ben.clone(), mode: DeleteMode::Permanent }).await.unwrap();
    create(&directory, ObjectClass::GROUP, group("Support", &[])).await;
    let page = directory.changes(&ctx(), &ObjectClass::USER, Some(&start.token)).await.unwrap();
    assert_eq!(page.changes.len(), 2, "one for each object, and none of other classes");
    let Change::Upserted(changed) = &page.changes[0] else { panic!("{:?}", page.changes[0]) };
    assert_eq!(changed.resource.attr("active").unwrap().as_bool(), Some(false));
    assert_eq!(page.changes[1], Change::Deleted(ObjectRef::new(ObjectClass::USER, &ben.id)));
    let next = directory.changes(&ctx(), &ObjectClass::USER, Some(&page.token)).await.unwrap();
    assert!(next.changes.is_empty() && !next.more);
    let forged = directory.changes(&ctx(), &ObjectClass::USER, Some(&"x".into())).await.unwrap_err();
    assert_eq!(forged.kind(), ErrorKind::TokenExpired);
}

pub async fn what_a_directory_lacks_is_said_before_and_when_it_is_tried(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let revoke = Operation::RevokeSessions { object: anna, scope: tenure_connector::SessionScope::All };
    assert!(!directory.capabilities().allows(&ObjectClass::USER, OperationKind::RevokeSessions));
    assert_eq!(apply(&directory, revoke).await.unwrap_err().kind(), ErrorKind::Unsupported);
    let worker = ListQuery::new(ObjectClass::WORKER);
    assert_eq!(directory.list(&ctx(), &worker).await.unwrap_err().kind(), ErrorKind::Unsupported);
}

pub async fn concurrent_writers_lose_nothing(place: Place) {
    let directory = place.open().await;
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[])).await;
    let writers = (0..50).map(|n| {
        let (directory, team) = (directory.clone(), team.clone());
        tokio::spawn(async move {
            let made = create(&directory, ObjectClass::USER, user(&format!("user{n}"))).await;
            apply(&directory, add_member(&team, &made.id)).await.unwrap();
            // Half of them try for the same name; one may have it.
            apply(&directory, Operation::Create { class: ObjectClass::USER, resource: user("wanted") })
                .await
                .is_ok()
        })
    });
    let mut winners = 0;
    for writer in writers.collect::<Vec<_>>() {
        winners += usize::from(writer.await.unwrap());
    }
    assert_eq!(winners, 1);
    let page = directory.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!(page.total, Some(51));
    assert_eq!(
        get(&directory, &team).await.unwrap().resource.attr("members").unwrap().as_array().unwrap().len(),
        50
    );
}

pub async fn a_patch_with_members_and_attributes_is_one_change(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[])).await;
    let patch = Patch::default()
        .add(path("members"), json!([{"value": anna.id}]))
        .replace(path("displayName"), "Support Berlin");
    let update = |patch| Operation::Update { object: team.clone(), patch };
    let before = get(&directory, &team).await.unwrap().version.unwrap();
    let outcome = apply(&directory, update(patch)).await.unwrap();
    let after = get(&directory, &team).await.unwrap();
    assert_eq!(outcome.version, after.version);
    assert_ne!(Some(before), after.version);
    assert_eq!(after.resource.text("displayName"), Some("Support Berlin"));
    // A failing part takes the members with it.
    let bad = Patch::default().remove(path("members")).add(path("shoeSize"), 42);
    apply(&directory, update(bad)).await.unwrap_err();
    assert_eq!(get(&directory, &team).await.unwrap(), after);
}
