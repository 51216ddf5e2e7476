//! Zones that change, managers who have left, workloads that say too little, seats that count their own use, what colleagues hold.
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

use std::collections::BTreeMap;

use common::*;
use serde_json::json;
use tenure_policy::*;
use tenure_scim::Resource;

fn policy() -> Policy {
    json_policy(json!({
        "version": 1,
        "targets": {
            "desk": {
                "mode": { "default": "managed", "group": "add_only", "account": "exclusive" },
                "leaver": ["disable", { "transfer_ownership": "manager" }, "delete"],
                "seat": { "tier": "pro", "price": "115.00 USD", "per": "month", "billed": "annually", "counts": ["ticket_solved"] } },
            "plain": {} },
        "rules": [ { "id": "all", "entitlements": ["desk/role:agent"] } ],
    }))
}

#[test]
fn who_moves_to_another_zone_has_the_last_day_of_that_zone() {
    let policy = policy();
    let phase = |zone: &str, now: &str| {
        let mut person = employee("p", Resource::default(), "2026-01-01").clone();
        person.engagements[0].end = Some(day("2026-10-25"));
        person.engagements[0].zone = zone.parse().unwrap();
        policy.state(&identity(&person), at(now)).phase
    };
    // The clocks of Berlin go back on that night: the day has 25 hours.
    assert_eq!(phase("Europe/Berlin", "2026-10-25T22:59:59Z"), Phase::Active);
    assert_eq!(phase("Europe/Berlin", "2026-10-25T23:00:00Z"), Phase::Terminated);
    assert_eq!(phase("Pacific/Auckland", "2026-10-25T10:59:59Z"), Phase::Active);
    assert_eq!(phase("Pacific/Auckland", "2026-10-25T11:00:00Z"), Phase::Terminated);
    assert_eq!(phase("Pacific/Pago_Pago", "2026-10-26T10:59:59Z"), Phase::Active);
}

#[test]
fn what_a_leaver_owns_goes_up_the_line_of_managers_to_the_first_who_is_there() {
    let policy = policy();
    let with_manager = |id: &str, manager: &str, end: Option<&str>| {
        let mut person = employee(id, Resource::default(), "2024-01-01");
        person.engagements[0].manager = Some(manager.parse().unwrap());
        person.engagements[0].end = end.map(day);
        (IdentityId::parse(id).unwrap(), identity(&person))
    };
    let accounts = [HeldAccount::new("desk".parse().unwrap())];
    let recipient = |people: Vec<(IdentityId, Identity)>| {
        let directory: BTreeMap<_, _> = people.into_iter().collect();
        let leaver = directory[&IdentityId::parse("p").unwrap()].clone();
        let facts = Facts::new(at("2026-06-01")).with_accounts(&accounts).with_directory(&directory);
        let found = policy.evaluate(&leaver, &facts);
        let step = found.accounts[&TargetId::parse("desk").unwrap()].ladder[1].clone();
        (step.recipient.map(|id| id.to_string()), found.tasks.first().map(|task| task.kind))
    };
    let gone = Some("2026-03-31");
    let leaver = || with_manager("p", "m1", gone);
    let boss = || with_manager("m2", "board", None);
    assert_eq!(
        recipient(vec![leaver(), with_manager("m1", "m2", None), boss()]),
        (Some("m1".to_owned()), None)
    );
    assert_eq!(
        recipient(vec![leaver(), with_manager("m1", "m2", gone), boss()]),
        (Some("m2".to_owned()), None)
    );
    // Of several engagements the one counts that says a manager, and never one that was called off.
    let (id, Identity::Person(mut several)) = leaver() else { panic!("a person") };
    let engagement = |id: &str, manager: Option<&str>| {
        let mut engagement = several.engagements[0].clone();
        (engagement.id, engagement.manager) = (id.parse().unwrap(), manager.map(|id| id.parse().unwrap()));
        engagement
    };
    let (mut silent, mut off) = (engagement("e-2", None), engagement("e-3", Some("m3")));
    (silent.primary, off.primary, off.rescinded) = (true, true, true);
    several.engagements.extend([silent, off]);
    assert_eq!(
        recipient(vec![(id, several.into()), with_manager("m1", "m2", None), with_manager("m3", "m2", None)]),
        (Some("m1".to_owned()), None)
    );
    // A line that leads nowhere, or back to where it began, is told.
    assert_eq!(recipient(vec![leaver()]), (None, Some(TaskKind::NameRecipient)));
    assert_eq!(
        recipient(vec![leaver(), with_manager("m1", "p", gone)]),
        (None, Some(TaskKind::NameRecipient))
    );
}

#[test]
fn a_workload_has_an_owner_and_is_asked_for_what_it_does_not_say() {
    let read = |text: serde_json::Value| serde_json::from_value::<Workload>(text);
    assert!(read(json!({ "id": "bot", "purpose": "export" })).unwrap_err().to_string().contains("`owner`"));
    assert!(read(json!({ "id": "bot", "owner": "p" })).unwrap_err().to_string().contains("`purpose`"));
    let policy = policy();
    let owner = identity(&employee("p", Resource::default(), "2024-01-01"));
    let directory = BTreeMap::from([("p".parse().unwrap(), owner)]);
    let asked = |workload: Workload| {
        let facts = Facts::new(at("2026-06-01")).with_directory(&directory);
        let tasks = policy.evaluate(&workload.into(), &facts).tasks;
        tasks.into_iter().map(|task| (task.kind, task.text)).collect::<Vec<_>>()
    };
    let bare = read(json!({ "id": "bot", "owner": "p", "purpose": " " })).unwrap();
    let text = "declare a purpose and a scope and a last day for `bot`";
    assert_eq!(asked(bare.clone()), [(TaskKind::DeclareWorkload, text.to_owned())]);
    let whole = Workload { purpose: "export".to_owned(), ..bare };
    assert_eq!(asked(whole.with_scope([key("desk/role:export")]).expiring(day("2026-12-31"))), []);
}

#[test]
fn for_a_workload_of_a_workload_the_person_at_the_end_answers() {
    let policy = policy();
    let bot = |id: &str, owner: &str| {
        Workload::new(id.parse().unwrap(), owner.parse().unwrap(), "export")
            .with_scope([key("desk/role:export")])
            .expiring(day("2026-12-31"))
    };
    let known =
        |all: Vec<Identity>| all.into_iter().map(|one| (one.id().clone(), one)).collect::<BTreeMap<_, _>>();
    let asked = |directory: &BTreeMap<IdentityId, Identity>| {
        let facts = Facts::new(at("2026-06-01")).with_directory(directory);
        let first = bot("bot-1", "bot-2");
        let owner = policy.owner_of(&first, &facts).map(|id| id.to_string());
        let tasks = policy.evaluate(&first.into(), &facts).tasks;
        (owner, tasks.into_iter().map(|task| (task.kind, task.text)).collect::<Vec<_>>())
    };
    let person = identity(&employee("p", Resource::default(), "2024-01-01"));
    let line = known(vec![bot("bot-2", "bot-3").into(), bot("bot-3", "p").into(), person]);
    assert_eq!(asked(&line), (Some("p".to_owned()), vec![]));
    let circle = known(vec![bot("bot-2", "bot-3").into(), bot("bot-3", "bot-2").into()]);
    let text = "name an owner for `bot-1`: its owners are workloads in a circle";
    assert_eq!(asked(&circle), (None, vec![(TaskKind::NameOwner, text.to_owned())]));
    let text = "name an owner for `bot-1`: its owner `bot-2` is not known";
    assert_eq!(asked(&known(vec![])), (None, vec![(TaskKind::NameOwner, text.to_owned())]));
}

#[test]
fn a_workload_is_asked_for_new_secrets_and_a_review_when_they_are_due() {
    let policy = json_policy(json!({
        "version": 1,
        "lifecycle": { "zone": "Europe/Berlin", "review_workloads_after": "365d" },
        "targets": { "desk": { "credential": { "login": "none", "rotate_after": "90d" } }, "plain": {} },
    }));
    let bot = Workload::new("bot".parse().unwrap(), "p".parse().unwrap(), "export")
        .with_scope([key("desk/role:export"), key("plain/role:read")])
        .expiring(day("2027-12-31"));
    let owner = identity(&employee("p", Resource::default(), "2024-01-01"));
    let directory = BTreeMap::from([("p".parse().unwrap(), owner)]);
    let asked = |workload: &Workload, now: &str| {
        let found =
            policy.evaluate(&workload.clone().into(), &Facts::new(at(now)).with_directory(&directory));
        let tasks: Vec<_> = found.tasks.into_iter().map(|task| (task.kind, task.text)).collect();
        (tasks, found.next_change_at)
    };
    let unknown = |what: &str| format!("{what}: nobody knows when it was last done");
    let (tasks, _) = asked(&bot, "2026-06-01");
    assert_eq!(tasks[0], (TaskKind::RotateSecret, unknown("replace the secrets of `bot` in `desk`")));
    let needed = "say whether `bot` is still needed, and its scope right";
    assert_eq!(tasks[1..], [(TaskKind::ReviewWorkload, unknown(needed))]);

    // 90 days from 1 April in its zone, 365 days from 15 January.
    let bot = bot.rotated(day("2026-04-01")).reviewed(day("2026-01-15"));
    let due: chrono::DateTime<chrono::Utc> = "2026-06-30T00:00:00Z".parse().unwrap();
    assert_eq!(asked(&bot, "2026-06-01"), (Vec::new(), Some(due)));
    let (tasks, next) = asked(&bot, "2026-06-30");
    let old = "replace the secrets of `bot` in `desk`: it was last done on 2026-04-01, which is good for 90d";
    assert_eq!(tasks, [(TaskKind::RotateSecret, old.to_owned())]);
    assert_eq!(next, Some("2027-01-15T00:00:00Z".parse().unwrap()));
    assert_eq!(asked(&bot.clone().rotated(day("2026-06-30")), "2026-06-30").0, []);
    // Nothing is asked about what is no longer needed.
    assert_eq!(asked(&bot.expiring(day("2026-06-29")), "2026-06-30").0, []);
}

#[test]
fn a_seat_is_used_by_what_the_policy_counts_as_use() {
    let policy = policy();
    let seat = policy.target(&"desk".parse().unwrap()).unwrap().seats[0].clone();
    let activities = [
        ("login", at("2026-05-30")),
        ("Ticket_Solved", at("2026-03-02")),
        ("ticket_solved", at("2026-03-01")),
    ];
    assert_eq!(seat.last_use(activities), Some(at("2026-03-02")), "who only logs in merely has access");
    assert_eq!(SeatPolicy { counts: Vec::new(), ..seat }.last_use(activities), Some(at("2026-05-30")));
}

#[test]
fn each_kind_of_entitlement_has_its_mode_and_a_new_target_is_only_looked_at() {
    let policy = policy();
    let mode = |target: &str, kind: &str| {
        policy.target(&target.parse().unwrap()).unwrap().mode(&EntitlementKind::parse(kind).unwrap())
    };
    assert_eq!(mode("desk", "groups"), Mode::AddOnly);
    assert_eq!(mode("desk", "account"), Mode::Exclusive);
    assert_eq!(mode("desk", "licence"), Mode::Managed);
    assert_eq!(mode("plain", "role"), Mode::Observe);
}

#[test]
fn what_colleagues_hold_is_suggested_the_most_common_first() {
    let (clerk, boss) = (user("C", "L", "Finance", "Clerk"), user("B", "O", "Finance", "Boss"));
    let holds = |all: &[&str]| all.iter().map(|text| key(text)).collect::<Vec<_>>();
    let mut others = vec![
        (&clerk, holds(&["erp/role:pay", "wiki/role:read", "erp/role:rare", "crm/role:x"])),
        (&clerk, holds(&["wiki/role:read", "erp/role:pay", "crm/role:x"])),
        (&clerk, holds(&["wiki/role:read"])),
        (&boss, holds(&["erp/role:root"])),
    ];
    let alike = ["title".parse().unwrap(), format!("{ENTERPRISE}:department").parse().unwrap()];
    let run = |others: &[(&Resource, Vec<EntitlementKey>)]| -> Vec<(String, usize, usize)> {
        let found = suggest_from_peers(&clerk, &holds(&["crm/role:x"]), others, &alike, 50);
        found.into_iter().map(|s| (s.entitlement.to_string(), s.holders, s.peers)).collect()
    };
    let row = |text: &str, holders| (text.to_owned(), holders, 3);
    let expected = vec![row("wiki/role:read", 3), row("erp/role:pay", 2)];
    assert_eq!(run(&others), expected);
    others.reverse();
    assert_eq!(run(&others), expected, "whatever the order");
    assert_eq!(run(&others[..2]), [], "one alone is no measure");
}

#[test]
fn a_new_version_holds_from_its_day_in_its_zone() {
    let version = |text: serde_json::Value| json_policy(text);
    let berlin = json!({ "zone": "Europe/Berlin" });
    let versions = [
        version(
            json!({ "version": 1, "effective": "2027-01-01", "lifecycle": berlin, "protected": ["new"] }),
        ),
        version(
            json!({ "version": 1, "effective": "2026-01-01", "lifecycle": berlin, "protected": ["old"] }),
        ),
    ];
    let holds =
        |now: &str| Policy::in_force(&versions, at(now)).map(|policy| policy.document().protected[0].clone());
    assert_eq!(holds("2025-12-31T22:59:59Z"), None);
    assert_eq!(holds("2025-12-31T23:00:00Z").as_deref(), Some("old"));
    assert_eq!(holds("2026-12-31T22:59:59Z").as_deref(), Some("old"));
    assert_eq!(holds("2026-12-31T23:00:00Z").as_deref(), Some("new"));
    assert_ne!(versions[0].version(), versions[1].version());
}
