//! What a write shows of the object that it leaves.

use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector, ErrorKind, Object, ObjectClass, ObjectRef, Operation, WriteRequest,
};
use tenure_scim::{Patch, Resource};
use tenure_store::directory::DirectoryConnector;

use crate::cases::{add_member, apply, create, ctx, get, group, path, user};
use crate::place::Place;

async fn shown(directory: &DirectoryConnector, operation: Operation) -> (ObjectRef, Option<Object>) {
    let request = WriteRequest::new("one attempt", operation).once();
    let (outcome, shown) = directory.apply_and_show(&ctx(), &request).await.unwrap();
    (outcome.object.unwrap(), shown)
}

fn employee() -> Resource {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let anna = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise],
        "userName": "Anna", "password": "t1meMa$heen", "title": "Agent",
        "emails": [{"value": "anna@example.com", "type": "work", "primary": true}],
        (enterprise): {"department": "Sales"},
    });
    Resource::from_json(anna).unwrap()
}

pub async fn what_a_write_shows_is_what_is_read_then(place: Place) {
    let directory = place.open().await;
    let make = Operation::Create { class: ObjectClass::USER, resource: employee() };
    let (anna, made) = shown(&directory, make).await;
    assert_eq!(made.unwrap(), get(&directory, &anna).await.unwrap());
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[&anna.id])).await;

    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    let patch = || {
        Patch::default()
            .replace(path("emails"), json!([{"value": "a@example.com"}]))
            .replace(path(enterprise), "Support")
            .remove(path("title"))
    };
    let updates = [
        Operation::Update { object: anna.clone(), patch: patch() },
        Operation::Update { object: anna.clone(), patch: Patch::default().replace(path("userName"), "ANNA") },
        Operation::SetStatus { object: anna.clone(), status: AccountStatus::Disabled },
    ];
    for update in updates {
        let (object, changed) = shown(&directory, update).await;
        let read = get(&directory, &object).await.unwrap();
        assert_eq!(read.resource.attr("groups").unwrap().to_json()[0]["value"], json!(team.id));
        assert_eq!(changed.unwrap(), read);
    }
    // Members are rows that nobody reads to add one.
    assert_eq!(shown(&directory, add_member(&team, "ben")).await.1, None);
    let rename = Operation::Update {
        object: team.clone(),
        patch: Patch::default().replace(path("displayName"), "Help"),
    };
    assert_eq!(shown(&directory, rename).await.1, None);
    let empty = Operation::Create { class: ObjectClass::GROUP, resource: group("Empty", &[]) };
    let (empty, made) = shown(&directory, empty).await;
    assert_eq!(made.unwrap(), get(&directory, &empty).await.unwrap());
    let full = Operation::Create { class: ObjectClass::GROUP, resource: group("Full", &[&anna.id]) };
    assert_eq!(shown(&directory, full).await.1, None);
}

pub async fn a_write_of_one_attempt_is_not_remembered(place: Place) {
    let directory = place.open().await;
    let make = || Operation::Create { class: ObjectClass::USER, resource: user("anna") };
    let once = WriteRequest::new("key of nobody", make()).once();
    assert!(directory.apply(&ctx(), &once).await.unwrap().changed());
    assert_eq!(directory.apply(&ctx(), &once).await.unwrap_err().kind(), ErrorKind::AlreadyExists);

    let again =
        WriteRequest::new("key", Operation::Create { class: ObjectClass::USER, resource: user("ben") });
    assert!(directory.apply(&ctx(), &again).await.unwrap().changed());
    let (outcome, shown) = directory.apply_and_show(&ctx(), &again).await.unwrap();
    assert_eq!((outcome.is_already_so(), shown), (true, None));
    assert_eq!(apply(&directory, make()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
}
