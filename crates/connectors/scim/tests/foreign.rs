//! The connector against service providers that were not written here. `.ci/servers/scim-peers.sh` starts them;
//! without one a test says that it was skipped, or fails when servers are required.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector, ConnectorExt as _, Context, DeleteMode, EntitlementRef, ErrorKind, Fields,
    ListQuery, ObjectClass, ObjectRef, Operation, Outcome, Result, WriteRequest,
};
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_scim::{Patch, PatchPath, Resource};
use tenure_scim_client::Dialect;
use tenure_testkit::conformance::{Subject, run_all};

#[expect(clippy::disallowed_methods, reason = "the script that starts the servers says where they are")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn server(name: &str, dialect: Dialect) -> Option<ScimConnector> {
    let Some(address) = variable(name) else {
        assert!(
            variable("TENURE_REQUIRE_SERVERS").is_none(),
            "servers are required, and `{name}` is not set"
        );
        println!("skipped: `{name}` is not set");
        return None;
    };
    let token = variable("TENURE_SERVERS_TOKEN").unwrap_or_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let config = ScimConfig::new(address.parse().unwrap()).with_bearer(token).with_dialect(dialect);
    Some(ScimConnector::new(config, http).unwrap())
}

fn ctx() -> Context {
    Context::new("test")
}

#[tokio::test]
async fn scim2_server() {
    let Some(connector) = server("TENURE_SCIM2_SERVER", Dialect::rfc()) else { return };
    whole_life(&connector).await;
}

#[tokio::test]
async fn scimmy() {
    // It reads no numbers in addresses; see the client's documentation.
    let dialect = Dialect { post_queries: true, ..Dialect::rfc() };
    let Some(connector) = server("TENURE_SCIMMY", dialect) else { return };
    whole_life(&connector).await;
}

async fn apply(connector: &ScimConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

/// Each write twice: the first changes something, the second finds that it is so already.
async fn once(connector: &ScimConnector, operation: Operation) {
    let first = apply(connector, operation.clone()).await.unwrap();
    assert!(first.changed(), "{operation}: {first:?}");
    let second = apply(connector, operation.clone()).await.unwrap();
    assert!(second.is_already_so(), "{operation}: {second:?}");
}

async fn whole_life(connector: &ScimConnector) {
    let report = connector.check(&ctx()).await.unwrap();
    assert!(report.warnings.is_empty() && report.missing.is_empty(), "{report:?}");
    let mark = format!("t{:x}", RandomState::new().build_hasher().finish());
    let user = json!({
        "schemas": [tenure_scim::uri::USER],
        "userName": format!("{mark} Zoë 🙂"),
        "externalId": format!("hr:{mark}"),
        "active": true,
        // A user without e-mail addresses would break filters on them for the client's tests, which may run now.
        "emails": [{ "value": format!("{mark}@example.com"), "type": "work" }],
    });
    let create = Operation::Create { class: ObjectClass::USER, resource: Resource::from_json(user).unwrap() };
    let zoe = apply(connector, create.clone()).await.unwrap().object.unwrap();
    let taken = apply(connector, create).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists, "{taken}");
    assert!(taken.conflicting().unwrap().same_object(&zoe));
    for by in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID] {
        let wanted = ObjectRef::by(ObjectClass::USER, by, zoe.secondary(by).unwrap());
        assert!(connector.get(&ctx(), &wanted, &Fields::All).await.unwrap().object.same_object(&zoe));
    }

    let title: PatchPath = "title".parse().unwrap();
    once(
        connector,
        Operation::Update { object: zoe.clone(), patch: Patch::default().replace(title, "Boss") },
    )
    .await;
    for status in [AccountStatus::Disabled, AccountStatus::Active] {
        once(connector, Operation::SetStatus { object: zoe.clone(), status }).await;
    }

    let group = json!({ "schemas": [tenure_scim::uri::GROUP], "displayName": format!("{mark} Staff") });
    let create =
        Operation::Create { class: ObjectClass::GROUP, resource: Resource::from_json(group).unwrap() };
    let group = apply(connector, create).await.unwrap().object.unwrap();
    let held = [EntitlementRef::new("group", group.id.as_str()), EntitlementRef::new("role", "agent")];
    for entitlement in held.clone() {
        let grant = Operation::Grant { object: zoe.clone(), entitlement, parameters: BTreeMap::new() };
        once(connector, grant).await;
    }
    let listed = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10_000).await.unwrap();
    let ours: BTreeSet<_> = listed.items.into_iter().map(|item| item.object.id).collect();
    let ours: BTreeSet<_> = ours.into_iter().filter(|id| id.starts_with(&zoe.id)).collect();
    assert_eq!(ours, held.iter().map(|entitlement| format!("{}/{entitlement}", zoe.id)).collect());
    for entitlement in held {
        once(connector, Operation::Revoke { object: zoe.clone(), entitlement }).await;
    }
    let filter = format!(r#"externalId eq "hr:{mark}""#).parse().unwrap();
    let found = connector.list(&ctx(), &ListQuery::new(ObjectClass::USER).with_filter(filter)).await.unwrap();
    assert_eq!((found.items.len(), found.complete), (1, true));
    for object in [zoe.clone(), group] {
        once(connector, Operation::Delete { object, mode: DeleteMode::Permanent }).await;
    }
    assert_eq!(connector.get(&ctx(), &zoe, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// The trials that fail against a server, each for a reason that `docs.md` gives.
async fn conforms(connector: ScimConnector, name: &str, known: &[&str]) {
    let mark = format!("t{:x}", RandomState::new().build_hasher().finish());
    let subject = Subject::new(Arc::new(connector)).with_prefix(&mark);
    let report = run_all(&subject).await;
    println!("{name}\n{report}");
    let failed: BTreeSet<_> = report.failed().map(|(trial, _)| trial).collect();
    assert_eq!(failed, known.iter().copied().collect(), "{report}");
}

#[tokio::test]
async fn scim2_server_conforms() {
    let Some(connector) = server("TENURE_SCIM2_SERVER", Dialect::rfc()) else { return };
    // It keeps a deleted user among the members of its groups.
    conforms(connector, "scim2-server", &["deleted_account_holds_nothing"]).await;
}

#[tokio::test]
async fn scimmy_conforms() {
    // Nor does it have versions.
    let dialect = Dialect { post_queries: true, if_match: false, ..Dialect::rfc() };
    let Some(connector) = server("TENURE_SCIMMY", dialect) else { return };
    // A quotation mark in a filter, escaped as JSON has it, ends the text too early.
    conforms(connector, "scimmy", &["awkward_names_survive"]).await;
}
