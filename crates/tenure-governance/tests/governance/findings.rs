//! The register: what is found, whose it is, by when, and that it is closed by nothing but its absence.

use std::collections::BTreeMap;

use crate::common::company::{account, seed_user};
use crate::common::{House, at, id};
use tenure_connector::record::WorkloadRecord;
use tenure_connector::{EntitlementRef, ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_governance::{Finding, FindingKind, FindingState, GovernanceError, MessageKind};
use tenure_policy::{Grant, GrantSource};
use tenure_store::{Batch, TaskRecord, TaskState, Write};

fn by_kind(findings: &[Finding]) -> BTreeMap<FindingKind, Vec<&str>> {
    let mut found: BTreeMap<FindingKind, Vec<&str>> = BTreeMap::new();
    for finding in findings {
        found.entry(finding.kind).or_default().push(&finding.text);
    }
    found.values_mut().for_each(|texts| texts.sort_unstable());
    found
}

/// Gives a permission in the target itself, or takes it away there.
fn by_hand(house: &House, who: &str, permission: &str, give: bool) {
    let found = account(&house.company.erp, who).unwrap();
    let object = ObjectRef::new(ObjectClass::USER, found.id().unwrap());
    let entitlement = EntitlementRef::new("permission", permission);
    let operation = match give {
        true => Operation::Grant { object, entitlement, parameters: Default::default() },
        false => Operation::Revoke { object, entitlement },
    };
    let request = WriteRequest::new(format!("by hand {who} {permission} {give}"), operation);
    house.company.erp.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_found_has_an_owner_and_goes_when_it_is_gone() {
    let mut house = House::new();
    house.rules.push_str("findings: { within_of: { drift: 2bd } }\n");
    let end = Some("2026-02-01".parse().unwrap());
    let mut bot = WorkloadRecord::new("bot", "Exporter", "w3", "exports orders");
    bot.expires = end;
    house.company.workloads.push(bot);
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    governance.advance_findings(now).await.unwrap();
    let before = governance.findings(false).await.unwrap();
    assert!(
        by_kind(&before)[&FindingKind::Workload].contains(&"the service `bot`: its end was on 2026-02-01")
    );

    by_hand(&house, "w2", "audit", true);
    seed_user(&house.company.erp, "ghost", None);
    house.run(at("2026-03-03")).await;
    let done = governance.advance_findings(at("2026-03-03")).await.unwrap();
    assert_eq!(done.opened.len(), 2, "{:#?}", governance.findings(false).await);
    let found = governance.findings(false).await.unwrap();
    let kinds = by_kind(&found);
    assert_eq!(kinds[&FindingKind::OrphanAccount], ["the account `ghost` works and belongs to nobody"]);
    assert_eq!(kinds[&FindingKind::Drift], ["Anna Berg has erp/permission:audit and nobody knows why"]);
    let drift = found.iter().find(|finding| finding.kind == FindingKind::Drift).unwrap();
    assert_eq!((drift.owner.clone(), drift.due), (Some(id("w5")), at("2026-03-05")), "two business days");
    assert_eq!(drift.days(at("2026-03-09")), 6);
    let told = governance.outbox().await.unwrap();
    assert!(told.iter().any(|m| m.kind == MessageKind::Task && m.about == drift.id && m.to == id("w5")));
    // Looked at again: nothing is new.
    let done = governance.advance_findings(at("2026-03-03")).await.unwrap();
    assert!(done.opened.is_empty() && done.resolved.is_empty(), "{done:?}");

    by_hand(&house, "w2", "audit", false);
    house.run(at("2026-03-04")).await;
    let done = governance.advance_findings(at("2026-03-04")).await.unwrap();
    assert_eq!(done.resolved, std::slice::from_ref(&drift.id));
    by_hand(&house, "w3", "audit", true);
    let request = WriteRequest::new(
        "again",
        Operation::Grant {
            object: ObjectRef::new(
                ObjectClass::USER,
                account(&house.company.erp, "w2").unwrap().id().unwrap(),
            ),
            entitlement: EntitlementRef::new("permission", "audit"),
            parameters: Default::default(),
        },
    );
    house.company.erp.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
    house.run(at("2026-03-05")).await;
    let done = governance.advance_findings(at("2026-03-05")).await.unwrap();
    assert!(done.opened.contains(&drift.id), "the same thing is the same finding");
    let back = governance.findings(false).await.unwrap();
    assert_eq!(back.iter().find(|finding| finding.id == drift.id).unwrap().returned, 1);
}

#[tokio::test]
async fn who_has_left_and_still_has_an_account_that_works_is_found_with_the_days() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    house.company.worker("w3").end_date = Some("2026-03-10".parse().unwrap());
    let engine = house.company.engine();
    engine.observe(at("2026-03-20")).await.unwrap();
    let governance = house.governance();
    governance.advance_findings(at("2026-03-20")).await.unwrap();
    let found = governance.findings(false).await.unwrap();
    let stale: Vec<&Finding> =
        found.iter().filter(|finding| finding.kind == FindingKind::StaleAccount).collect();
    assert_eq!(stale.len(), 2, "{found:#?}");
    assert!(stale.iter().all(|finding| finding.days(at("2026-03-20")) == 9), "{stale:#?}");
    house.run(at("2026-03-20")).await;
    governance.advance_findings(at("2026-03-20")).await.unwrap();
    let left = governance.findings(false).await.unwrap();
    assert!(left.iter().all(|finding| finding.kind != FindingKind::StaleAccount), "{left:#?}");
}

#[tokio::test]
async fn a_broken_constraint_is_accepted_by_its_owner_for_a_time_and_then_open_again() {
    let mut house = House::new();
    house.company.policy = house.company.policy.replace(
        "  employee: { entitlements: [erp/permission:self-service] }",
        "  employee: { entitlements: [erp/permission:self-service, erp/permission:pay, erp/permission:approve] }",
    );
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    governance.advance_findings(now).await.unwrap();
    let found = governance.findings(false).await.unwrap();
    let broken: Vec<&Finding> =
        found.iter().filter(|f| f.kind == FindingKind::Violation && f.identity == Some(id("w2"))).collect();
    assert_eq!(broken.len(), 1);
    assert!(broken[0].text.starts_with("Anna Berg: breaks the constraint `pay-and-approve`"));
    let until = at("2026-03-31");
    let accept = |by: &'static str, reason: &'static str| {
        let (governance, finding) = (governance.clone(), broken[0].id.clone());
        async move { governance.accept_finding(&finding, &id(by), reason, until, now).await }
    };
    for (by, reason) in [("w2", "mine"), ("w3", "why not")] {
        let refused = accept(by, reason).await.unwrap_err();
        assert!(matches!(refused, GovernanceError::NotAllowed { .. }), "{refused}");
    }
    accept("w5", " ").await.unwrap_err();
    accept("w5", "until the team has two people").await.unwrap();
    governance.advance_findings(at("2026-03-30")).await.unwrap();
    let state = |found: Vec<Finding>, wanted: &str| found.into_iter().find(|f| f.id == wanted).unwrap().state;
    let now_then = state(governance.findings(false).await.unwrap(), &broken[0].id);
    assert!(matches!(now_then, FindingState::Accepted { .. }));
    governance.advance_findings(at("2026-04-01")).await.unwrap();
    assert_eq!(state(governance.findings(false).await.unwrap(), &broken[0].id), FindingState::Open);
    let moved = governance.assign_finding(&broken[0].id, &id("w5"), &id("w6"), now).await.unwrap();
    assert_eq!(moved.owner, Some(id("w6")));
    let report = governance.findings_report(at("2026-05-01")).await.unwrap();
    assert_eq!(report.figures[1].label, "Overdue");
    assert!(report.to_html().contains("pay-and-approve"));
}

#[tokio::test]
async fn a_target_that_leavers_do_not_reach_and_a_rule_for_everybody_are_found_until_they_are_mended() {
    let mut house = House::new();
    let whole = house.company.policy.clone();
    house.company.policy =
        whole.replace("    leaver: [disable, remove_entitlements, delete: after 30d]\n", "");
    let now = at("2026-03-02");
    house.run(now).await;
    house.governance().advance_findings(now).await.unwrap();
    let found = house.governance().findings(false).await.unwrap();
    let kinds = by_kind(&found);
    let gap = found.iter().find(|finding| finding.kind == FindingKind::CoverageGap).unwrap();
    assert!(gap.text.starts_with("erp: ") && gap.text.contains("leaver"), "{found:#?}");
    assert_eq!(gap.target.as_ref().map(|target| target.as_str()), Some("erp"));
    assert_eq!(gap.owner, Some(id("w5")));
    assert_eq!(kinds[&FindingKind::BroadRule], ["the rule `employees` holds for everybody (7 people)"]);
    let broad = found.iter().find(|finding| finding.kind == FindingKind::BroadRule).unwrap();
    assert_eq!(broad.owner, Some(id("w4")), "what belongs to no target is the administrator's");

    house.company.policy = whole.replace(
        "when: 'userType eq \"Employee\"', roles: [employee]",
        "when: 'department eq \"Finance\"', roles: [employee]",
    );
    house.company.engine().observe(at("2026-03-03")).await.unwrap();
    let done = house.governance().advance_findings(at("2026-03-03")).await.unwrap();
    assert!(done.resolved.contains(&gap.id) && done.resolved.contains(&broad.id), "{done:?}");
}

#[tokio::test]
async fn a_task_that_nobody_is_to_do_is_found_until_somebody_is() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let mut task = TaskRecord {
        id: "badge".to_owned(),
        target: None,
        identity: Some("w2".to_owned()),
        title: "Make a badge for Anna Berg".to_owned(),
        detail: String::new(),
        owner: None,
        opened: now,
        state: TaskState::Open,
    };
    let write = async |task: &TaskRecord| {
        house.company.store.commit(Batch::new().with(Write::Task(task.clone()))).await.unwrap();
        house.governance().advance_findings(at("2026-03-05")).await.unwrap()
    };
    write(&task).await;
    let found = house.governance().findings(false).await.unwrap();
    let open = found.iter().find(|finding| finding.kind == FindingKind::UnownedTask).unwrap();
    assert_eq!(open.text, "nobody is to do: Make a badge for Anna Berg");
    assert_eq!((open.days(at("2026-03-05")), open.identity.clone()), (3, Some(id("w2"))));
    task.owner = Some("w1".to_owned());
    assert_eq!(write(&task).await.resolved, std::slice::from_ref(&open.id));
}

#[tokio::test]
async fn secrets_of_services_that_are_too_old_are_their_owners_and_then_their_managers() {
    let mut house = House::new();
    house.company.policy = house
        .company
        .policy
        .replace("  erp:\n    mode: managed\n", "  erp:\n    mode: managed\n    credential: { login: sso, rotate_after: 90d }\n")
        .replace("\nrules:\n", "\nrules:\n  - { id: bots, when: 'userType eq \"Workload\"', entitlements: [erp/permission:audit] }\n");
    let mut bot = WorkloadRecord::new("bot", "Exporter", "w3", "exports orders");
    bot.expires = Some("2027-01-01".parse().unwrap());
    bot.scope.insert("erp/permission:audit".to_owned());
    bot.rotated = Some("2026-01-15".parse().unwrap());
    house.company.workloads.push(bot);
    let old = async |house: &House, day: &str| {
        house.run(at(day)).await;
        house.governance().advance_findings(at(day)).await.unwrap();
        let found = house.governance().findings(false).await.unwrap();
        found.into_iter().find(|finding| finding.text.starts_with("replace the secrets of `bot`"))
    };
    assert!(old(&house, "2026-03-03").await.is_none(), "they are young");
    let found = old(&house, "2026-04-16").await.unwrap();
    assert_eq!((found.kind, found.owner), (FindingKind::Workload, Some(id("w3"))));
    house.company.workloads[0].rotated = Some("2026-04-16".parse().unwrap());
    assert!(old(&house, "2026-04-17").await.is_none(), "and mended");
    // The owner leaves; when they are too old again, the owner's manager has it.
    house.company.worker("w3").end_date = Some("2026-05-01".parse().unwrap());
    let found = old(&house, "2026-08-01").await.unwrap();
    assert_eq!(found.owner, Some(id("w1")));
}

#[tokio::test]
async fn privilege_of_a_service_beyond_its_scope_is_a_finding_of_its_owner() {
    let mut house = House::new();
    let mut bot = WorkloadRecord::new("bot", "Exporter", "w3", "exports orders");
    bot.expires = Some("2027-01-01".parse().unwrap());
    bot.scope.insert("erp/permission:audit".to_owned());
    house.company.workloads.push(bot);
    house.run(at("2026-03-02")).await;
    let look = async |day: &str| {
        house.run(at(day)).await;
        house.governance().advance_findings(at(day)).await.unwrap();
        let found = house.governance().findings(false).await.unwrap();
        found.into_iter().filter(|found| found.identity == Some(id("bot"))).collect::<Vec<_>>()
    };
    assert_eq!(house.erp("bot"), ["permission:audit"], "it has what it declares");
    assert!(look("2026-03-02").await.is_empty());
    // Given in the system itself, by whomever.
    by_hand(&house, "bot", "pay", true);
    let found = look("2026-03-03").await;
    let [found] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((found.kind, found.owner.clone()), (FindingKind::Workload, Some(id("w3"))));
    let text = "the service `bot` has erp/permission:pay, which is outside its declared scope";
    assert_eq!((found.text.as_str(), found.since), (text, at("2026-03-03")));
    by_hand(&house, "bot", "pay", false);
    assert!(look("2026-03-04").await.is_empty(), "and gone with it");
    // Granted on record, and refused by the policy: told although it is not held.
    let grant = Grant::new(
        "g-1".parse().unwrap(),
        id("bot"),
        crate::common::key("erp/permission:approve"),
        GrantSource::Exception,
    )
    .approved("w4", "for a while");
    house.company.engine().grant(grant, "w4", at("2026-03-05")).await.unwrap();
    let found = look("2026-03-05").await;
    let [found] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((found.kind, found.owner.clone()), (FindingKind::Workload, Some(id("w3"))));
    assert_eq!(found.text, "Exporter: erp/permission:approve is outside the declared scope");
    assert_eq!(house.erp("bot"), ["permission:audit"]);
}

#[tokio::test]
async fn gaps_in_every_part_of_the_lifecycle_are_found_in_each_target_until_they_are_mended() {
    let mut house = House::new();
    let whole = house.company.policy.clone();
    let now = at("2026-03-02");
    house.run(now).await;
    let look = async |house: &House| {
        let governance = house.governance();
        governance.advance_findings(now).await.unwrap();
        let found = governance.findings(false).await.unwrap();
        let gaps = by_kind(&found).remove(&FindingKind::CoverageGap).unwrap_or_default();
        let report = governance.findings_report(now).await.unwrap();
        let covered = report.tables.iter().find(|table| table.title == "Coverage").unwrap().to_csv();
        (gaps.into_iter().map(str::to_owned).collect::<Vec<_>>(), covered)
    };
    let heads = "system,joiner,mover,leaver,review,by groups\n";
    let (gaps, covered) = look(&house).await;
    assert_eq!(covered, format!("{heads}desk,yes,yes,yes,yes,yes\nerp,yes,yes,yes,yes,no\n"));
    assert!(gaps.is_empty(), "where there are no groups nothing has to go by them: {gaps:?}");

    let mut policy = whole.clone();
    for (old, new) in [
        ("  desk:\n    mode: managed\n", "  desk:\n    mode: observe\n"),
        ("group: Support, seat", "seat"),
        ("role: lead, group: Support", "role: lead"),
        ("    leaver: [disable, remove_entitlements, delete: after 30d]\n", ""),
        ("reinstate, review]", "reinstate]"),
    ] {
        assert!(policy.contains(old), "{old}");
        policy = policy.replace(old, new);
    }
    house.company.policy = policy;
    let (gaps, covered) = look(&house).await;
    assert_eq!(covered, format!("{heads}desk,no,no,no,yes,no\nerp,yes,yes,no,no,no\n"));
    assert_eq!(
        gaps,
        [
            "desk: it has groups, and no rule gives one",
            "desk: leavers of `desk`: the mode lets nothing be taken away",
            "desk: the mode lets no `licence` be taken away",
            "desk: the mode lets no `role` be taken away",
            "desk: the mode lets no account be made",
            "erp: leavers of `erp`: the target has no `leaver` ladder, so accounts are only disabled",
            "erp: nobody may review it",
        ]
    );
    // A campaign of the rules is a review, whatever the policy delegates.
    let review = "reviews: [{ id: r, scope: { targets: [erp] }, first: 2027-01-01, every: 90d, by: [owner], due: 5bd }]\n";
    house.rules.push_str(review);
    let (gaps, covered) = look(&house).await;
    assert!(covered.ends_with("erp,yes,yes,no,yes,no\n"), "{covered}");
    assert_eq!(gaps.len(), 6, "{gaps:?}");
    house.company.policy = whole;
    assert!(look(&house).await.0.is_empty());
}

#[tokio::test]
async fn a_service_without_an_end_that_nobody_looked_at_or_whose_owner_has_left_is_found() {
    let mut house = House::new();
    house.company.policy =
        house.company.policy.replace("  prehire: 7d\n", "  prehire: 7d\n  review_workloads_after: 365d\n");
    house.company.workloads.push(WorkloadRecord::new("bot", "Exporter", "w3", "exports orders"));
    let look = async |house: &House, day: &str| {
        house.run(at(day)).await;
        house.governance().advance_findings(at(day)).await.unwrap();
        let mut found = house.governance().findings(false).await.unwrap();
        found.retain(|found| found.identity == Some(id("bot")));
        assert!(found.iter().all(|found| found.kind == FindingKind::Workload), "{found:#?}");
        let mut told: Vec<(String, String)> =
            found.into_iter().map(|found| (found.text, found.owner.unwrap().to_string())).collect();
        told.sort();
        told
    };
    let told = |text: &str, owner: &str| (text.to_owned(), owner.to_owned());
    let review = "say whether `bot` is still needed, and its scope right: nobody knows when it was last done";
    assert_eq!(
        look(&house, "2026-03-02").await,
        [told(review, "w3"), told("the service `bot`: it has no end", "w3")]
    );
    house.company.workloads[0].expires = Some("2027-01-01".parse().unwrap());
    house.company.workloads[0].reviewed = Some("2026-03-02".parse().unwrap());
    assert_eq!(look(&house, "2026-03-03").await, []);
    house.company.worker("w3").end_date = Some("2026-03-10".parse().unwrap());
    let orphan = "the service `bot`: its owner `w3` has left or is not known";
    assert_eq!(look(&house, "2026-03-12").await, [told(orphan, "w1")], "the owner's manager has it");
    house.company.workloads[0].owner_id = "w1".to_owned();
    assert_eq!(look(&house, "2026-03-13").await, []);
}

#[tokio::test]
async fn who_has_left_and_still_has_a_seat_is_found_until_it_is_given_back() {
    let mut house = House::new();
    for step in ["release_seat", "remove_entitlements"] {
        let (at_once, later) = (format!("      - {step}\n"), format!("      - {step}: after 20d\n"));
        assert!(house.company.policy.contains(&at_once));
        house.company.policy = house.company.policy.replace(&at_once, &later);
    }
    house.run(at("2026-03-02")).await;
    house.company.worker("w2").end_date = Some("2026-03-08".parse().unwrap());
    let stale = async |house: &House, day: &str| {
        house.run(at(day)).await;
        house.governance().advance_findings(at(day)).await.unwrap();
        let found = house.governance().findings(false).await.unwrap();
        by_kind(&found).remove(&FindingKind::StaleAccount).unwrap_or_default().join("; ")
    };
    assert_eq!(stale(&house, "2026-03-10").await, "w2 has left and still has desk/licence:professional");
    assert_eq!(stale(&house, "2026-03-30").await, "");
}
