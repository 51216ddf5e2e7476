//! The pool of paid seats: what is given back is taken by who needs one, and nobody takes what is not bought.

use std::collections::BTreeMap;

use crate::common::{Company, at, id, titles, worker};
use tenure_engine::report::Report;
use tenure_engine::{NoticeKind, Plan};

/// A company that has bought so many seats.
fn company(owned: u32) -> Company {
    let mut company = Company::new();
    company.policy = company.policy.replace("owned: 50", &format!("owned: {owned}"));
    company
}

fn hire(company: &mut Company, id: &str, name: &str) {
    company.workers.push(worker(id, name, "Dahl", "Support", "Agent", Some("w1")));
}

fn about_seats(plan: &Plan) -> Vec<&str> {
    let kinds = [NoticeKind::WaitingForSeat, NoticeKind::Task];
    plan.notices.iter().filter(|found| kinds.contains(&found.kind)).map(|found| found.text.as_str()).collect()
}

async fn used(company: &Company, day: &str) -> u32 {
    company.engine().seats(at(day)).await.unwrap().tiers[0].used
}

#[tokio::test]
async fn a_freed_seat_returns_to_the_pool_and_a_joiner_takes_it_in_the_same_plan() {
    let mut company = company(1);
    company.settle(at("2026-03-02")).await;
    assert_eq!(used(&company, "2026-03-02").await, 1, "Anna has the only one");
    // Anna sells from now on, and Gil comes.
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    hire(&mut company, "w0", "Gil");
    let (plan, report) = company.cycle(at("2026-03-09")).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert!(about_seats(&plan).is_empty(), "{:#?}", plan.notices);
    let place = |title: &str| {
        titles(&plan)
            .iter()
            .position(|found| found == title)
            .unwrap_or_else(|| panic!("{title}: {:#?}", titles(&plan)))
    };
    let (freed, taken) = (
        place("revoke licence:professional from Anna Berg in desk"),
        place("grant licence:professional to Gil Dahl in desk"),
    );
    let (freed, taken) = (&plan.steps[freed], &plan.steps[taken]);
    assert!(taken.after.contains(&freed.id), "it waits for it: {taken:#?}");
    assert_eq!(used(&company, "2026-03-09").await, 1, "used and free are what is bought");
}

#[tokio::test]
async fn a_leavers_seat_is_free_before_the_joiner_takes_it_although_it_is_released_last() {
    let mut company = company(1);
    company.settle(at("2026-03-02")).await;
    company.worker("w2").end_date = Some("2026-03-08".parse().unwrap());
    hire(&mut company, "w0", "Gil");
    let (plan, report) = company.cycle(at("2026-03-09")).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    let all = titles(&plan);
    let of = |who: &str| {
        let found =
            all.iter().position(|found| found.contains("licence:professional") && found.contains(who));
        found.unwrap_or_else(|| panic!("{who}: {all:#?}"))
    };
    assert!(of("Anna Berg") < of("Gil Dahl"), "{all:#?}");
    assert!(company.held("w0").contains(&"licence:professional".to_owned()));
    assert_eq!(used(&company, "2026-03-09").await, 1);
}

#[tokio::test]
async fn nobody_takes_a_seat_that_is_not_bought_and_it_is_taken_as_soon_as_it_is() {
    let mut company = company(2);
    for (id, name) in [("w10", "Gil"), ("w11", "Ida"), ("w12", "Kai")] {
        hire(&mut company, id, name);
    }
    let (plan, report) = company.cycle(at("2026-03-02")).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(
        about_seats(&plan),
        [
            "2 more of `professional` are needed than the 2 that are bought: buy them, or take others back",
            "grant licence:professional to Kai Dahl in desk waits: every seat `professional` is taken",
            "grant licence:professional to Anna Berg in desk waits: every seat `professional` is taken",
        ]
    );
    assert_eq!(used(&company, "2026-03-02").await, 2);
    assert!(company.held("w12").contains(&"role:agent".to_owned()), "what needs no seat is there");
    let again = company.plan(at("2026-03-03")).await;
    assert_eq!((titles(&again).len(), about_seats(&again).len()), (0, 3), "it is told as long as it is so");
    company.policy = company.policy.replace("owned: 2", "owned: 4");
    let (plan, _) = company.cycle(at("2026-03-04")).await;
    assert_eq!(titles(&plan).len(), 2, "{:#?}", titles(&plan));
    assert_eq!(used(&company, "2026-03-04").await, 4);
}

#[tokio::test]
async fn a_renewal_has_a_hash_that_two_can_compare_and_that_changes_with_the_seats() {
    let snapshot = async |company: &Company, day: &str, name: &str| {
        company.engine().observe(at(day)).await.unwrap();
        let reviews = company.engine().review_seats(at(day)).await.unwrap();
        let report = Report::of_renewal(&reviews, &BTreeMap::from([(id("w2"), name.to_owned())]), at(day));
        let basis = report.basis;
        let hash = basis.strip_prefix("snapshot ").unwrap_or_else(|| panic!("{basis}"));
        assert!(hash.len() == 64 && hash.chars().all(|one| one.is_ascii_hexdigit()), "{hash}");
        hash.to_owned()
    };
    let (mut one, other) = (company(5), company(5));
    one.settle(at("2026-03-02")).await;
    other.settle(at("2026-03-02")).await;
    let first = snapshot(&one, "2026-03-02", "Anna Berg").await;
    assert_eq!(snapshot(&other, "2026-03-02", "A. Berg").await, first, "the same history, whoever reads it");
    assert_eq!(snapshot(&one, "2026-03-20", "Anna Berg").await, first, "and whenever");
    let idle = snapshot(&one, "2026-05-04", "Anna Berg").await;
    assert_ne!(idle, first, "nobody has used it for too long");
    hire(&mut one, "w0", "Gil");
    one.settle(at("2026-05-04")).await;
    let more = snapshot(&one, "2026-05-04", "Anna Berg").await;
    assert!(more != idle && more != first);
}
