//! Every command asks who may: none works for somebody whom nothing lets, and none at all for who has left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::common::company::{target, worker};
use crate::common::{House, ask, ask_and_approve, at, id, key, role};
use tenure_engine::SeatReclaim;
use tenure_governance::{Decision, Deputy, Governance, GovernanceError, PlaybookSpec, Request, Verdict};
use tenure_policy::{GrantId, SeatVerdict};

const RULES: &str = r#"
reviews:
  - { id: erp, scope: { targets: [erp], birthright: true }, first: 2026-03-01, every: 90d, by: [owner], due: 30d }
playbooks:
  - id: quarter
    steps:
      - { id: audit, does: { grant: { what: { role: auditor }, term: 30d } } }
      - { id: check, does: { task: { title: "Look at {person}", to: [{ where: 'title eq "Controller"' }] } } }
"#;
const ROUND: &str = "erp-2026-03-01";
const NOW: &str = "2026-03-12";

/// One of everything that can be decided about; all of it is about Anna.
struct Business {
    pending: Request,
    ended: GrantId,
    item: String,
    finding: String,
    run: String,
}

async fn business(house: &House) -> Business {
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let short = ask("w2", "w2", role("auditor")).until(at("2026-03-10"));
    let over = ask_and_approve(&governance, &short, &["w1", "w5"], at("2026-03-02")).await;
    let now = at(NOW);
    house.run(now).await;
    let pending = governance.submit(&ask("w2", "w2", key("desk/role:admin")), now).await.unwrap();
    governance.advance_reviews(now).await.unwrap();
    let items = governance.review_items(ROUND).await.unwrap();
    let item = items.iter().find(|item| item.identity == id("w2")).unwrap().id.clone();
    governance.advance_findings(now).await.unwrap();
    let finding = governance.findings(false).await.unwrap().remove(0).id;
    let begun = governance.run_playbook("quarter", &[id("w2")], &BTreeMap::new(), &id("w4"), now).await;
    governance.advance_playbooks(now).await.unwrap();
    governance.save_playbook(playbook(), &id("w4"), now).await.unwrap();
    Business { pending, ended: over.grant, item, finding, run: begun.unwrap().remove(0).id }
}

fn playbook() -> PlaybookSpec {
    let text = r#"{ "id": "hello", "steps": [{ "id": "say", "does": { "notify": { "text": "Hello" } } }] }"#;
    serde_json::from_str(text).unwrap()
}

/// Tries every command as somebody, by its name.
async fn tried(
    governance: &Governance,
    about: &Business,
    who: &str,
) -> BTreeMap<&'static str, Result<(), GovernanceError>> {
    let (by, now, none) = (id(who), at(NOW), BTreeMap::new());
    let (anna, pending) = ([id("w2")], about.pending.id.as_str());
    let draft = ask(who, "w2", role("auditor"));
    let approve = Decision::approve(&about.pending, "fine");
    let until = at("2026-04-01");
    let deputy =
        Deputy { principal: by.clone(), deputy: id("w5"), from: now, until, reason: "away".to_owned() };
    let seats = SeatReclaim::new(target("desk"), [SeatVerdict::Idle], who);
    BTreeMap::from([
        ("consider", governance.consider(&draft, now).await.map(drop)),
        ("submit", governance.submit(&draft, now).await.map(drop)),
        ("ask_again", governance.ask_again(&about.ended, &by, "again", now).await.map(drop)),
        ("withdraw", governance.withdraw(pending, &by, "no", now).await.map(drop)),
        ("decide", governance.decide(pending, &by, &approve, now).await.map(drop)),
        ("deputise", governance.deputise(deputy, now).await),
        ("judge", governance.judge(ROUND, &about.item, &by, Verdict::Keep, "fine", now).await.map(drop)),
        (
            "accept_finding",
            governance.accept_finding(&about.finding, &by, "fine", until, now).await.map(drop),
        ),
        ("assign_finding", governance.assign_finding(&about.finding, &by, &by, now).await.map(drop)),
        ("rehearse", governance.rehearse("quarter", &anna, &none, &by, now).await.map(drop)),
        ("run_playbook", governance.run_playbook("quarter", &anna, &none, &by, now).await.map(drop)),
        ("stop_run", governance.stop_run(&about.run, &by, true, now).await.map(drop)),
        ("finish_task", governance.finish_task(&about.run, "check", &by, true, "", now).await.map(drop)),
        ("save_playbook", governance.save_playbook(playbook(), &by, now).await.map(drop)),
        ("remove_playbook", governance.remove_playbook("hello", &by, now).await),
        ("plan_reclaim", governance.plan_reclaim(seats, &by, now).await.map(drop)),
        ("say", governance.say(&by, true, "well done", now).await.map(drop)),
    ])
}

#[tokio::test]
async fn no_command_works_for_whom_nothing_lets_and_none_for_who_has_left() {
    let mut house = House::new();
    house.rules.push_str(RULES);
    house.company.workers.push(worker("w8", "Gil", "Dahl", "Finance", "Controller", Some("w4")));
    house.company.worker("w8").end_date = Some("2026-03-05".parse().unwrap());
    // Gil, who has left, would be let by everything else.
    house.rules = house
        .rules
        .replace("administrators: [w4]", "administrators: [w4, w8]")
        .replace("erp: [w5]", "erp: [w5, w8]");
    let about = business(&house).await;
    let governance = house.governance();
    // Bo manages nobody, owns nothing and decides about nothing: what is left is to speak and to be stood in for.
    for (who, may) in [("w8", &[][..]), ("w3", &["deputise", "say"])] {
        let before = house.company.store.audit_head().await.unwrap().seq;
        let mut worked = Vec::new();
        for (command, ended) in tried(&governance, &about, who).await {
            match ended {
                Ok(()) => worked.push(command),
                Err(GovernanceError::NotAllowed { .. }) => {}
                Err(other) => panic!("{who} {command}: expected a refusal of who asks, found: {other}"),
            }
        }
        assert_eq!(worked, may, "{who}");
        let after = house.company.store.audit_head().await.unwrap().seq;
        assert_eq!(after - before, may.len() as u64, "what is refused leaves nothing behind");
    }
    // The same business is not hidden from those whom something lets.
    let worked = tried(&governance, &about, "w4").await;
    let worked = worked.iter().filter(|(_, ended)| ended.is_ok()).count();
    assert!(worked > 10, "an administrator may most of it: {worked}");
}

/// What names who does it is a command; whoever adds one adds it above.
#[tokio::test]
async fn every_command_is_tried() {
    let mut commands = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for function in text.split("    pub async fn ").skip(1) {
                let head = function.split_once("->").unwrap().0;
                let names_who = ["by: &IdentityId", "draft: &RequestDraft", "deputy: Deputy"];
                if names_who.iter().any(|actor| head.contains(actor)) {
                    commands.insert(head.split('(').next().unwrap().to_owned());
                }
            }
        }
    }
    let mut house = House::new();
    house.rules.push_str(RULES);
    let about = business(&house).await;
    let tried = tried(&house.governance(), &about, "w3").await;
    assert_eq!(commands, tried.keys().map(|name| (*name).to_owned()).collect());
}
