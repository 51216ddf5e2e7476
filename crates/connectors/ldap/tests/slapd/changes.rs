use tenure_connector::{Change, Connector as _, DeleteMode, DeltaToken, ErrorKind, ObjectClass, Operation};
use tenure_connector_ldap::{Flavour, Follow, LdapConnector};
use tenure_scim::{Patch, PatchPath};

use crate::server::{Place, add_group, add_user, apply, ctx, grant};

async fn latest(connector: &LdapConnector, class: ObjectClass) -> DeltaToken {
    connector.changes(&ctx(), &class, None).await.unwrap().token
}

#[tokio::test]
async fn the_server_tells_what_came_changed_and_went() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, ben) = (add_user(&connector, "anna").await, add_user(&connector, "ben").await);
    let token = latest(&connector, ObjectClass::USER).await;
    let cleo = add_user(&connector, "cleo").await;
    let patch = Patch::default().replace(PatchPath::parse("title").unwrap(), "Agent");
    apply(&connector, Operation::Update { object: anna.clone(), patch }).await.unwrap();
    apply(&connector, Operation::Delete { object: ben.clone(), mode: DeleteMode::Permanent }).await.unwrap();
    let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    let told = |id: &str| page.changes.iter().find(|change| change.object().id == id);
    assert!(matches!(told(&cleo.id), Some(Change::Upserted(_))));
    match told(&anna.id) {
        Some(Change::Upserted(object)) => assert_eq!(object.resource.text("title"), Some("Agent")),
        other => panic!("expected the changed account, found {other:?}"),
    }
    assert!(matches!(told(&ben.id), Some(Change::Deleted(_))));
    let rest = connector.changes(&ctx(), &ObjectClass::USER, Some(&page.token)).await.unwrap();
    assert_eq!(rest.changes, []);
}

#[tokio::test]
async fn a_new_member_is_a_change_of_the_group() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let (anna, staff) = (add_user(&connector, "anna").await, add_group(&connector, "Staff").await);
    let token = latest(&connector, ObjectClass::GROUP).await;
    apply(&connector, grant(&anna, &staff)).await.unwrap();
    let page = connector.changes(&ctx(), &ObjectClass::GROUP, Some(&token)).await.unwrap();
    assert_eq!(page.changes.iter().map(|change| &change.object().id).collect::<Vec<_>>(), [&staff.id]);
}

#[tokio::test]
async fn a_state_that_the_server_forgot_has_expired() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    add_user(&connector, "anna").await;
    // The cookie `rid=000,csn=20010101000000.000000Z#000000#000#000000`, from before the session log begins.
    let old = DeltaToken::new(
        r#"{"sync":"cmlkPTAwMCxjc249MjAwMTAxMDEwMDAwMDAuMDAwMDAwWiMwMDAwMDAjMDAwIzAwMDAwMA=="}"#,
    );
    let error = connector.changes(&ctx(), &ObjectClass::USER, Some(&old)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired, "{error}");
}

#[tokio::test]
async fn a_timestamp_tells_changes_at_least_once() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config(Flavour::Generic);
    config.follow = Some(Follow::Timestamp);
    let connector = LdapConnector::new(config).unwrap();
    let delta = connector.capabilities().class(&ObjectClass::USER).and_then(|class| class.changes.clone());
    assert!(!delta.unwrap().tombstones, "deletions are not told");
    let token = latest(&connector, ObjectClass::USER).await;
    let anna = add_user(&connector, "anna").await;
    let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    assert_eq!(page.changes.iter().map(|change| &change.object().id).collect::<Vec<_>>(), [&anna.id]);
    // The same second again: a second change in it must not be missed.
    let again = connector.changes(&ctx(), &ObjectClass::USER, Some(&page.token)).await.unwrap();
    assert_eq!(again.changes.len(), 1);
}
