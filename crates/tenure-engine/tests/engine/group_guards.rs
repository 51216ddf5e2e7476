//! Guards that count each group of people by itself: a department that empties is nothing for a whole company.

use crate::common::{Company, at, titles, worker};
use tenure_engine::{ApplyOptions, EngineError, Plan};

const LOAD: &str = "2026-03-02";
const CHANGE: &str = "2026-03-03";

/// Mara and Anna of Support, and six of Sales.
fn company(guard: &str) -> Company {
    let mut company = Company::new();
    company.policy = company.policy.replace("    seat: {", &format!("    guard: {guard}\n    seat: {{"));
    for (number, name) in ["Ada", "Bea", "Cem", "Dan", "Eva"].into_iter().enumerate() {
        company.workers.push(worker(&format!("s{number}"), name, "Lo", "Sales", "Seller", None));
    }
    company
}

fn leave(company: &mut Company, whom: &[&str]) {
    for whom in whom {
        company.worker(whom).end_date = Some(LOAD.parse().unwrap());
    }
}

fn tripped(plan: &Plan) -> Vec<String> {
    plan.tripped().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_department_that_empties_is_noticed_in_a_company_that_does_not() {
    let guard = "{ disable: { percent: 40 }, each: { by: department, disable: { percent: 50, always: 1 } } }";
    let mut company = company(guard);
    company.settle(at(LOAD)).await;
    leave(&mut company, &["w1", "w2", "s0"]);
    let plan = company.plan(at(CHANGE)).await;
    assert_eq!(
        tripped(&plan),
        [
            "desk: 2 x disable of `Support` among 2 accounts, allowed are 50 percent, and 1 whatever share they are"
        ]
    );
    assert_eq!(plan.guards.iter().filter(|guard| guard.group.as_deref() == Some("Sales")).count(), 1);
    let refused = company.engine().apply(&plan, &ApplyOptions::new(at(CHANGE))).await.unwrap_err();
    assert!(matches!(refused, EngineError::GuardsTripped { .. }), "{refused}");

    // One of two is half of them; of one who is left it would be all, and that one is allowed.
    company.worker("w1").end_date = None;
    let (plan, _) = company.settle(at(CHANGE)).await;
    assert!(titles(&plan).contains(&"disable Anna Berg in desk".to_owned()), "{:?}", titles(&plan));
}

#[tokio::test]
async fn the_window_of_a_group_is_its_own() {
    let guard = "{ window: 24h, each: { by: department, disable: { max: 1 } } }";
    let mut company = company(guard);
    company.settle(at(LOAD)).await;
    leave(&mut company, &["s0"]);
    company.settle(at("2026-03-03T08:00:00Z")).await;

    leave(&mut company, &["s1", "w2"]);
    let plan = company.plan(at("2026-03-03T12:00:00Z")).await;
    assert_eq!(
        tripped(&plan),
        ["desk: 1 x disable of `Sales` after 1 earlier ones, allowed are 1"],
        "{:?}",
        titles(&plan)
    );
    let plan = company.plan(at("2026-03-04T12:00:00Z")).await;
    assert_eq!(tripped(&plan), Vec::<String>::new());
}

#[tokio::test]
async fn those_without_a_department_are_a_group() {
    let mut company = company("{}");
    // In the target where everybody has an account.
    company.policy = company.policy.replace(
        "    username: { from: [{ slug: externalId }]",
        "    guard: { each: { by: department, disable: { percent: 50 } } }\n    username: { from: [{ slug: externalId }]",
    );
    for whom in ["s0", "s1"] {
        company.worker(whom).department = None;
    }
    company.settle(at(LOAD)).await;
    let plan = company.plan(at(CHANGE)).await;
    assert_eq!(plan.guards, [], "{plan:?}");
    leave(&mut company, &["s0", "s1"]);
    let plan = company.plan(at(CHANGE)).await;
    assert_eq!(
        tripped(&plan),
        ["erp: 2 x disable of people without a group among 2 accounts, allowed are 50 percent"]
    );
}

#[tokio::test]
async fn whoever_was_moved_counts_where_they_are_now() {
    let mut company =
        company("{ each: { by: { lower: department }, disable: { max: 2 }, revoke: { max: 2 } } }");
    company.settle(at(LOAD)).await;
    // A feed that writes another department for everybody of one.
    for whom in ["w3", "s0", "s1", "s2"] {
        company.worker(whom).department = Some("Sails".to_owned());
    }
    let plan = company.plan(at(CHANGE)).await;
    assert_eq!(
        tripped(&plan),
        ["desk: 4 x disable of `sails`, allowed are 2", "desk: 4 x revoke of `sails`, allowed are 2"]
    );
}

#[tokio::test]
async fn privileged_grants_are_counted_by_themselves() {
    let mut company = company("{ grant: { max: 20 }, grant_privileged: { max: 1 }, window: 24h }");
    company.policy = company.policy.replace(
        "  desk/role:admin: { risk: privileged, birthright: false }",
        "  desk/role:admin: { risk: privileged, birthright: false }\n  desk/role:lead: { risk: high }",
    );
    company.settle(at(LOAD)).await;
    // Mara is one already.
    company.worker("w2").title = Some("Lead".to_owned());
    let plan = company.plan(at("2026-03-02T18:00:00Z")).await;
    assert_eq!(
        tripped(&plan),
        ["desk: 1 x grant_privileged after 1 earlier ones among 8 accounts, allowed are 1"],
        "{:?}",
        titles(&plan)
    );
    assert_eq!(tripped(&company.plan(at("2026-03-04")).await), Vec::<String>::new());
}
