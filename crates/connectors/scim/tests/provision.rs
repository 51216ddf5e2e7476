//! The connector against the workspace's own service provider, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod peer;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use peer::{connect, ctx, start};
use serde_json::json;
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{
    AccountStatus, Certainty, Connector, CredentialSource, DeleteMode, EntitlementRef, ErrorKind, Fields,
    ListQuery, ObjectClass, ObjectRef, Operation, OperationKind, Outcome, OutcomeStatus, Result, Secret,
    SecretRef, WriteRequest,
};
use tenure_connector_rest::HarRecorder;
use tenure_connector_scim::{Recorded, ScimConfig, ScimConnector};
use tenure_scim::{Patch, Resource};
use tenure_scim_client::HttpTransport;
use tenure_testkit::conformance::MemorySecrets;

async fn apply(connector: &ScimConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

fn user(name: &str) -> Resource {
    let user = json!({
        "schemas": [tenure_scim::uri::USER],
        "userName": name,
        "externalId": format!("hr:{name}"),
        "active": true,
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
    });
    Resource::from_json(user).unwrap()
}

async fn created(connector: &ScimConnector, class: ObjectClass, resource: Resource) -> ObjectRef {
    apply(connector, Operation::Create { class, resource }).await.unwrap().object.unwrap()
}

async fn anna(connector: &ScimConnector) -> ObjectRef {
    created(connector, ObjectClass::USER, user("anna")).await
}

async fn group(connector: &ScimConnector, name: &str) -> ObjectRef {
    let group = json!({ "schemas": [tenure_scim::uri::GROUP], "displayName": name });
    created(connector, ObjectClass::GROUP, Resource::from_json(group).unwrap()).await
}

fn changed(outcome: &Outcome) -> bool {
    outcome.status == OutcomeStatus::Done { changed: true }
}

#[tokio::test]
async fn check_connects_and_narrows_to_what_the_peer_has() {
    let connector = connect(start().await);
    let report = connector.check(&ctx()).await.unwrap();
    assert_eq!(report.missing, []);
    assert_eq!(report.warnings, Vec::<String>::new());
    assert!(report.capabilities.allows(&ObjectClass::USER, OperationKind::SetStatus));
    let because = report.capabilities.why_not(&ObjectClass::USER, OperationKind::RevokeSessions).unwrap();
    assert_eq!(because.detail, "SCIM has no sessions; deactivate the user");
    let schema = connector.schema(&ctx()).await.unwrap();
    let classes: Vec<_> = schema.classes.keys().map(ObjectClass::as_str).collect();
    assert_eq!(classes, ["Entitlement", "Grant", "Group", "User"]);
}

#[tokio::test]
async fn wrong_credentials_and_a_dead_peer_are_told_apart() {
    let config = start().await;
    let wrong = connect(config.with_bearer("wrong"));
    let error = wrong.check(&ctx()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.certainty(), error.http_status()),
        (ErrorKind::Auth, Certainty::Refused, Some(401))
    );
    assert!(!format!("{error:?} {error} {wrong:?}").contains("wrong\""));
    let dead = connect(ScimConfig::new("http://127.0.0.1:9/".parse().unwrap()));
    let error = dead.check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotAttempted));
}

#[tokio::test]
async fn an_account_lives_from_create_to_delete() {
    let connector = connect(start().await);
    let anna = anna(&connector).await;
    assert_eq!(anna.secondary(ObjectRef::EXTERNAL_ID), Some("hr:anna"));
    let read = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
    assert_eq!(read.resource.text("userName"), Some("anna"));
    assert!(read.version.is_some());
    for by in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID, ObjectRef::EMAIL] {
        let wanted = ObjectRef::by(ObjectClass::USER, by, anna.secondary(by).unwrap());
        assert!(
            connector.get(&ctx(), &wanted, &Fields::All).await.unwrap().object.same_object(&anna),
            "{by}"
        );
    }

    let patch = Patch::default().replace("title".parse::<tenure_scim::PatchPath>().unwrap(), "Boss");
    let update = || Operation::Update { object: anna.clone(), patch: patch.clone() };
    assert!(changed(&apply(&connector, update()).await.unwrap()));
    assert!(apply(&connector, update()).await.unwrap().is_already_so());

    let status = |status| Operation::SetStatus { object: anna.clone(), status };
    assert!(changed(&apply(&connector, status(AccountStatus::Disabled)).await.unwrap()));
    assert!(apply(&connector, status(AccountStatus::Suspended)).await.unwrap().is_already_so());
    assert!(changed(&apply(&connector, status(AccountStatus::Active)).await.unwrap()));

    let delete = || Operation::Delete { object: anna.clone(), mode: DeleteMode::Permanent };
    assert!(changed(&apply(&connector, delete()).await.unwrap()));
    let gone = OutcomeStatus::AlreadySo { observed_missing: true };
    assert_eq!(apply(&connector, delete()).await.unwrap().status, gone);
    assert_eq!(apply(&connector, status(AccountStatus::Disabled)).await.unwrap().status, gone);
    for operation in [status(AccountStatus::Active), update()] {
        assert_eq!(apply(&connector, operation).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(connector.get(&ctx(), &anna, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_name_that_is_taken_names_who_has_it() {
    let connector = connect(start().await);
    let anna = anna(&connector).await;
    let again = Operation::Create { class: ObjectClass::USER, resource: user("ANNA") };
    let error = apply(&connector, again).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::AlreadyExists, Certainty::Refused));
    assert!(error.conflicting().unwrap().same_object(&anna));
}

#[tokio::test]
async fn input_that_the_peer_refuses_is_blamed_on_its_attribute() {
    let connector = connect(start().await);
    let mut wrong = user("anna");
    wrong.set(&"active".parse().unwrap(), "perhaps");
    let error =
        apply(&connector, Operation::Create { class: ObjectClass::USER, resource: wrong }).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidInput, Certainty::Refused));
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["active"]);
}

#[tokio::test]
async fn a_version_that_is_gone_is_a_conflict() {
    let connector = connect(start().await);
    let anna = anna(&connector).await;
    let version = connector.get(&ctx(), &anna, &Fields::All).await.unwrap().version.unwrap();
    let retitle = |title: &str| {
        let patch = Patch::default().replace("title".parse::<tenure_scim::PatchPath>().unwrap(), title);
        WriteRequest::new("key", Operation::Update { object: anna.clone(), patch }).expecting(version.clone())
    };
    connector.apply(&ctx(), &retitle("one")).await.unwrap();
    let error = connector.apply(&ctx(), &retitle("two")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Conflict, Certainty::Refused));
}

#[tokio::test]
async fn memberships_are_granted_and_revoked_once() {
    let connector = connect(start().await);
    let (anna, staff) = (anna(&connector).await, group(&connector, "Staff & Söhne").await);
    for named in [staff.id.as_str(), "Staff & Söhne"] {
        let grant = || Operation::Grant {
            object: anna.clone(),
            entitlement: EntitlementRef::new("group", named),
            parameters: std::collections::BTreeMap::new(),
        };
        let revoke =
            || Operation::Revoke { object: anna.clone(), entitlement: EntitlementRef::new("group", named) };
        assert_eq!(
            apply(&connector, revoke()).await.unwrap(),
            gone(&apply(&connector, revoke()).await.unwrap())
        );
        assert!(changed(&apply(&connector, grant()).await.unwrap()), "{named}");
        assert!(apply(&connector, grant()).await.unwrap().is_already_so(), "{named}");
        let read = ObjectRef::new(ObjectClass::GRANT, format!("{}/group:{}", anna.id, staff.id));
        assert!(connector.get(&ctx(), &read, &Fields::All).await.is_ok());
        assert!(changed(&apply(&connector, revoke()).await.unwrap()), "{named}");
        assert_eq!(connector.get(&ctx(), &read, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

/// The same outcome as a removal of what was not there.
fn gone(outcome: &Outcome) -> Outcome {
    Outcome { status: OutcomeStatus::AlreadySo { observed_missing: true }, ..outcome.clone() }
}

#[tokio::test]
async fn roles_and_other_entitlements_are_values_of_the_user() {
    let connector = connect(start().await);
    let anna = anna(&connector).await;
    for kind in ["role", "licence", "entitlement"] {
        let entitlement = EntitlementRef::new(kind, "agent \"x\"");
        let grant = || Operation::Grant {
            object: anna.clone(),
            entitlement: entitlement.clone(),
            parameters: std::collections::BTreeMap::new(),
        };
        let revoke = || Operation::Revoke { object: anna.clone(), entitlement: entitlement.clone() };
        assert!(changed(&apply(&connector, grant()).await.unwrap()), "{kind}");
        assert!(apply(&connector, grant()).await.unwrap().is_already_so(), "{kind}");
        assert_eq!(grants(&connector, None).await, BTreeSet::from([format!("{}/{entitlement}", anna.id)]));
        assert!(changed(&apply(&connector, revoke()).await.unwrap()), "{kind}");
        assert!(apply(&connector, revoke()).await.unwrap().is_already_so(), "{kind}");
    }
}

#[tokio::test]
async fn a_grant_to_a_missing_group_is_refused_unless_groups_are_created() {
    let config = start().await;
    let connector = connect(config.clone());
    let anna = anna(&connector).await;
    let grant = || Operation::Grant {
        object: anna.clone(),
        entitlement: EntitlementRef::new("group", "New"),
        parameters: std::collections::BTreeMap::new(),
    };
    assert_eq!(apply(&connector, grant()).await.unwrap_err().kind(), ErrorKind::NotFound);
    let creating = connect(ScimConfig { create_groups: true, ..config });
    assert!(changed(&apply(&creating, grant()).await.unwrap()));
    let nobody = Operation::Grant {
        object: ObjectRef::new(ObjectClass::USER, "nobody"),
        entitlement: EntitlementRef::new("group", "New"),
        parameters: std::collections::BTreeMap::new(),
    };
    assert_eq!(apply(&creating, nobody).await.unwrap_err().kind(), ErrorKind::NotFound);
}

async fn grants(connector: &ScimConnector, page_size: Option<u32>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut query = ListQuery { page_size, ..ListQuery::new(ObjectClass::GRANT) };
    loop {
        let page = connector.list(&ctx(), &query).await.unwrap();
        assert!(page.complete);
        assert!(page_size.is_none_or(|size| page.items.len() <= size as usize));
        for item in page.items {
            let grant = GrantRecord::try_from(&item.resource).unwrap();
            assert!(found.insert(grant.object_id()), "twice: {}", grant.object_id());
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn all_grants_are_listed_once_whatever_the_page_size() {
    let connector = connect(start().await);
    let mut expected = BTreeSet::new();
    let groups =
        [group(&connector, "a").await, group(&connector, "b").await, group(&connector, "empty").await];
    for i in 0..7 {
        let user = created(&connector, ObjectClass::USER, user(&format!("user{i}"))).await;
        let role = EntitlementRef::new("role", "agent");
        let held = groups[..2].iter().map(|group| EntitlementRef::new("group", group.id.as_str()));
        for entitlement in held.take(1 + i % 2).chain([role].into_iter().filter(|_| i < 3)) {
            expected.insert(format!("{}/{entitlement}", user.id));
            let parameters = std::collections::BTreeMap::new();
            let grant = Operation::Grant { object: user.clone(), entitlement, parameters };
            assert!(changed(&apply(&connector, grant).await.unwrap()));
        }
    }
    for page_size in [None, Some(1), Some(2), Some(5), Some(100)] {
        assert_eq!(grants(&connector, page_size).await, expected, "page size {page_size:?}");
    }
    let page = connector.list(&ctx(), &ListQuery::new(ObjectClass::ENTITLEMENT)).await.unwrap();
    let ids: BTreeSet<_> = page.items.iter().map(|item| item.object.id.clone()).collect();
    assert_eq!(ids, groups.iter().map(|group| format!("group:{}", group.id)).collect());
}

#[tokio::test]
async fn users_are_listed_in_pages_that_survive_serialisation() {
    let connector = connect(start().await);
    for i in 0..5 {
        created(&connector, ObjectClass::USER, user(&format!("user{i}"))).await;
    }
    let mut query = ListQuery::new(ObjectClass::USER).with_page_size(2);
    let mut found = Vec::new();
    loop {
        let page = connector.list(&ctx(), &query).await.unwrap();
        assert_eq!((page.complete, page.total), (true, Some(5)));
        found.extend(page.items.iter().filter_map(|item| item.resource.text("userName").map(str::to_owned)));
        let Some(next) = page.next else { break };
        query.cursor = Some(serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap());
    }
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>().len(), 5);
    let filter = r#"userName eq "user3""#.parse().unwrap();
    let page = connector.list(&ctx(), &ListQuery::new(ObjectClass::USER).with_filter(filter)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let mut query = ListQuery::new(ObjectClass::USER);
    query.cursor = Some("not ours".into());
    assert_eq!(connector.list(&ctx(), &query).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn what_scim_cannot_do_is_refused_before_anything_is_sent() {
    let connector = connect(ScimConfig::new("http://127.0.0.1:9/".parse().unwrap()));
    let anna = ObjectRef::new(ObjectClass::USER, "1");
    for operation in [
        Operation::Restore { object: anna.clone() },
        Operation::ResetFactors { object: anna.clone() },
        Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft },
        Operation::SetStatus {
            object: ObjectRef::new(ObjectClass::GROUP, "1"),
            status: AccountStatus::Disabled,
        },
    ] {
        let error = apply(&connector, operation.clone()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.certainty()),
            (ErrorKind::Unsupported, Certainty::NotAttempted),
            "{operation}"
        );
    }
    let error = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn tokens_come_from_a_token_endpoint() {
    let config = start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let answer = move || async move {
        // The first token is one that the peer does not know.
        let token = if counted.fetch_add(1, Ordering::SeqCst) == 0 { "old" } else { peer::TOKEN };
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }).to_string()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/token", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/token", axum::routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let auth =
        format!(r#"{{ "oauth": {{ "token_url": "{address}", "client_id": "c", "client_secret": "s" }} }}"#);
    let config = ScimConfig { auth: serde_json::from_str(&auth).unwrap(), ..config };
    let http = reqwest::Client::new();
    assert_eq!(ScimConnector::new(config.clone(), http.clone()).unwrap_err().kind(), ErrorKind::Config);
    let clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
    let connector = ScimConnector::with_clock(config, http, clock).unwrap();
    anna(&connector).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn recorded_traffic_shows_the_requests_and_no_secret() {
    let config = ScimConfig { passwords: true, ..start().await };
    let har = HarRecorder::new(Arc::new(|| chrono::DateTime::UNIX_EPOCH));
    let transport = Recorded::new(HttpTransport::new(reqwest::Client::new()), har.clone());
    let connector = ScimConnector::over(config, transport).unwrap();
    let anna = anna(&connector).await;
    let secrets = Arc::new(MemorySecrets::default());
    let name = SecretRef::new("anna");
    secrets.put(&name, Secret::new("planted-password"));
    let operation = Operation::SetCredential { object: anna, credential: CredentialSource::Reference(name) };
    let context = ctx().with_secrets(secrets);
    connector.apply(&context, &WriteRequest::new("key-2", operation)).await.unwrap();

    let document = har.to_json();
    let text = document.to_string();
    assert!(!text.contains(peer::TOKEN) && !text.contains("planted-password"), "{text}");
    let entries = document["log"]["entries"].as_array().unwrap();
    let created = entries.iter().find(|entry| entry["request"]["method"] == "POST").unwrap();
    assert_eq!(created["response"]["status"], 201);
    assert!(
        created["request"]["postData"]["text"].as_str().unwrap().contains("anna@example.com"),
        "{created}"
    );
    assert!(text.contains(r#"{"name":"authorization","value":"***"}"#), "{text}");
    assert!(entries.iter().any(|entry| entry["request"]["method"] != "GET" && entry != created), "{text}");
}
