//! What a target tells in the same words as before is known again without being read; everything else is found.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Company, at, role, seed_user, titles};
use async_trait::async_trait;
use tenure_connector::*;
use tenure_engine::{ApplyOptions, PlanOptions, TargetReport};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_store::{Batch, Select, SqliteStore, Write};
use tokio::sync::Semaphore;

/// A company in a file that was looked at often enough for everything to be known by its words; and the file.
async fn known() -> (tempfile::TempDir, PathBuf, Company) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("engine.db");
    let company = Company::over(Arc::new(SqliteStore::open(&file).unwrap()));
    company.settle(at("2026-03-02")).await;
    look(&company).await;
    look(&company).await;
    (folder, file, company)
}

/// What a look found at the desk.
async fn look(company: &Company) -> TargetReport {
    let report = company.engine().observe(at("2026-03-03")).await.unwrap();
    report.targets.into_iter().find(|report| report.target.as_str() == "desk").unwrap()
}

fn spoil(file: &PathBuf, table: &str) {
    let db = rusqlite::Connection::open(file).unwrap();
    assert!(db.execute(&format!("UPDATE {table} SET doc = 'spoilt'"), []).unwrap() > 0);
}

fn object(company: &Company, external: &str) -> ObjectRef {
    ObjectRef::new(ObjectClass::USER, company.account(external).unwrap().id().unwrap())
}

/// Changes an account behind everybody's back.
fn rename(company: &Company, external: &str, name: &str) {
    let mut user = company.account(external).unwrap();
    user.set(&"displayName".parse().unwrap(), name);
    company.desk.with_tenant(|tenant| tenant.seed(&ObjectClass::USER, user));
}

fn granted(who: &ObjectRef, time: usize) -> Operation {
    let parameters = [("time".to_owned(), time.to_string())].into();
    Operation::Grant { object: who.clone(), entitlement: role("reader"), parameters }
}

fn by_hand(company: &Company, operation: Operation) {
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let key = format!("by hand {}", TIMES.fetch_add(1, Ordering::Relaxed));
    company.desk.with_tenant(|tenant| tenant.apply(&WriteRequest::new(key, operation), None).unwrap());
}

#[tokio::test]
async fn what_is_stored_of_it_is_not_read() {
    let (_folder, file, company) = known().await;
    for table in ["account", "held"] {
        spoil(&file, table);
    }
    let report = look(&company).await;
    assert!(report.complete && report.changed == 0 && report.accounts == 3, "{report:?}");
    let first = look(&company).await;
    assert_eq!((first.accounts, first.grants, first.gone), (report.accounts, report.grants, report.gone));
}

#[tokio::test]
async fn an_account_that_is_changed_and_changed_back_is_found_each_time() {
    let (_folder, _file, company) = known().await;
    for name in ["Somebody", "Bo Ek", "Somebody", "Somebody else", "Bo Ek"] {
        rename(&company, "w3", name);
        assert_eq!(look(&company).await.changed, 1, "{name}");
        let plan = company.plan(at("2026-03-03")).await;
        assert_eq!(plan.steps.len(), usize::from(name != "Bo Ek"), "{name}: {:?}", titles(&plan));
        assert_eq!(look(&company).await.changed, 0, "{name}");
    }
}

#[tokio::test]
async fn what_is_taken_and_given_by_hand_is_found_each_time() {
    let (_folder, _file, company) = known().await;
    let who = object(&company, "w3");
    for time in 0..3 {
        let (object, entitlement) = (who.clone(), role("reader"));
        by_hand(&company, Operation::Revoke { object, entitlement });
        assert_eq!(look(&company).await.changed, 1, "it is gone");
        assert_eq!(company.plan(at("2026-03-03")).await.steps.len(), 1);
        assert_eq!(look(&company).await.changed, 0);
        by_hand(&company, granted(&who, time));
        assert_eq!(look(&company).await.changed, 1, "it is there again");
        assert_eq!(look(&company).await.changed, 0);
    }
}

/// The target says that something was done, and tells what it told before.
#[tokio::test]
async fn a_target_that_forgets_what_it_did_is_found_out() {
    let (_folder, _file, mut company) = known().await;
    let before = company.desk.with_tenant(|tenant| tenant.clone());
    company.worker("w3").title = Some("Head".into());
    let engine = company.engine();
    engine.observe(at("2026-03-03")).await.unwrap();
    let plan = engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap();
    let options = ApplyOptions::new(at("2026-03-03")).observe_again(false);
    assert!(engine.apply(&plan, &options).await.unwrap().is_success());
    assert_eq!(company.account("w3").unwrap().text("title"), Some("Head"));
    company.desk.with_tenant(|tenant| *tenant = before);
    assert_eq!(look(&company).await.changed, 1, "the store believed that it was done");
    let again = engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&again), titles(&plan));
}

#[tokio::test]
async fn what_an_account_holds_is_its_owners_as_soon_as_it_has_one() {
    let (_folder, _file, company) = known().await;
    let who = seed_user(&company.desk, "cem", None);
    by_hand(&company, granted(&who, 0));
    look(&company).await;
    look(&company).await;
    let nobodys = || async {
        let held = company.store.held(&Select::Target("desk".into())).await.unwrap();
        held.into_iter().filter(|held| held.identity.is_none()).count()
    };
    assert_eq!(nobodys().await, 1);
    let link = tenure_store::LinkRecord::new("desk", &who.id, "w9", "by hand", at("2026-03-03"));
    company.store.commit(Batch::new().with(Write::Link(link))).await.unwrap();
    look(&company).await;
    assert_eq!(nobodys().await, 0);
}

/// Lists a class, and says only when it is let that this was all.
#[derive(Debug)]
struct Halting {
    class: ObjectClass,
    reached: Semaphore,
    go: Semaphore,
}

#[async_trait]
impl Layer for Halting {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::List(query) = &call else { return next.run(ctx, call).await };
        if query.class != self.class {
            return next.run(ctx, call).await;
        }
        if query.cursor.is_some() {
            self.reached.add_permits(1);
            self.go.acquire().await.unwrap().forget();
            return Ok(Reply::Page(Page::last(Vec::new())));
        }
        let mut reply = next.run(ctx, call).await?;
        if let Reply::Page(page) = &mut reply {
            page.next = Some(Cursor::new("the rest"));
        }
        Ok(reply)
    }
}

/// Looks twice at once, the second time within the first: after that one has compared, and before it writes. Between the two
/// something changes.
async fn look_within_a_look(company: &Company, file: &PathBuf, class: ObjectClass, change: impl FnOnce()) {
    // Nothing is known by its words: the first look notes what it has compared.
    rusqlite::Connection::open(file).unwrap().execute("DELETE FROM told", []).unwrap();
    let halting = Arc::new(Halting { class, reached: Semaphore::new(0), go: Semaphore::new(0) });
    let desk = wrap(Arc::new(company.desk.clone()), halting.clone());
    let engine = company.engine_with(desk, Arc::clone(&company.store));
    let second = async {
        halting.reached.acquire().await.unwrap().forget();
        change();
        assert_eq!(look(company).await.changed, 1, "the second look finds it");
        halting.go.add_permits(1);
    };
    let (first, ()) = futures_util::future::join(engine.observe(at("2026-03-03")), second).await;
    first.unwrap();
}

#[tokio::test]
async fn of_two_looks_at_once_neither_notes_an_account_that_the_other_has_written() {
    let (_folder, file, company) = known().await;
    let before = company.desk.with_tenant(|tenant| tenant.clone());
    look_within_a_look(&company, &file, ObjectClass::USER, || rename(&company, "w3", "Somebody")).await;
    company.desk.with_tenant(|tenant| *tenant = before);
    assert_eq!(look(&company).await.changed, 1, "it is as it was, and stored otherwise");
    assert_eq!(titles(&company.plan(at("2026-03-03")).await), Vec::<String>::new());
}

#[tokio::test]
async fn of_two_looks_at_once_neither_notes_what_is_held_that_the_other_has_written() {
    let (_folder, file, company) = known().await;
    let who = object(&company, "w3");
    let revoke = || {
        by_hand(&company, Operation::Revoke { object: who.clone(), entitlement: role("reader") });
    };
    revoke();
    by_hand(&company, granted(&who, 0));
    look(&company).await;
    look_within_a_look(&company, &file, ObjectClass::GRANT, revoke).await;
    by_hand(&company, granted(&who, 0));
    assert_eq!(look(&company).await.changed, 1, "it is held again");
    let held = company.store.held(&Select::Target("desk".into())).await.unwrap();
    assert!(held.iter().any(|held| held.account == who.id && held.value == "reader"), "{held:?}");
}

/// Lists every account a second time, by another name.
#[derive(Debug)]
struct Twice;

#[async_trait]
impl Layer for Twice {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let doubled = matches!(call, Call::List(query) if query.class == ObjectClass::USER || query.class == ObjectClass::GRANT);
        let mut reply = next.run(ctx, call).await?;
        if let Reply::Page(page) = &mut reply
            && doubled
        {
            let again: Vec<Object> = page.items.iter().cloned().map(otherwise).collect();
            page.items.extend(again);
            page.total = None;
        }
        Ok(reply)
    }
}

fn otherwise(mut item: Object) -> Object {
    if item.object.class == ObjectClass::USER {
        item.resource.set(&"displayName".parse().unwrap(), "Twice");
    } else if item.object.class == ObjectClass::GRANT {
        item.resource
            .set(&"parameters".parse().unwrap(), serde_json::json!([{"type": "time", "value": "2"}]));
    }
    item
}

/// What is stored in the end of two that contradict each other, nobody knows before: neither is known by its words.
#[tokio::test]
async fn a_target_that_tells_two_things_of_one_is_not_taken_at_its_word() {
    let (_folder, _file, company) = known().await;
    let fresh = company.fork(Arc::new(tenure_store::MemoryStore::new()));
    fresh.engine().observe(at("2026-03-03")).await.unwrap();
    let stored = |store: Arc<dyn tenure_store::Store>| async move {
        let accounts = store.accounts("desk", &tenure_store::PageRequest::first(9)).await.unwrap();
        let held = store.held(&Select::Target("desk".into())).await.unwrap();
        let held = held.into_iter().map(|held| (held.account, held.kind, held.value, held.parameters));
        (accounts.into_iter().map(|it| it.resource).collect::<Vec<_>>(), held.collect::<Vec<_>>())
    };
    let expected = stored(Arc::clone(&fresh.store)).await;
    for times in 1..4 {
        let twice = wrap(Arc::new(company.desk.clone()), Arc::new(Twice));
        for _ in 0..times {
            company
                .engine_with(twice.clone(), Arc::clone(&company.store))
                .observe(at("2026-03-03"))
                .await
                .unwrap();
        }
        look(&company).await;
        assert_eq!(stored(Arc::clone(&company.store)).await, expected, "after {times} times");
    }
}
