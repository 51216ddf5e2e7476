//! A small company: one source, two targets, a store, and a policy over them.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_connector::{Connector, EntitlementRef, ObjectClass, ObjectRef};
use tenure_engine::{
    ApplyOptions, Engine, EngineBuilder, EngineError, Plan, PlanOptions, RunReport, SourceOptions,
    TargetOptions,
};
use tenure_policy::{IdentityId, Policy, PolicyDocument, TargetId};
use tenure_scim::Resource;
use tenure_store::{MemoryStore, Store};

pub(crate) const POLICY: &str = include_str!("policy.yaml");

#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) desk: MemoryConnector,
    pub(crate) erp: MemoryConnector,
    pub(crate) workers: Vec<WorkerRecord>,
    pub(crate) workloads: Vec<WorkloadRecord>,
    pub(crate) policy: String,
    pub(crate) options: SourceOptions,
}

impl Company {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            desk: MemoryConnector::over("desk", desk()),
            erp: MemoryConnector::over(
                "erp",
                Tenant::new().with_entitlement(Entitlement::new("permission", "self-service")),
            ),
            workers: vec![
                worker("w1", "Mara", "Lind", "Support", "Lead", None),
                worker("w2", "Anna", "Berg", "Support", "Agent", Some("w1")),
                worker("w3", "Bo", "Ek", "Sales", "Seller", Some("w1")),
            ],
            workloads: Vec::new(),
            policy: POLICY.to_owned(),
            options: SourceOptions::default(),
        }
    }

    /// The same company with systems of its own.
    pub(crate) fn fork(&self, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            desk: MemoryConnector::over("desk", self.desk.with_tenant(|tenant| tenant.clone())),
            erp: MemoryConnector::over("erp", self.erp.with_tenant(|tenant| tenant.clone())),
            workers: self.workers.clone(),
            workloads: self.workloads.clone(),
            policy: self.policy.clone(),
            options: self.options.clone(),
        }
    }

    pub(crate) fn compiled(&self) -> Policy {
        compiled(&self.policy)
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine_with(Arc::new(self.desk.clone()), Arc::clone(&self.store))
    }

    pub(crate) fn engine_with(&self, desk: Arc<dyn Connector>, store: Arc<dyn Store>) -> Engine {
        self.builder(store).target(target("desk"), desk).build().unwrap()
    }

    pub(crate) fn engine_for(&self, desk: Arc<dyn Connector>, options: TargetOptions) -> Engine {
        self.builder(Arc::clone(&self.store)).target_with(target("desk"), options, desk).build().unwrap()
    }

    /// The source.
    pub(crate) fn feed(&self) -> Arc<dyn Connector> {
        let hr = self.workers.iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
        let hr = self.workloads.iter().fold(hr, |tenant, workload| tenant.with_workload(workload));
        Arc::new(MemoryConnector::over("hr", hr))
    }

    /// An engine that lacks only the desk.
    pub(crate) fn builder(&self, store: Arc<dyn Store>) -> EngineBuilder {
        Engine::builder(self.compiled(), store)
            .source("hr", self.options.clone(), self.feed())
            .target(target("erp"), Arc::new(self.erp.clone()))
            .worker("tester")
    }

    /// Looks, plans and applies.
    pub(crate) async fn cycle(&self, now: DateTime<Utc>) -> (Plan, RunReport) {
        self.try_cycle(now).await.unwrap()
    }

    pub(crate) async fn try_cycle(&self, now: DateTime<Utc>) -> Result<(Plan, RunReport), EngineError> {
        let engine = self.engine();
        engine.observe(now).await?;
        let plan = engine.plan(now, &PlanOptions::default()).await?;
        let report = engine.apply(&plan, &ApplyOptions::new(now)).await?;
        Ok((plan, report))
    }

    pub(crate) async fn plan(&self, now: DateTime<Utc>) -> Plan {
        let engine = self.engine();
        engine.observe(now).await.unwrap();
        engine.plan(now, &PlanOptions::default()).await.unwrap()
    }

    /// Applies once and shows that a second run has nothing to do.
    pub(crate) async fn settle(&self, now: DateTime<Utc>) -> (Plan, RunReport) {
        let (plan, report) = self.cycle(now).await;
        assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
        let again = self.plan(now).await;
        assert_eq!(titles(&again), Vec::<String>::new(), "a second run has nothing to do");
        (plan, report)
    }

    pub(crate) fn worker(&mut self, id: &str) -> &mut WorkerRecord {
        self.workers.iter_mut().find(|worker| worker.worker_id == id).unwrap()
    }

    pub(crate) fn account(&self, external: &str) -> Option<Resource> {
        account(&self.desk, external)
    }

    pub(crate) fn held(&self, external: &str) -> Vec<String> {
        held(&self.desk, external)
    }
}

/// Compiling is the slow part of a small test.
fn compiled(text: &str) -> Policy {
    static COMPILED: Mutex<Vec<(String, Policy)>> = Mutex::new(Vec::new());
    let mut known = COMPILED.lock().unwrap();
    if let Some((_, policy)) = known.iter().find(|(known, _)| known == text) {
        return policy.clone();
    }
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", text).unwrap()).unwrap();
    known.push((text.to_owned(), policy.clone()));
    policy
}

fn desk() -> Tenant {
    Tenant::new()
        .with_entitlement(Entitlement::new("role", "agent"))
        .with_entitlement(Entitlement::new("role", "lead"))
        .with_entitlement(Entitlement::new("role", "reader"))
        .with_entitlement(Entitlement::new("role", "admin"))
        .with_entitlement(Entitlement::new("group", "g-1").with_display("Support"))
        .with_entitlement(Entitlement::new("licence", "professional").with_capacity(50))
}

pub(crate) fn account(connector: &MemoryConnector, external: &str) -> Option<Resource> {
    users(connector).into_iter().find(|user| user.external_id() == Some(external))
}

pub(crate) fn users(connector: &MemoryConnector) -> Vec<Resource> {
    connector.with_tenant(|tenant| {
        let page = tenant.list(&tenure_connector::ListQuery::new(ObjectClass::USER)).unwrap();
        page.items.into_iter().map(|item| item.resource).collect()
    })
}

pub(crate) fn held(connector: &MemoryConnector, external: &str) -> Vec<String> {
    let Some(id) = account(connector, external).and_then(|user| user.id().map(str::to_owned)) else {
        return Vec::new();
    };
    let grants = connector.with_tenant(|tenant| tenant.grants());
    let mut held: Vec<String> = grants
        .into_iter()
        .filter(|grant| grant.principal == id)
        .map(|grant| grant.entitlement.to_string())
        .collect();
    held.sort();
    held
}

pub(crate) fn worker(
    id: &str,
    given: &str,
    family: &str,
    department: &str,
    title: &str,
    manager: Option<&str>,
) -> WorkerRecord {
    let start = "2025-01-01".parse().unwrap();
    let mut record = WorkerRecord::new(id, &format!("e-{id}"), "Employee", given, family, start);
    record.department = Some(department.to_owned());
    record.title = Some(title.to_owned());
    record.manager_id = manager.map(str::to_owned);
    record.email = Some(format!("{}@example.com", given.to_lowercase()));
    record
}

pub(crate) fn target(name: &str) -> TargetId {
    name.parse().unwrap()
}

pub(crate) fn id(name: &str) -> IdentityId {
    name.parse().unwrap()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    match text.contains('T') {
        true => text.parse().unwrap(),
        false => format!("{text}T12:00:00Z").parse().unwrap(),
    }
}

pub(crate) fn titles(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(tenure_engine::Step::title).collect()
}

pub(crate) fn seed_user(connector: &MemoryConnector, user_name: &str, external: Option<&str>) -> ObjectRef {
    let mut user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
        .with("userName", user_name)
        .unwrap()
        .with("active", true)
        .unwrap();
    if let Some(external) = external {
        user = user.with("externalId", external).unwrap();
    }
    connector.with_tenant(|tenant| tenant.seed(&ObjectClass::USER, user))
}

pub(crate) fn role(name: &str) -> EntitlementRef {
    EntitlementRef::new("role", name)
}

/// Copies a database that is not in use any more; what its file lacks is in the log beside it.
pub(crate) fn copy_database(folder: &Path, from: &str, to: &str) {
    std::fs::copy(folder.join(from), folder.join(to)).unwrap();
    let log = folder.join(format!("{from}-wal"));
    if log.exists() {
        std::fs::copy(log, folder.join(format!("{to}-wal"))).unwrap();
    }
}
