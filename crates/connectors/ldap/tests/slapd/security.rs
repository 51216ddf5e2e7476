use tenure_connector::{
    Certainty, Connector as _, CredentialSource, ErrorKind, ListQuery, ObjectClass, Operation, OperationKind,
    SecretRef,
};
use tenure_connector_ldap::{Bind, Flavour, LdapConnector};

use crate::server::{Place, add_user, apply, ctx};

#[tokio::test]
async fn passwords_never_go_without_tls() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config(Flavour::OpenLdap);
    config.url = place.server.plain.parse().unwrap();
    let error = LdapConnector::new(config.clone()).unwrap_err();
    assert_eq!((error.kind(), error.help()), (ErrorKind::Config, Some("use `ldaps` or `tls.starttls`")));

    config.tls.allow_plain_bind = true;
    let connector = LdapConnector::new(config).unwrap();
    let anna = add_user(&connector, "anna").await;
    assert!(!connector.capabilities().allows(&ObjectClass::USER, OperationKind::SetCredential));
    let credential = CredentialSource::Reference(SecretRef::new("any"));
    let error = apply(&connector, Operation::SetCredential { object: anna, credential }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.detail(), "passwords are sent over TLS only; use `ldaps` or `starttls`");
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_host_is_refused() {
    let Some(place) = Place::new().await else { return };
    let system = {
        let mut config = place.config(Flavour::OpenLdap);
        config.tls.ca_file = None;
        config
    };
    let host = {
        let mut config = place.config(Flavour::OpenLdap);
        config.url = place.server.secure.replace("localhost", "127.0.0.1").parse().unwrap();
        config
    };
    let starttls = {
        let mut config = host.clone();
        config.url = place.server.plain.replace("localhost", "127.0.0.1").parse().unwrap();
        config.tls.starttls = true;
        config
    };
    for config in [system, host, starttls] {
        // A machine without any authority cannot even make the first one.
        let Ok(connector) = LdapConnector::new(config) else { continue };
        let error = connector.check(&ctx()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.certainty()),
            (ErrorKind::Config, Certainty::NotAttempted),
            "{error}"
        );
        assert!(error.detail().starts_with("the server's certificate is not accepted"), "{error}");
    }
}

#[tokio::test]
async fn what_the_account_may_not_do_is_a_missing_permission() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config(Flavour::OpenLdap);
    config.bind = Bind::Anonymous;
    let reader = LdapConnector::new(config).unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource: crate::server::user("anna") };
    let error = apply(&reader, create).await.unwrap_err();
    // OpenLDAP asks who is there before it says what is not allowed.
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Config, Certainty::Refused), "{error}");
    assert!(reader.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap().complete);
}

#[tokio::test]
async fn a_base_that_is_not_there_is_a_wrong_configuration() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config(Flavour::OpenLdap);
    config.people.base = place.under("Elsewhere");
    let connector = LdapConnector::new(config).unwrap();
    for error in [
        connector.check(&ctx()).await.unwrap_err(),
        connector.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let Some(place) = Place::new().await else { return };
    let mut config = place.config(Flavour::OpenLdap);
    config.url = "ldaps://localhost:1".parse().unwrap();
    let error = LdapConnector::new(config).unwrap().check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotAttempted));
}
