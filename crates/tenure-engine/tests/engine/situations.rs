//! The table of situations: an account that is linked or not, to somebody who should have one or not, that is there or gone,
//! that nobody, one or several may own, protected or not. Every cell has a default, and none of them deletes.

use crate::common::{Company, at, seed_user, target, titles, worker};
use tenure_connector::{DeleteMode, ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_engine::{Plan, Verb};

const LOAD: &str = "2026-03-02";
const NEXT: &str = "2026-03-03";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    /// Linked to nobody, and so many may own it.
    Unlinked(usize),
    /// Linked to nobody, and the one who may own it has another one here.
    SecondOf,
    /// Theirs.
    Linked,
    /// Theirs, and gone from the target.
    Gone,
}

/// What a plan does and says of Bo, who may own the account, and of the account.
async fn answer(account: Account, in_scope: bool, protected: bool) -> (Plan, String) {
    let mut company = Company::new();
    company.workers.push(worker("w4", "Ida", "Ros", "Finance", "Clerk", None));
    let linked = matches!(account, Account::Linked | Account::Gone | Account::SecondOf);
    let name = match account {
        Account::Linked | Account::Gone => "bo.ek",
        _ => "somebody",
    };
    if !linked {
        company.workers.retain(|worker| worker.worker_id != "w3");
    }
    company.settle(at(LOAD)).await;
    match account {
        Account::Linked => {}
        Account::Gone => {
            let id = company.account("w3").unwrap().id().unwrap().to_owned();
            let object = ObjectRef::new(ObjectClass::USER, id);
            let delete = Operation::Delete { object, mode: DeleteMode::Permanent };
            company.desk.with_tenant(|desk| desk.apply(&WriteRequest::new("by hand", delete), None).unwrap());
        }
        Account::SecondOf => {
            // Their own account lost its external id, and another one carries it.
            let mut own = company.account("w3").unwrap();
            own.set(&"externalId".parse().unwrap(), "");
            company.desk.with_tenant(|desk| desk.seed(&ObjectClass::USER, own));
            seed_user(&company.desk, name, Some("w3"));
        }
        Account::Unlinked(candidates) => {
            company.workers.push(worker("w3", "Bo", "Ek", "Sales", "Seller", Some("w1")));
            let seeded = seed_user(&company.desk, name, (candidates == 1).then_some("w3"));
            if candidates == 2 {
                // Both have the name that the account shows.
                company.workers.push(worker("w5", "Bo", "Ek", "Finance", "Clerk", None));
                company.desk.with_tenant(|desk| {
                    let class = ObjectClass::USER;
                    let mut user = desk.get(&seeded, &tenure_connector::Fields::All).unwrap().resource;
                    user.set(&"displayName".parse().unwrap(), "Bo Ek");
                    desk.seed(&class, user);
                });
            }
        }
    }
    if !in_scope {
        company.worker("w3").department = Some("Finance".to_owned());
    }
    if protected {
        company.policy = company.policy.replace("protected: [breakglass]", &format!("protected: [{name}]"));
    }
    let plan = company.plan(at(NEXT)).await;
    let desk = target("desk");
    let about = |text: &str| text.contains("Bo Ek") || text.contains(name);
    let steps = plan.steps.iter().filter(|step| step.target == desk);
    let steps = steps.map(|step| step.title()).filter(|title| about(title));
    let notices = plan.notices.iter().filter(|notice| notice.target.as_ref() == Some(&desk));
    let notices = notices.filter(|notice| about(&notice.text)).map(|notice| format!("{:?}", notice.kind));
    let mut said: Vec<String> = steps.chain(notices).collect();
    said.dedup();
    let said = if said.is_empty() { "nothing".to_owned() } else { said.join("; ") };
    (plan, said)
}

#[tokio::test]
async fn every_situation_has_an_answer_and_none_deletes() {
    let accounts = [
        Account::Unlinked(0),
        Account::Unlinked(1),
        Account::Unlinked(2),
        Account::SecondOf,
        Account::Linked,
        Account::Gone,
    ];
    let mut table = String::new();
    for account in accounts {
        for in_scope in [true, false] {
            for protected in [false, true] {
                let (plan, said) = answer(account, in_scope, protected).await;
                let scope = if in_scope { "wanted" } else { "not wanted" };
                let guarded = if protected { ", protected" } else { "" };
                table.push_str(&format!("{account:?}, {scope}{guarded}: {said}\n"));
                let deletes = plan.steps.iter().any(|step| step.verb == Verb::Delete);
                assert!(!deletes, "{account:?}, {scope}{guarded}: {:?}", titles(&plan));
            }
        }
    }
    assert_eq!(table, include_str!("../common/situations.txt"));
}
