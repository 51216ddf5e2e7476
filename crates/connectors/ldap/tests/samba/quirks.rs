use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector::{
    AccountStatus, Change, Connector as _, ConnectorExt as _, Context, CredentialSource, DeleteMode,
    EntitlementRef, ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation, Outcome, Result, Secret,
    SecretRef, WriteRequest,
};
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};
use tenure_scim::{Patch, PatchPath, Resource, uri};
use tenure_testkit::conformance::MemorySecrets;

use crate::domain::Place;

fn ctx() -> Context {
    let secrets = MemorySecrets::default();
    secrets.put(&SecretRef::new("good"), Secret::new("Correct-Horse-1"));
    secrets.put(&SecretRef::new("weak"), Secret::new("abc"));
    Context::new("test").with_secrets(Arc::new(secrets))
}

async fn apply(connector: &LdapConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

async fn add(connector: &LdapConnector, class: ObjectClass, name: &str) -> ObjectRef {
    let resource = match class == ObjectClass::USER {
        // Principal names are unique in the whole domain, not only in the place of a test.
        true => {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let name = format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
            Resource::new(uri::USER).with("userName", name)
        }
        false => Resource::new(uri::GROUP).with("displayName", name),
    };
    let made = connector.create(&ctx(), "key", class, resource.unwrap()).await.unwrap();
    made.object.unwrap()
}

fn dn(object: &ObjectRef) -> &str {
    object.secondary(ObjectRef::DN).unwrap()
}

async fn values(place: &Place, dn: &str, attribute: &str) -> Vec<String> {
    let mut admin = place.admin().await;
    let found = admin.search(dn, ldap3::Scope::Base, "(objectClass=*)", vec![attribute]).await.unwrap();
    let entry = ldap3::SearchEntry::construct(found.success().unwrap().0.remove(0));
    entry.attrs.get(attribute).cloned().unwrap_or_default()
}

#[tokio::test]
async fn only_one_bit_of_user_account_control_is_turned() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add(&connector, ObjectClass::USER, "anna").await;
    assert_eq!(values(&place, dn(&anna), "userAccountControl").await, ["512"]);
    // The password never expires: a bit that someone else set.
    let mut admin = place.admin().await;
    let other = ldap3::Mod::Replace("userAccountControl", ["66048"].into());
    admin.modify(dn(&anna), vec![other]).await.unwrap().success().unwrap();
    for (status, bits) in [(AccountStatus::Disabled, "66050"), (AccountStatus::Active, "66048")] {
        let set = Operation::SetStatus { object: anna.clone(), status };
        assert!(apply(&connector, set).await.unwrap().changed());
        assert_eq!(values(&place, dn(&anna), "userAccountControl").await, [bits]);
    }
}

#[tokio::test]
async fn a_password_is_set_and_a_weak_one_is_refused() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add(&connector, ObjectClass::USER, "anna").await;
    let set = |name| {
        let credential = CredentialSource::Reference(SecretRef::new(name));
        Operation::SetCredential { object: anna.clone(), credential }
    };
    assert!(place.bound(dn(&anna), "Correct-Horse-1").await.is_none());
    apply(&connector, set("good")).await.unwrap();
    assert!(place.bound(dn(&anna), "Correct-Horse-1").await.is_some());
    assert_eq!(apply(&connector, set("weak")).await.unwrap_err().kind(), ErrorKind::Policy);
}

#[tokio::test]
async fn more_members_than_an_answer_holds_are_read_in_ranges() {
    let Some(place) = Place::new().await else { return };
    // By the members themselves: `memberOf` would need no ranges.
    let connector = LdapConnector::new(LdapConfig { member_of: Some(false), ..place.config() }).unwrap();
    let (staff, mut admin) = (add(&connector, ObjectClass::GROUP, "Staff").await, place.admin().await);
    let names: Vec<_> = (0..1_600).map(|at| format!("CN=c{at},{}", place.under("People"))).collect();
    for name in &names {
        let kind = ("objectClass".to_owned(), HashSet::from(["contact".to_owned()]));
        admin.add(name, vec![kind]).await.unwrap().success().unwrap();
    }
    let anna = add(&connector, ObjectClass::USER, "anna").await;
    for part in names.chunks(500) {
        let more = ldap3::Mod::Add("member".to_owned(), part.iter().cloned().collect());
        admin.modify(dn(&staff), vec![more]).await.unwrap().success().unwrap();
    }
    let grant = Operation::Grant {
        object: anna.clone(),
        entitlement: EntitlementRef::new("group", &staff.id),
        parameters: Default::default(),
    };
    assert!(apply(&connector, grant.clone()).await.unwrap().changed());
    assert!(apply(&connector, grant).await.unwrap().is_already_so());
    let part = vec!["member;range=0-1499"];
    let direct = admin.search(dn(&staff), ldap3::Scope::Base, "(objectClass=*)", part).await.unwrap();
    let entry = ldap3::SearchEntry::construct(direct.success().unwrap().0.remove(0));
    assert_eq!(entry.attrs.get("member;range=0-1499").map(Vec::len), Some(1_500), "the first of two ranges");
    // Contacts are no accounts, so of 1,601 members one is a grant; it is found only when all ranges are read.
    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10).await.unwrap();
    let ids: Vec<_> = grants.items.iter().map(|grant| grant.object.id.clone()).collect();
    assert_eq!(ids, [format!("{}/group:{}", anna.id, staff.id)]);
}

#[tokio::test]
async fn sequence_numbers_tell_changes_and_deletions() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add(&connector, ObjectClass::USER, "anna").await;
    let ben = add(&connector, ObjectClass::USER, "ben").await;
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    let patch = Patch::default().replace(PatchPath::parse("title").unwrap(), "Agent");
    apply(&connector, Operation::Update { object: anna.clone(), patch }).await.unwrap();
    apply(&connector, Operation::Delete { object: ben.clone(), mode: DeleteMode::Permanent }).await.unwrap();
    let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    let told = |id: &str| page.changes.iter().find(|change| change.object().id == id);
    assert!(matches!(told(&anna.id), Some(Change::Upserted(_))));
    assert!(matches!(told(&ben.id), Some(Change::Deleted(_))));
    let restored = token.as_str().replace("\"invocation\":\"", "\"invocation\":\"0");
    let error =
        connector.changes(&ctx(), &ObjectClass::USER, Some(&restored.as_str().into())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
}

#[tokio::test]
async fn an_account_name_that_is_too_long_is_refused_before_it_is_sent() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config();
    config.people.attributes = None;
    assert_eq!(config.flavour, Flavour::ActiveDirectory);
    let connector = LdapConnector::new(config).unwrap();
    let user = |name: &str| Resource::new(uri::USER).with("userName", name).unwrap();
    let long =
        connector.create(&ctx(), "key", ObjectClass::USER, user("a-name-of-21-letters-")).await.unwrap_err();
    assert_eq!(long.kind(), ErrorKind::InvalidInput);
    let made =
        connector.create(&ctx(), "key", ObjectClass::USER, user(&format!("u{}", std::process::id()))).await;
    let made = made.unwrap().object.unwrap();
    assert!(connector.get(&ctx(), &made, &Fields::All).await.is_ok());
}
