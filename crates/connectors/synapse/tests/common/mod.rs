//! A fake Synapse and a connector to it.
#![allow(dead_code, reason = "each test file uses a part")]

use tenure_connector::{
    Connector as _, Context, EntitlementRef, ObjectClass, ObjectRef, Operation, Outcome, Result, Secret,
    WriteRequest,
};
use tenure_connector_rest::{Auth, HttpOptions, http_client};
use tenure_connector_synapse::{SynapseConfig, SynapseConnector};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::synapse::Synapse;

pub(crate) const TOKEN: &str = "syt_planted_4711";
pub(crate) const SERVER: &str = "example.com";
pub(crate) const OWN: &str = "urn:tenure:params:scim:schemas:synapse:1.0:User";

pub(crate) fn start() -> Fake<Synapse> {
    Fake::start(Synapse::new(SERVER, TOKEN)).unwrap()
}

pub(crate) fn config(fake: &Fake<Synapse>) -> SynapseConfig {
    let mut config = SynapseConfig::new(fake.address().parse().unwrap(), SERVER);
    config.auth_provider = Some("oidc-corp".to_owned());
    config.timeout_seconds = 15;
    config
}

pub(crate) fn connect(fake: &Fake<Synapse>) -> SynapseConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: SynapseConfig, token: &str) -> SynapseConnector {
    let http = http_client(&HttpOptions::default()).unwrap();
    SynapseConnector::new(config, Auth::bearer(&Secret::new(token)), http).unwrap()
}

/// The name of an account has the signs of the local part of an address.
pub(crate) fn person(name: &str) -> Resource {
    let address = address(name, "x");
    Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
        .with("userName", address.trim_end_matches("@x"))
        .unwrap()
        .with("displayName", name)
        .unwrap()
}

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

pub(crate) async fn apply(connector: &SynapseConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

pub(crate) fn user(id: &str) -> ObjectRef {
    ObjectRef::new(ObjectClass::USER, id)
}

pub(crate) fn grant(id: &str, kind: &str, entitlement: &str) -> Operation {
    let entitlement = EntitlementRef::new(kind, entitlement);
    Operation::Grant { object: user(id), entitlement, parameters: Default::default() }
}

pub(crate) fn revoke(id: &str, kind: &str, entitlement: &str) -> Operation {
    Operation::Revoke { object: user(id), entitlement: EntitlementRef::new(kind, entitlement) }
}
