//! The reference connector, set up so that no trial has to be skipped for lack of data.

use std::sync::Arc;
use std::time::Duration;

use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant, TenantRules};
use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_testkit::chaos::{ChaosConnector, Fault, Schedule};
use tenure_testkit::conformance::{FaultPort, Subject};

/// A tenant with tiers, seats, a long group and people.
pub(crate) fn tenant() -> Tenant {
    let start = "2024-01-01".parse().unwrap();
    let mut tenant = Tenant::new()
        .with_rules(TenantRules::default().with_listed_members(2))
        .with_entitlement(Entitlement::new("licence", "basic").exclusive_in("tier"))
        .with_entitlement(Entitlement::new("licence", "plus").exclusive_in("tier"))
        .with_entitlement(Entitlement::new("licence", "pro").exclusive_in("tier").with_capacity(2))
        .with_entitlement(Entitlement::new("role", "agent"))
        .with_entitlement(Entitlement::new("role", "everyone").immutable())
        .with_worker(&WorkerRecord::new("W1", "E1", "Employee", "Zoë", "Berg", start))
        .with_workload(&WorkloadRecord::new("S1", "Bot", "W1", "Answers"));
    let members: Vec<_> = (0..5).map(|n| serde_json::json!({ "value": format!("m{n}") })).collect();
    let group = tenure_scim::Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group");
    let group = group.with("displayName", "Everybody").unwrap().with("members", members).unwrap();
    tenant.seed(&tenure_connector::ObjectClass::GROUP, group);
    tenant
}

pub(crate) fn subject() -> Subject {
    let memory = MemoryConnector::over("desk", tenant());
    let chaos = Arc::new(ChaosConnector::new(memory.clone(), Schedule::quiet()));
    Subject::new(chaos.clone()).with_faults(Arc::new(Faults { chaos, memory }))
}

#[derive(Debug)]
struct Faults {
    chaos: Arc<ChaosConnector<MemoryConnector>>,
    memory: MemoryConnector,
}

impl FaultPort for Faults {
    fn throttle_next(&self, retry_after: Option<Duration>) -> bool {
        self.chaos.inject(Fault::Throttled { retry_after });
        true
    }

    fn lose_next_answer(&self) -> bool {
        self.chaos.inject(Fault::LostAnswer);
        true
    }

    fn expire_tokens(&self) -> bool {
        self.memory.with_tenant(Tenant::forget_history);
        true
    }
}
