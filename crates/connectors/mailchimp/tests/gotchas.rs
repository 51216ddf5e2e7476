//! What surprises in Mailchimp, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;

use chrono::DateTime;
use common::{KEY, config, connect, start};
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, DeleteMode, ErrorKind, Fields, ListQuery,
    ObjectClass, ObjectRef, Operation, OutcomeStatus, Secret,
};
use tenure_connector_mailchimp::{AUTHORIZED_APP, MailchimpConnector, TaskStatus};
use tenure_connector_rest::testing::{apply, ctx, entitlements, grant, person, status, user};
use tenure_connector_rest::{HarRecorder, HttpOptions, http_client};

fn create() -> Operation {
    Operation::Create { class: ObjectClass::USER, resource: person(&[("userName", "anna@example.com")]) }
}

#[tokio::test]
async fn no_call_is_made_for_a_user_and_a_person_gets_the_way() {
    let fake = start();
    let connector = connect(&fake, KEY);
    let outcome = apply(&connector, create()).await.unwrap();
    let OutcomeStatus::Manual { instructions } = outcome.status else { panic!("a task") };
    assert_eq!(instructions.steps[0], "Open Mailchimp at https://admin.mailchimp.com/account/users/.");
    assert!(instructions.steps[2].contains("there are 25 a day"), "{:?}", instructions.steps);
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn nobody_is_suspended_and_a_leavers_connections_are_looked_at_first() {
    let fake = start();
    fake.with(|mailchimp| mailchimp.seed_app("Shop", "anna"));
    let connector = connect(&fake, KEY);
    apply(&connector, create()).await.unwrap();
    let people = connector.people();
    people.close(&people.tasks().unwrap()[0].id, TaskStatus::Done, Some("m1"), None).unwrap();
    let error = apply(&connector, status("m1", AccountStatus::Disabled)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::NotAttempted));
    apply(&connector, Operation::Delete { object: user("m1"), mode: DeleteMode::Permanent }).await.unwrap();
    let task = people.tasks().unwrap().pop().unwrap();
    assert!(task.steps.iter().any(|step| step.contains("keys or connections")), "{task:#?}");
    let apps = connector.list_all(&ctx(), ListQuery::new(AUTHORIZED_APP), 10).await.unwrap().items;
    assert_eq!((apps.len(), apps[0].resource.text("displayName")), (1, Some("Shop")));
    let read = connector.get(&ctx(), &ObjectRef::new(AUTHORIZED_APP, "1"), &Fields::All).await.unwrap();
    assert!(read.resource.to_json().to_string().contains("anna"));
}

#[tokio::test]
async fn the_data_centre_stands_at_the_end_of_the_key() {
    let http = || http_client(&HttpOptions::default()).unwrap();
    let made = |key: &str| MailchimpConnector::new(config(), Some(&Secret::new(key)), http());
    assert!(format!("{:?}", made("planted-us21").unwrap()).contains("us21.api.mailchimp.com"));
    for key in ["planted", "planted-", "planted-evil.example/"] {
        let error = made(key).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("planted"));
    }
}

#[tokio::test]
async fn check_tells_whose_key_it_is() {
    let fake = start();
    assert!(connect(&fake, KEY).check(&ctx()).await.unwrap().warnings.is_empty());
    fake.with(|mailchimp| mailchimp.role = "viewer".to_owned());
    let report = connect(&fake, KEY).check(&ctx()).await.unwrap();
    assert_eq!(report.warnings, ["expected the key of an owner or an admin, found that of `viewer`"]);
    let error = connect(&fake, "wrong-us21").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Auth, Some("API Key Invalid")));
    let without =
        MailchimpConnector::new(config(), None, http_client(&HttpOptions::default()).unwrap()).unwrap();
    assert_eq!(without.check(&ctx()).await.unwrap().warnings.len(), 1);
    assert!(without.capabilities().class(&AUTHORIZED_APP).is_none());
}

#[tokio::test]
async fn roles_exclude_each_other_and_the_owner_is_not_among_them() {
    let fake = start();
    let connector = connect(&fake, KEY);
    let groups = connector.schema(&ctx()).await.unwrap().exclusive;
    assert_eq!(groups[0].members.len(), 4);
    assert!(entitlements(&connector).await.iter().all(|found| found.entitlement.id != "Owner"));
    apply(&connector, create()).await.unwrap();
    let people = connector.people();
    people.close(&people.tasks().unwrap()[0].id, TaskStatus::Done, Some("m1"), None).unwrap();
    let error = apply(&connector, grant("m1", "role", "Owner")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let fake = start();
    for key in [KEY, "planted-wrong-us21"] {
        let har = HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH));
        let connector = connect(&fake, key).with_har(har.clone());
        let task = apply(&connector, create()).await.unwrap();
        let checked = connector.check(&ctx()).await;
        let apps = connector.list_all(&ctx(), ListQuery::new(AUTHORIZED_APP), 10).await;
        let ledger = connector.people().tasks().unwrap();
        let printed = format!("{connector:?} {task:?} {checked:?} {apps:?} {ledger:?} {}", har.to_json());
        assert!(printed.contains("authorized-apps"));
        assert!(!printed.contains("planted"), "{printed}");
    }
}
