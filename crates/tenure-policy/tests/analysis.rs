//! Static analysis: what is found, with its witness, and what is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod common;

use common::*;
use serde_json::json;
use tenure_policy::*;

fn messages(findings: &[Finding], kind: FindingKind) -> Vec<String> {
    findings.iter().filter(|f| f.kind == kind).map(|f| f.message.clone()).collect()
}

#[test]
fn findings_have_a_proof_or_a_witness() {
    let policy = json_policy(json!({
        "version": 1,
        "targets": {
            "erp": { "mode": "managed", "leaver": ["disable", "remove_entitlements", "delete"] },
            "wiki": { "mode": "add_only", "seat": { "tier": "x", "price": "1 USD", "per": "month", "billed": "month" }, "leaver": ["revoke_sessions"] },
            "new": {} },
        "roles": {
            "clerk": { "entitlements": ["erp/role:pay", "wiki/role:read"] },
            "lost": { "requestable": false, "birthright": true },
            "boss": { "includes": ["clerk"], "entitlements": ["erp/role:approve"] } },
        "rules": [
            { "id": "clerks", "when": "title eq \"Clerk\"", "roles": ["clerk"] },
            { "id": "never", "when": "title eq \"Clerk\" and title eq \"Boss\"", "roles": ["clerk"] },
            { "id": "narrow", "when": "title eq \"Clerk\" and department eq \"Finance\"", "entitlements": ["wiki/role:read"] },
            { "id": "approvers", "when": "department eq \"Finance\"", "entitlements": ["erp/role:approve"] },
            { "id": "approvers-too", "when": "department eq \"FINANCE\"", "entitlements": ["erp/role:approve"] },
            { "id": "apart", "when": "title eq \"Auditor\" and not (department eq \"Finance\")", "entitlements": ["erp/role:audit"] },
            { "id": "both", "when": "title eq \"Head\"", "roles": ["boss"] } ],
        "constraints": [
            { "id": "pay-approve", "of": ["erp/role:pay", "erp/role:approve"] },
            { "id": "audit", "of": ["erp/role:audit", "erp/role:approve"] },
            { "id": "typo", "of": ["erp/role:paye", "erp/role:approve"] } ],
    }));
    let findings = policy.analyse();
    assert_eq!(
        messages(&findings, FindingKind::Unreachable),
        ["the rule `never` can never hold: `title eq \"Clerk\"` and `title eq \"Boss\"` exclude each other"]
    );
    assert_eq!(
        messages(&findings, FindingKind::Shadowed),
        [
            "the rule `approvers-too` adds nothing: wherever it holds, `approvers` holds and gives the same",
            "the rule `narrow` adds nothing: wherever it holds, `clerks` holds and gives the same",
            "the rule `never` adds nothing: wherever it holds, `clerks` holds and gives the same",
        ]
    );
    assert_eq!(
        messages(&findings, FindingKind::BirthrightConflict),
        [
            "the rule `both` breaks the constraint `pay-approve`",
            "the rules `clerks` and `approvers-too` together break the constraint `pay-approve`",
            "the rules `clerks` and `approvers` together break the constraint `pay-approve`",
        ],
        "an auditor is never in finance: no pair breaks `audit`"
    );
    for finding in findings.iter().filter(|f| f.kind == FindingKind::BirthrightConflict) {
        let person = employee("p", finding.witness.clone().unwrap(), "2026-01-01");
        assert!(
            !policy.evaluate(&identity(&person), &Facts::new(at("2026-02-01"))).violations.is_empty(),
            "{finding}"
        );
    }
    assert_eq!(
        messages(&findings, FindingKind::UnknownMember),
        ["the constraint `typo` is on `erp/role:paye`, which nothing gives; did you mean `erp/role:pay`?"]
    );
    assert_eq!(
        messages(&findings, FindingKind::LeaverGap),
        [
            "leavers of `new`: the target has no `leaver` ladder, so accounts are only disabled",
            "leavers of `wiki`: entitlements are not removed",
            "leavers of `wiki`: the account is neither disabled nor deleted",
            "leavers of `wiki`: the mode lets nothing be taken away",
            "leavers of `wiki`: the paid seat is not given back",
        ]
    );
    assert_eq!(
        messages(&findings, FindingKind::UnservedTarget),
        ["nothing in the policy gives an account in `new`"]
    );
    assert_eq!(
        messages(&findings, FindingKind::UnusedRole),
        ["nobody can get the role `lost`: no rule gives it, no role includes it, nobody may request it"]
    );
}

#[cfg(feature = "yaml")]
#[test]
fn the_worked_policy_is_clean() {
    assert_eq!(worked_policy().analyse(), []);
}

#[test]
fn a_population_shows_rules_for_nobody_everybody_and_too_many() {
    let policy = json_policy(json!({
        "version": 1,
        "targets": { "t": {} },
        "rules": [
            { "id": "all", "entitlements": ["t/role:a"] },
            { "id": "nobody", "when": "title eq \"King\"", "entitlements": ["t/role:a"] },
            { "id": "everybody", "when": "title pr", "entitlements": ["t/role:a"] },
            { "id": "most", "when": "title eq \"Clerk\"", "entitlements": ["t/role:a"] },
            { "id": "few", "when": "title eq \"Boss\"", "entitlements": ["t/role:a"] } ],
    }));
    let mut people: Vec<Identity> = (0..9)
        .map(|n| identity(&employee(&format!("p{n}"), user("A", "B", "X", "Clerk"), "2026-01-01")))
        .collect();
    people.push(identity(&employee("boss", user("A", "B", "X", "Boss"), "2026-01-01")));
    people.push(identity(&employee("later", user("A", "B", "X", "King"), "2027-01-01")));
    let now = at("2026-02-01");
    let findings = policy.analyse_population(&people, now, PopulationLimits::default());
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "the rule `nobody` holds for nobody",
            "the rule `everybody` holds for everybody (10 people)",
            "the rule `most` holds for 9 of 10 people",
        ]
    );
    let counts: Vec<usize> = policy.rule_matches(&people, now).iter().map(|m| m.people).collect();
    assert_eq!(counts, [10, 0, 10, 9, 1]);
}
