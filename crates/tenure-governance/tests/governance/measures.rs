//! Measures: from an event to what it gives and takes, who had to do what, wasted seats, and pilots before and after.

use crate::common::company::worker;
use crate::common::{House, ask, ask_and_approve, at, id, key, read};
use tenure_connector::{ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_governance::{Cause, GovernanceError, MeasureScope, MessageKind, Timing};

const PILOTS: &str = r#"
measures: { access_within: 4h, removal_within: 4h }
pilots:
  - id: support
    from: 2026-03-02
    until: 2026-03-31
    who: 'department eq "Support"'
    people: [w3]
    targets: [desk]
    baseline: { access: 5d, automatic_percent: 10 }
"#;

fn house() -> House {
    let mut house = House::new();
    house.rules.push_str(PILOTS);
    house
}

fn seconds(timing: &Timing) -> (usize, usize, Option<i64>, Option<i64>) {
    (timing.cases, timing.in_time, timing.median.map(|s| s / 60), timing.longest.map(|s| s / 60))
}

#[tokio::test]
async fn times_are_measured_from_the_event_that_was_known_and_in_force_to_the_last_thing_it_brought() {
    let mut house = house();
    house.run(at("2026-03-02")).await;
    // A newcomer, told a week before: the account is made ready when it is told, and works twelve hours into the first day.
    let mut new = worker("w8", "Gil", "Dahl", "Support", "Agent", Some("w1"));
    new.start_date = "2026-03-09".parse().unwrap();
    house.company.workers.push(new);
    house.run(at("2026-03-05T08:00:00Z")).await;
    house.run(at("2026-03-09T11:00:00Z")).await;
    // A mover, carried out an hour after it was read.
    house.company.worker("w3").department = Some("Support".to_owned());
    house.company.worker("w3").title = Some("Agent".to_owned());
    house.company.engine().observe(at("2026-03-10T08:00:00Z")).await.unwrap();
    house.run(at("2026-03-10T09:00:00Z")).await;
    // A leaver, whose last day ends at midnight in Berlin; carried out five hours later.
    house.company.worker("w2").end_date = Some("2026-03-11".parse().unwrap());
    house.run(at("2026-03-11T08:00:00Z")).await;
    house.run(at("2026-03-12T04:00:00Z")).await;
    // A request that an administrator makes; counted from the wish.
    let governance = house.governance();
    let asked = ask("w4", "w1", key("desk/role:reader"));
    let request = governance.submit(&asked, at("2026-03-13T08:00:00Z")).await.unwrap();
    assert!(request.automatic.is_some());
    house.run(at("2026-03-13T10:00:00Z")).await;
    house.run(at("2026-03-13T10:00:00Z")).await;

    let scope = MeasureScope::between(at("2026-03-03"), at("2026-04-01"));
    let measures = governance.measures(&scope, at("2026-04-01")).await.unwrap();
    let cause = |cause: Cause| measures.by_cause.get(&cause).copied().unwrap();
    let (access, _) = cause(Cause::Joiner);
    assert_eq!(seconds(&access), (2, 1, Some(0), Some(12 * 60)), "{measures:#?}");
    let (access, removal) = cause(Cause::Mover);
    assert_eq!(
        (seconds(&access), seconds(&removal)),
        ((1, 1, Some(60), Some(60)), (1, 1, Some(60), Some(60)))
    );
    let (_, removal) = cause(Cause::Leaver);
    assert_eq!(seconds(&removal), (1, 0, Some(300), Some(300)));
    let (access, _) = cause(Cause::Request);
    assert_eq!(seconds(&access), (1, 1, Some(120), Some(120)));
    let requests = measures.requests;
    assert_eq!((requests.submitted, requests.automatic, requests.by_administrators), (1, 1, 1));
    assert_eq!(requests.waiting, 0, "{requests:?}");
    assert_eq!(measures.steps.percent_automatic(), Some(100));
    // Five hours are no whole day of a seat.
    assert_eq!((measures.seats[0].days, measures.seats[0].of_leavers), (0, 0));

    // Elsewhere, and about others, it is something else.
    let narrow = scope.clone().in_targets(["erp".parse().unwrap()]).for_people([id("w2")]);
    let narrow = governance.measures(&narrow, at("2026-04-01")).await.unwrap();
    assert_eq!((narrow.access.cases, narrow.removal.cases, narrow.requests.submitted), (0, 1, 0));
    let html = governance.measures_report(&scope, at("2026-04-01")).await.unwrap().to_html();
    assert!(html.contains("Cases by cause; marked: late") && html.contains("12 h"), "{html}");
}

#[tokio::test]
async fn what_somebody_undid_in_a_system_is_a_repair_and_no_late_case() {
    let house = house();
    house.run(at("2026-03-02")).await;
    let account = crate::common::company::account(&house.company.desk, "w2").unwrap();
    let object = ObjectRef::new(ObjectClass::USER, account.id().unwrap());
    let entitlement = tenure_connector::EntitlementRef::new("role", "agent");
    let request = WriteRequest::new("by hand", Operation::Revoke { object, entitlement });
    house.company.desk.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
    assert_eq!(house.run(at("2026-03-20")).await.len(), 1);
    let scope = MeasureScope::between(at("2026-03-01"), at("2026-04-01"));
    let measures = house.governance().measures(&scope, at("2026-04-01")).await.unwrap();
    assert_eq!(measures.steps.repairs, 1);
    assert_eq!(measures.access.longest, Some(0), "{measures:#?}");
}

#[tokio::test]
async fn a_seat_is_wasted_by_who_left_and_by_who_does_not_use_it_and_costs_what_it_costs() {
    let mut house = house();
    house.run(at("2026-03-02")).await;
    // Anna last used hers on the fifth; thirty days later it counts as idle.
    let account = crate::common::company::account(&house.company.desk, "w2").unwrap();
    let user = ObjectRef::new(ObjectClass::USER, account.id().unwrap());
    let arguments = std::collections::BTreeMap::from([("at".to_owned(), "2026-03-05T12:00:00Z".into())]);
    let login = Operation::Custom { object: user, name: "record_login".to_owned(), arguments };
    house.company.desk.with_tenant(|tenant| tenant.apply(&WriteRequest::new("login", login), None)).unwrap();
    house.company.workers.push(worker("w8", "Gil", "Dahl", "Support", "Agent", Some("w1")));
    house.company.worker("w8").end_date = Some("2026-03-10".parse().unwrap());
    house.run(at("2026-03-03")).await;
    // Gil's seat is released ten days and more after the last day.
    house.run(at("2026-03-21")).await;
    house.run(at("2026-04-14")).await;
    let scope = MeasureScope::between(at("2026-03-01"), at("2026-05-01"));
    let measures = house.governance().measures(&scope, at("2026-04-14")).await.unwrap();
    let seat = &measures.seats[0];
    assert_eq!((seat.tier.as_str(), seat.of_leavers), ("professional", 10), "{measures:#?}");
    assert_eq!(seat.days - seat.of_leavers, 10, "from the fourth of April on");
    assert_eq!(seat.cost.to_string(), "75.62 USD", "20 days of 1,380.00 USD a year");
}

#[tokio::test]
async fn a_pilot_is_held_against_the_days_before_it_and_kept_at_its_end() {
    let mut house = house();
    house.run(at("2026-02-02")).await;
    // Before: a leaver, three days late.
    house.company.workers.push(worker("w8", "Gil", "Dahl", "Support", "Agent", Some("w1")));
    house.run(at("2026-02-15")).await;
    house.company.worker("w8").end_date = Some("2026-02-20".parse().unwrap());
    house.company.engine().observe(at("2026-02-20")).await.unwrap();
    house.run(at("2026-02-23T23:00:00Z")).await;
    let governance = house.governance();
    let early = governance.pilot("support", at("2026-02-20")).await.unwrap_err();
    assert!(matches!(early, GovernanceError::Refused { .. }), "{early}");
    // During: one an hour after midnight; one who is not part of it, days late.
    for (who, day) in [("w2", "2026-03-10"), ("w5", "2026-03-05")] {
        house.company.worker(who).end_date = Some(day.parse().unwrap());
    }
    house.company.engine().observe(at("2026-03-05")).await.unwrap();
    house.run(at("2026-03-11T00:00:00Z")).await;
    ask_and_approve(
        &governance,
        &ask("w3", "w3", key("desk/role:admin")),
        &["w1", "w6", "w7"],
        at("2026-03-12"),
    )
    .await;
    governance.say(&id("w1"), false, "it was slow on Monday", at("2026-03-16")).await.unwrap();
    governance.say(&id("w3"), true, "everything was there", at("2026-03-17")).await.unwrap();
    for (who, text) in [("w1", "  "), ("w2", "I have left")] {
        governance.say(&id(who), true, text, at("2026-03-18")).await.unwrap_err();
    }

    let result = governance.pilot("support", at("2026-03-20")).await.unwrap();
    assert_eq!(result.people, 4, "Mara, Anna and Gil of Support, and Bo by name");
    let row = |what: &str| result.compared.iter().find(|row| row.what == what).unwrap();
    let removal = row("time to removal");
    assert_eq!(
        (removal.before, removal.after, removal.is_better()),
        (Some(72 * 3600), Some(3600), Some(true))
    );
    let access = row("time to access");
    assert_eq!((access.before, access.told, access.after), (Some(0), false, None), "nothing came yet");
    let automatic = row("done without anybody");
    assert_eq!((automatic.before, automatic.is_better()), (Some(100), None));
    let complaints = row("complaints");
    assert_eq!(
        (complaints.before, complaints.after, complaints.is_better()),
        (Some(0), Some(1), Some(false))
    );

    assert!(governance.advance_pilots(at("2026-03-31")).await.unwrap().is_empty());
    assert_eq!(governance.advance_pilots(at("2026-04-01")).await.unwrap(), ["support"]);
    assert!(governance.advance_pilots(at("2026-04-02")).await.unwrap().is_empty(), "once");
    let told = governance.outbox().await.unwrap();
    assert!(told.iter().any(|m| m.kind == MessageKind::Notice && m.to == id("w4") && m.about == "support"));
    let kept = governance.pilot("support", at("2027-01-01")).await.unwrap();
    assert_eq!(kept.at, at("2026-03-31T22:00:00Z"), "the end of the last day in Berlin");
    let html = governance.pilot_report("support", at("2027-01-01")).await.unwrap().to_html();
    for text in ["it was slow on Monday", "Time to removal", "3 d", "better"] {
        assert!(html.contains(text), "{text}: {html}");
    }
}

#[test]
fn a_pilot_is_neither_too_short_nor_too_long() {
    let house = House::new();
    let policy = house.company.compiled();
    for (until, days) in
        [("2026-03-30", Some(29)), ("2026-03-31", None), ("2026-04-30", None), ("2026-05-01", Some(61))]
    {
        let text = format!("version: 1\npilots: [{{ id: a, from: 2026-03-02, until: {until} }}]\n");
        let found = read(&text, &policy).map(drop).map_err(|errors| errors.to_string());
        let wanted = match days {
            None => Ok(()),
            Some(days) => {
                Err(format!("governance.yaml:2:44: expected a pilot of 30 to 60 days, found {days}"))
            }
        };
        assert_eq!(found, wanted, "{until}");
    }
}

#[tokio::test]
async fn the_trail_is_read_once_and_measured_many_times_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (often, once) = (House::on_disk(&folder), House::new());
    let mut measured = Vec::new();
    for mut house in [often, once] {
        let again = measured.is_empty();
        for (day, change) in
            [("2026-02-02", 0), ("2026-02-20", 1), ("2026-03-05", 2), ("2026-03-20", 3), ("2026-04-02", 4)]
        {
            match change {
                1 => house.company.workers.push(worker("w8", "Gil", "Dahl", "Support", "Agent", Some("w1"))),
                2 => house.company.worker("w2").end_date = Some("2026-03-04".parse().unwrap()),
                3 => {
                    let account = crate::common::company::account(&house.company.desk, "w8").unwrap();
                    let object = ObjectRef::new(ObjectClass::USER, account.id().unwrap());
                    let entitlement = tenure_connector::EntitlementRef::new("role", "agent");
                    let request = WriteRequest::new("by hand", Operation::Revoke { object, entitlement });
                    house.company.desk.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
                }
                4 => house.company.worker("w3").department = Some("Support".to_owned()),
                _ => {}
            }
            house.run(at(day)).await;
            if again {
                let scope = MeasureScope::between(at("2026-01-01"), at(day));
                house.governance().measures(&scope, at(day)).await.unwrap();
            }
        }
        let scopes =
            [("2026-01-01", "2026-05-01"), ("2026-03-01", "2026-04-01"), ("2026-03-06", "2026-03-21")];
        let mut found = Vec::new();
        for (from, until) in scopes {
            let scope = MeasureScope::between(at(from), at(until));
            let mut measures = house.governance().measures(&scope, at("2026-04-03")).await.unwrap();
            // That alone depends on when somebody looked first.
            measures.seats[0].seen_since = None;
            found.push(measures);
        }
        let head = house.company.store.value("governance/measures/head").await.unwrap().unwrap();
        assert_eq!(
            head["after"],
            house.company.store.audit_head().await.unwrap().seq,
            "to the end of the trail"
        );
        measured.push(found);
    }
    assert_eq!(measured[0], measured[1]);
    let [all, march, repair] = measured[0].as_slice() else { panic!() };
    assert!(all.steps.automatic > march.steps.automatic && march.steps.automatic > repair.steps.automatic);
    assert_eq!((all.steps.repairs, march.steps.repairs, repair.steps.repairs), (1, 1, 1));
    assert_eq!((march.removal.cases, repair.removal.cases), (1, 0));
}

#[tokio::test]
async fn days_without_use_are_counted_also_after_a_seat_was_used_again_or_given_back() {
    let mut house = house();
    house.run(at("2026-02-02")).await;
    let login = |house: &House, who: &str, day: &str| {
        let account = crate::common::company::account(&house.company.desk, who).unwrap();
        let user = ObjectRef::new(ObjectClass::USER, account.id().unwrap());
        let arguments =
            std::collections::BTreeMap::from([("at".to_owned(), format!("{day}T00:00:00Z").into())]);
        let login = Operation::Custom { object: user, name: "record_login".to_owned(), arguments };
        house
            .company
            .desk
            .with_tenant(|tenant| tenant.apply(&WriteRequest::new(format!("login {day}"), login), None))
            .unwrap();
    };
    let look = async |house: &House, day: &str| {
        house.run(at(day)).await;
        house.governance().advance_seats(at(day)).await.unwrap();
    };
    login(&house, "w2", "2026-02-05");
    look(&house, "2026-02-06").await;
    // Thirty days are free; from the seventh of March on nobody used it, until the seventeenth: ten days.
    look(&house, "2026-03-10").await;
    login(&house, "w2", "2026-03-17");
    look(&house, "2026-03-18").await;
    let days = async |house: &House, until: &str, now: &str| {
        let scope = MeasureScope::between(at("2026-01-01"), at(until));
        let measures = house.governance().measures(&scope, at(now)).await.unwrap();
        let seat = &measures.seats[0];
        assert_eq!(seat.seen_since, Some(at("2026-02-06")));
        (seat.days, seat.of_leavers)
    };
    assert_eq!(
        days(&house, "2026-03-19", "2026-03-19").await,
        (10, 0),
        "a use afterwards does not undo the gap"
    );
    assert_eq!(days(&house, "2026-03-10", "2026-03-19").await, (3, 0), "as far as it lies in the scope");
    // Anna sells from the twentieth of April on, and gives it back; idle from the sixteenth.
    house.company.worker("w2").department = Some("Sales".to_owned());
    house.company.worker("w2").title = Some("Seller".to_owned());
    look(&house, "2026-04-20").await;
    assert!(
        !crate::common::company::held(&house.company.desk, "w2").contains(&"licence:professional".to_owned())
    );
    look(&house, "2026-04-20").await;
    assert_eq!(
        days(&house, "2026-06-01", "2026-06-01").await,
        (14, 0),
        "and nothing after it was given back"
    );
}
