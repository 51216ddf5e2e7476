use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    AccountStatus, Connector, ConnectorExt as _, Context, EntitlementRef, ListQuery, ObjectClass, ObjectRef,
    Operation, Outcome, Result, WriteRequest,
};
use tenure_scim::Resource;

/// The context of a test.
#[must_use]
pub fn ctx() -> Context {
    Context::new("test")
}

/// A user by its id.
#[must_use]
pub fn user(id: &str) -> ObjectRef {
    ObjectRef::new(ObjectClass::USER, id)
}

/// A SCIM user with these attributes.
///
/// # Panics
///
/// When one of them is no path.
#[must_use]
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub fn person(attributes: &[(&str, &str)]) -> Resource {
    let user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User");
    attributes
        .iter()
        .fold(user, |user, (path, value)| user.with(path, *value).expect("the path of an attribute"))
}

/// Gives an entitlement to a user.
#[must_use]
pub fn grant(id: &str, kind: &str, entitlement: &str) -> Operation {
    let entitlement = EntitlementRef::new(kind, entitlement);
    Operation::Grant { object: user(id), entitlement, parameters: BTreeMap::new() }
}

/// Takes an entitlement from a user.
#[must_use]
pub fn revoke(id: &str, kind: &str, entitlement: &str) -> Operation {
    Operation::Revoke { object: user(id), entitlement: EntitlementRef::new(kind, entitlement) }
}

/// Changes the status of a user.
#[must_use]
pub fn status(id: &str, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: user(id), status }
}

/// Sends one write, under a key of its own.
///
/// # Errors
///
/// Those of the connector.
pub async fn apply<C: Connector + ?Sized>(connector: &C, operation: Operation) -> Result<Outcome> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let key = format!("key-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    connector.apply(&ctx(), &WriteRequest::new(key, operation)).await
}

/// What a user holds, as the connector lists it.
///
/// # Panics
///
/// When it cannot be listed.
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub async fn grants<C: Connector>(connector: &C, id: &str) -> Vec<GrantRecord> {
    let all = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10_000).await;
    let all = all.expect("the list of grants").items;
    let all = all.iter().map(|item| GrantRecord::try_from(&item.resource).expect("a grant"));
    all.filter(|grant| grant.principal == id).collect()
}

/// The catalogue of entitlements.
///
/// # Panics
///
/// When it cannot be listed.
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub async fn entitlements<C: Connector>(connector: &C) -> Vec<Entitlement> {
    let all = connector.list_all(&ctx(), ListQuery::new(ObjectClass::ENTITLEMENT), 10_000).await;
    let all = all.expect("the list of entitlements").items;
    all.iter().map(|item| Entitlement::try_from(&item.resource).expect("an entitlement")).collect()
}
