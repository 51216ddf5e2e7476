//! Accounts whose id somebody else's account had, as in systems that number the next from the highest that is left.

use std::sync::Arc;

use crate::common::{Company, at, id, seed_user, target, titles, users, worker};
use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;
use tenure_engine::{ApplyOptions, Disposed, Disposition, NoticeKind, Plan, PlanOptions, StepOutcome};
use tenure_store::{LinkRecord, Select};

const LOAD: &str = "2026-03-02";
const GONE: &str = "2026-05-04";
const NEXT: &str = "2026-05-05";

/// A company whose last account was deleted, over a system that gives its id to the next. Returns the id.
async fn deleted() -> (Company, String) {
    let mut company = Company::new();
    // Whoever comes last has the highest number.
    let bo = company.workers.pop().unwrap();
    company.settle(at(LOAD)).await;
    company.workers.push(bo);
    company.settle(at(LOAD)).await;
    let bo = company.account("w3").unwrap().id().unwrap().to_owned();
    company.worker("w3").end_date = Some("2026-04-01".parse().unwrap());
    company.settle(at("2026-04-02")).await;
    company.settle(at(GONE)).await;
    assert_eq!(company.account("w3"), None);
    // The system with what is left, as if nothing had ever been deleted.
    let mut forgetful = Company::new().desk.with_tenant(|desk| desk.clone());
    company.desk.with_tenant(|desk| {
        let users = desk.save(&ObjectClass::USER);
        users.into_iter().for_each(|user| forgetful.load(&ObjectClass::USER, user));
        desk.save_grants().into_iter().for_each(|grant| forgetful.load_grant(grant));
        *desk = forgetful;
    });
    (company, bo)
}

async fn links(company: &Company, account: &str) -> Vec<LinkRecord> {
    let mut links = company.store.links(&Select::Target("desk".to_owned())).await.unwrap();
    links.retain(|link| link.account == account);
    links
}

fn ambiguous(plan: &Plan) -> Vec<&str> {
    let found = plan.notices.iter().filter(|notice| notice.kind == NoticeKind::Ambiguous);
    found.map(|notice| notice.text.as_str()).collect()
}

#[tokio::test]
async fn who_is_created_with_the_id_of_a_deleted_account_has_it() {
    let (mut company, bo) = deleted().await;
    company.workers.push(worker("w4", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
    company.settle(at(NEXT)).await;
    assert_eq!(company.account("w4").unwrap().id(), Some(&*bo));
    let found = links(&company, &bo).await;
    assert_eq!((found.len(), found[0].identity.as_str(), found[0].is_live()), (1, "w4", true));
    assert_eq!(company.held("w4"), ["role:reader"]);
    // Whose it was gets another when they come back.
    company.worker("w3").end_date = None;
    company.settle(at("2026-05-06")).await;
    assert_ne!(company.account("w3").unwrap().id(), Some(&*bo));
    assert_eq!(links(&company, &bo).await, found);
}

#[tokio::test]
async fn an_id_alone_does_not_make_an_account_that_of_its_former_owner() {
    let (mut company, bo) = deleted().await;
    assert_eq!(seed_user(&company.desk, "carl", Some("x-9")).id, bo);
    let plan = company.plan(at(NEXT)).await;
    assert_eq!(titles(&plan), Vec::<String>::new());
    assert_eq!(
        ambiguous(&plan),
        ["account carl may belong to Bo Ek (a deleted account of theirs had its id)"]
    );
    // Even when they come back, nothing is done until a person has decided.
    company.worker("w3").end_date = None;
    let plan = company.plan(at(NEXT)).await;
    assert!(plan.steps.iter().all(|step| step.target != target("desk")), "{:?}", titles(&plan));
    company.workers.push(worker("w4", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
    company.engine().observe(at(NEXT)).await.unwrap();
    let theirs = Disposition::Adopt { identity: id("w4") };
    let said = Disposed::new(theirs, "mara", "it is Carl's", at(NEXT));
    company.engine().dispose(&target("desk"), &bo, said).await.unwrap();
    company.settle(at(NEXT)).await;
    assert_eq!(links(&company, &bo).await[0].identity, "w4");
    assert_ne!(company.account("w3").unwrap().id(), Some(&*bo));
}

#[tokio::test]
async fn an_account_that_agrees_with_somebody_is_theirs_whoever_had_its_id() {
    for (external, owner) in [("w3", "w3"), ("w4", "w4")] {
        let (mut company, bo) = deleted().await;
        company.worker("w3").end_date = None;
        company.workers.push(worker("w4", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
        assert_eq!(seed_user(&company.desk, "somebody", Some(external)).id, bo);
        let (plan, _) = company.settle(at(NEXT)).await;
        assert_eq!(ambiguous(&plan), Vec::<&str>::new());
        assert_eq!(links(&company, &bo).await[0].identity, owner);
        assert_eq!(users(&company.desk).len(), 4);
    }
}

/// A system that answers a create with an account that is there already.
#[derive(Debug)]
struct Confused(MemoryConnector, ObjectRef);

#[async_trait]
impl Connector for Confused {
    fn info(&self) -> ConnectorInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.0.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.0.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.0.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.0.list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.0.changes(ctx, class, since).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.0.poll(ctx, job).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        match request.operation {
            Operation::Create { .. } => Ok(Outcome::already_so().with_object(self.1.clone())),
            _ => self.0.apply(ctx, request).await,
        }
    }
}

#[tokio::test]
async fn a_create_that_is_answered_with_the_account_of_somebody_else_fails_alone() {
    let mut company = Company::new();
    company.settle(at(LOAD)).await;
    let anna = company.account("w2").unwrap().id().unwrap().to_owned();
    company.workers.push(worker("w4", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
    company.worker("w3").title = Some("Head of sales".to_owned());
    let confused = Confused(company.desk.clone(), ObjectRef::new(ObjectClass::USER, &*anna));
    let engine = company.engine_with(Arc::new(confused), Arc::clone(&company.store));
    engine.observe(at(NEXT)).await.unwrap();
    let plan = engine.plan(at(NEXT), &PlanOptions::default()).await.unwrap();
    let report = engine.apply(&plan, &ApplyOptions::new(at(NEXT))).await.unwrap();
    let create = report.steps.iter().find(|step| step.title == "create Carl Dahl in desk").unwrap();
    assert_eq!(create.outcome, StepOutcome::Failed, "{report:#?}");
    let why = "expected an account that is free or belongs to `w4`, found one that belongs to `w2`";
    assert!(create.detail.contains(why), "{}", create.detail);
    let others = report.steps.iter().filter(|step| !step.title.contains("Carl Dahl in desk"));
    assert!(
        others.clone().count() > 0 && others.clone().all(|step| step.outcome.is_success()),
        "{report:#?}"
    );
    assert_eq!(company.account("w3").unwrap().text("title"), Some("Head of sales"));
    assert_eq!(links(&company, &anna).await[0].identity, "w2");
    // It is said, and tried again later, not at once.
    let retries = engine.retries().await.unwrap();
    assert!(retries.iter().any(|retry| retry.title == "create Carl Dahl in desk" && retry.next > at(NEXT)));
    assert!(engine.resume(&ApplyOptions::new(at(NEXT))).await.unwrap().is_empty());
}
