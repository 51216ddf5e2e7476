//! A house with managers, controllers, an ERP in which paying and approving are to be apart, and rules of governance.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

#[path = "../../../tenure-engine/tests/common/mod.rs"]
pub(crate) mod company;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use company::{Company, worker};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_engine::Engine;
use tenure_governance::{Decision, Governance, Request, RequestDraft, Rules};
use tenure_policy::{EntitlementKey, Format, Granted, IdentityId, Policy};
use tenure_store::{MemoryStore, SqliteStore, Store, export_trailer, verify_audit};

pub(crate) use company::{at, id};

const MORE: &str = r#"
  auditor: { entitlements: [erp/permission:audit] }
constraints:
  - { id: pay-and-approve, at_most: 1, of: [erp/permission:pay, erp/permission:approve] }
delegations:
  - { id: managers, who: 'userType eq "Employee"', may: [grant, revoke, reinstate, review] }
"#;

pub(crate) const RULES: &str = r#"
version: 1
calendar: { zone: Europe/Berlin, holidays: [2026-04-03, 2026-04-06] }
administrators: [w4]
owners: { erp: [w5], "erp/permission:approve": [w6] }
requests:
  remind_before_end: [14d, 3d]
  approvals:
    - { id: harmless, automatic: true, when: { entitlements: [desk/role:reader] } }
    - { id: manager, by: [manager], remind: 1bd, escalate: { after: 3bd, to: [{ people: [w5] }] }, lapse: 5bd }
    - { id: owners, when: { targets: [erp] }, by: [owner] }
    - { id: privileged, when: { risk: high }, by: [{ where: 'title eq "Controller"' }], quorum: 2 }
"#;

pub(crate) struct House {
    pub(crate) company: Company,
    pub(crate) rules: String,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    pub(crate) fn on_disk(folder: &tempfile::TempDir) -> Self {
        Self::over(Arc::new(SqliteStore::open(folder.path().join("tenure.db")).unwrap()))
    }

    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        let mut company = Company::over(store);
        let permissions = ["self-service", "pay", "approve", "audit"];
        let erp = permissions.into_iter().fold(Tenant::new(), |tenant, name| {
            tenant.with_entitlement(Entitlement::new("permission", name))
        });
        company.erp = MemoryConnector::over("erp", erp);
        company.policy = company::POLICY.replace("\nrules:\n", &format!("{MORE}rules:\n"));
        company.worker("w1").manager_id = Some("w4".to_owned());
        company.workers.extend([
            worker("w4", "Cara", "Chief", "Management", "Chief", None),
            worker("w5", "Dan", "Falk", "Finance", "Controller", Some("w4")),
            worker("w6", "Eva", "Holm", "Finance", "Controller", Some("w4")),
            worker("w7", "Finn", "Lund", "Finance", "Controller", Some("w4")),
        ]);
        Self { company, rules: RULES.to_owned() }
    }

    pub(crate) fn governance(&self) -> Governance {
        self.governance_of(self.company.engine())
    }

    pub(crate) fn governance_of(&self, engine: Engine) -> Governance {
        let rules = read(&self.rules, engine.versions().next().unwrap()).unwrap();
        Governance::new(Arc::new(engine), rules)
    }

    /// Observes, plans and applies, as a program does that calls `advance` before.
    pub(crate) async fn run(&self, now: DateTime<Utc>) -> Vec<String> {
        self.governance().advance(now).await.unwrap();
        let (plan, report) = self.company.cycle(now).await;
        assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
        company::titles(&plan)
    }

    pub(crate) fn erp(&self, who: &str) -> Vec<String> {
        company::held(&self.company.erp, who)
    }

    /// The actions of the audit trail after a number of records, without those of the engine's own steps. Verifies the chain.
    pub(crate) async fn trail(&self, prefix: &str) -> Vec<String> {
        let records = self.company.store.audit(0, 10_000).await.unwrap();
        let mut text = Vec::new();
        for record in &records {
            serde_json::to_writer(&mut text, record).unwrap();
            text.push(b'\n');
        }
        let head = self.company.store.audit_head().await.unwrap();
        text.extend(export_trailer(&head).into_bytes());
        verify_audit(text.as_slice(), Some(&head)).unwrap();
        let ours = records.into_iter().filter(|record| record.draft.action.starts_with(prefix));
        ours.map(|record| format!("{} {}: {}", record.draft.actor, record.draft.action, record.draft.outcome))
            .collect()
    }
}

pub(crate) fn read(text: &str, policy: &Policy) -> Result<Rules, tenure_policy::PolicyErrors> {
    Rules::read("governance.yaml", Format::Yaml, text, policy)
}

pub(crate) fn key(text: &str) -> EntitlementKey {
    text.parse().unwrap()
}

pub(crate) fn role(text: &str) -> Granted {
    Granted::Role(text.parse().unwrap())
}

pub(crate) fn ask(by: &str, subject: &str, what: impl Into<Granted>) -> RequestDraft {
    RequestDraft::new(id(by), id(subject), what, "the quarter's end")
}

/// Asks for access and lets people approve it, one after the other.
pub(crate) async fn ask_and_approve(
    governance: &Governance,
    draft: &RequestDraft,
    approvers: &[&str],
    now: DateTime<Utc>,
) -> Request {
    let mut request = governance.submit(draft, now).await.unwrap();
    for by in approvers {
        request = approve(governance, &request, by, now).await;
    }
    request
}

pub(crate) async fn approve(
    governance: &Governance,
    request: &Request,
    by: &str,
    now: DateTime<Utc>,
) -> Request {
    governance.decide(request.id.as_str(), &id(by), &Decision::approve(request, "fine"), now).await.unwrap()
}

pub(crate) fn people(found: impl IntoIterator<Item = IdentityId>) -> Vec<String> {
    found.into_iter().map(|id| id.to_string()).collect()
}
