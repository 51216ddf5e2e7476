//! Grants and entitlements as classes of their own.

use std::collections::BTreeSet;

use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Connector, DeleteMode, ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation,
};
use tenure_scim::Filter;
use tenure_store::directory::DirectoryConnector;

use crate::cases::{apply, create, ctx, group, user};
use crate::place::Place;

async fn walk(directory: &DirectoryConnector, class: ObjectClass, filter: Option<&str>) -> Vec<String> {
    let mut query = ListQuery::new(class).with_page_size(2);
    query.filter = filter.map(|text| Filter::parse(text).unwrap());
    let mut found = Vec::new();
    loop {
        let page = directory.list(&ctx(), &query).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items.into_iter().map(|item| item.object.id));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return found;
        }
    }
}

pub async fn grants_are_memberships_roles_and_entitlements(place: Place) {
    let directory = place.open().await;
    let roles = json!([{"value": "agent"}, {"value": "lead"}, {"value": "buyer"}]);
    let anna = user("anna").with("roles", roles).unwrap();
    let anna = anna.with("entitlements", json!([{"value": "professional", "type": "seat"}])).unwrap();
    let anna = create(&directory, ObjectClass::USER, anna).await.id;
    let ben = create(&directory, ObjectClass::USER, user("ben")).await.id;
    let inner = create(&directory, ObjectClass::GROUP, group("Inner", &[&ben])).await.id;
    let outer =
        create(&directory, ObjectClass::GROUP, group("Outer", &[&anna, &ben, &inner, "nobody"])).await.id;

    let expected: BTreeSet<String> = [
        format!("{ben}/group:{inner}"),
        format!("{anna}/group:{outer}"),
        format!("{ben}/group:{outer}"),
        format!("{anna}/role:agent"),
        format!("{anna}/role:lead"),
        format!("{anna}/role:buyer"),
        format!("{anna}/seat:professional"),
    ]
    .into();
    let found = walk(&directory, ObjectClass::GRANT, None).await;
    assert_eq!(found.len(), expected.len(), "each once: {found:?}");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);

    let check = |filter: String, count: usize| {
        let directory = directory.clone();
        async move {
            assert_eq!(walk(&directory, ObjectClass::GRANT, Some(&filter)).await.len(), count, "{filter}");
        }
    };
    check(format!("principal eq \"{anna}\""), 5).await;
    check(format!("principal eq \"{ben}\" and kind eq \"group\""), 2).await;
    check("kind eq \"role\"".to_owned(), 3).await;
    check(format!("value eq \"{outer}\""), 2).await;
    check("value sw \"le\" or kind eq \"seat\"".to_owned(), 2).await;
    check("principal eq \"nobody\"".to_owned(), 0).await;
    check("immutable eq true".to_owned(), 0).await;

    let id = format!("{anna}/role:lead");
    let one = directory.get(&ctx(), &ObjectRef::new(ObjectClass::GRANT, &*id), &Fields::All).await.unwrap();
    assert_eq!(GrantRecord::try_from(&one.resource).unwrap().object_id(), id);
    let none = ObjectRef::new(ObjectClass::GRANT, format!("{anna}/role:king"));
    assert_eq!(directory.get(&ctx(), &none, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);

    apply(
        &directory,
        Operation::Delete { object: ObjectRef::new(ObjectClass::USER, &*anna), mode: DeleteMode::Soft },
    )
    .await
    .unwrap();
    assert_eq!(walk(&directory, ObjectClass::GRANT, None).await.len(), 2, "whoever is gone holds nothing");
}

pub async fn groups_are_the_entitlements(place: Place) {
    let directory = place.open().await;
    let mut made = BTreeSet::new();
    for name in ["A", "B", "C", "D", "E"] {
        made.insert(format!("group:{}", create(&directory, ObjectClass::GROUP, group(name, &[])).await.id));
    }
    let found = walk(&directory, ObjectClass::ENTITLEMENT, None).await;
    assert_eq!(found.len(), 5);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), made);
    let named = walk(&directory, ObjectClass::ENTITLEMENT, Some("display eq \"C\"")).await;
    let object = ObjectRef::new(ObjectClass::ENTITLEMENT, named[0].as_str());
    let one = directory.get(&ctx(), &object, &Fields::All).await.unwrap();
    assert_eq!(Entitlement::try_from(&one.resource).unwrap().display.as_deref(), Some("C"));
    assert_eq!(walk(&directory, ObjectClass::ENTITLEMENT, Some("kind eq \"role\"")).await, [""; 0]);
}
