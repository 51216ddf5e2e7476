use tenure_connector::{
    AccountStatus, Connector as _, Context, CredentialSource, ErrorKind, Fields, ObjectClass, ObjectRef,
    Operation, Outcome, Secret, SecretRef, WriteRequest,
};
use tenure_connector_ldap::{Disable, Flavour, LdapConnector};
use tenure_testkit::conformance::MemorySecrets;

use crate::server::{Place, add_user, apply, ctx, dn, of_two_places, values};

fn set(object: &ObjectRef, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: object.clone(), status }
}

async fn set_password(
    connector: &LdapConnector,
    object: &ObjectRef,
    text: &str,
) -> tenure_connector::Result<Outcome> {
    let secrets = MemorySecrets::default();
    secrets.put(&SecretRef::new("new"), Secret::new(text));
    let context = Context::new("test").with_secrets(std::sync::Arc::new(secrets));
    let credential = CredentialSource::Reference(SecretRef::new("new"));
    let operation = Operation::SetCredential { object: object.clone(), credential };
    connector.apply(&context, &WriteRequest::new("key", operation)).await
}

#[tokio::test]
async fn a_stopped_account_cannot_bind_until_it_is_active_again() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    set_password(&connector, &anna, "Correct-Horse-1").await.unwrap();
    assert!(place.server.bound(dn(&anna), "Correct-Horse-1").await.is_some());
    apply(&connector, set(&anna, AccountStatus::Disabled)).await.unwrap();
    assert_eq!(values(&place, dn(&anna), "pwdAccountLockedTime").await, ["000001010000Z"]);
    assert!(place.server.bound(dn(&anna), "Correct-Horse-1").await.is_none());
    apply(&connector, set(&anna, AccountStatus::Active)).await.unwrap();
    assert!(place.server.bound(dn(&anna), "Correct-Horse-1").await.is_some());
}

/// An attempt of which nobody waited for the end may move the entry after its repeat has found it.
#[tokio::test]
async fn an_entry_that_moves_meanwhile_is_found_again() {
    let Some((_place, connector)) = of_two_places().await else { return };
    let anna = add_user(&connector, "anna").await;
    for at in 0..50 {
        let status = if at % 2 == 0 { AccountStatus::Disabled } else { AccountStatus::Active };
        let turn = || apply(&connector, set(&anna, status));
        let (one, other) = tokio::join!(turn(), turn());
        assert!(one.unwrap().is_settled() && other.unwrap().is_settled());
    }
}

/// The places of people are looked at one after the other: an entry may move from the second to the first in between.
#[tokio::test]
async fn an_entry_that_moves_while_it_is_looked_for_is_found_once() {
    let Some((_place, connector)) = of_two_places().await else { return };
    let anna = ObjectRef::new(ObjectClass::USER, add_user(&connector, "anna").await.id);
    for at in 0..100 {
        let status = if at % 2 == 0 { AccountStatus::Disabled } else { AccountStatus::Active };
        let looks = async {
            for _ in 0..8 {
                connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
            }
        };
        let (moved, ()) = tokio::join!(apply(&connector, set(&anna, status)), looks);
        moved.unwrap();
    }
}

#[tokio::test]
async fn an_attribute_or_a_place_can_say_that_an_account_is_stopped() {
    let Some(place) = Place::new().await else { return };
    let former = Disable::MoveTo(place.under("Former"));
    for (name, disable) in [("anna", Disable::Attribute("nsAccountLock".to_owned())), ("ben", former.clone())]
    {
        let mut config = place.config(Flavour::OpenLdap).with_disable(disable.clone());
        let classes = ["inetOrgPerson", "organizationalPerson", "person", "top", "lockable"];
        config.people.object_classes = Some(classes.map(str::to_owned).to_vec());
        let connector = LdapConnector::new(config).unwrap();
        let account = add_user(&connector, name).await;
        let stopped =
            apply(&connector, set(&account, AccountStatus::Suspended)).await.unwrap().object.unwrap();
        match disable == former {
            true => assert_eq!(dn(&stopped), format!("uid={name},{}", place.under("Former"))),
            false => assert_eq!(values(&place, dn(&stopped), "nsAccountLock").await, ["TRUE"]),
        }
        let shown = connector.get(&ctx(), &account, &Fields::All).await.unwrap();
        assert_eq!(shown.resource.attr("active").and_then(|active| active.as_bool()), Some(false));
        let active = apply(&connector, set(&account, AccountStatus::Active)).await.unwrap().object.unwrap();
        assert_eq!(dn(&active), dn(&account));
        // The name stays taken while the account is away.
        apply(&connector, set(&account, AccountStatus::Suspended)).await.unwrap();
        let again = Operation::Create { class: account.class.clone(), resource: crate::server::user(name) };
        assert_eq!(apply(&connector, again).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    }
}

#[tokio::test]
async fn a_weak_password_is_refused_by_policy_and_not_repeated() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    let error = set_password(&connector, &anna, "abc").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Policy);
    assert_eq!(
        error.to_string(),
        "refused by a rule of the system: set the password: the server answers constraintViolation (19)"
    );
}

#[tokio::test]
async fn a_generated_password_works_and_is_kept() {
    let Some(place) = Place::new().await else { return };
    let connector = place.connector();
    let anna = add_user(&connector, "anna").await;
    let secrets = std::sync::Arc::new(MemorySecrets::default());
    let context = Context::new("test").with_secrets(secrets.clone());
    let credential = CredentialSource::Generate { keep_as: SecretRef::new("anna") };
    let operation = Operation::SetCredential { object: anna.clone(), credential };
    connector.apply(&context, &WriteRequest::new("key", operation)).await.unwrap();
    let made = secrets.peek(&SecretRef::new("anna")).unwrap();
    assert!(place.server.bound(dn(&anna), made.expose()).await.is_some());
}
