//! What every implementation of the store must do. A test file calls `contract!` with a way to open a fresh store.

mod cases;
mod glance;
mod history;
mod known;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[allow(dead_code, reason = "the memory store is as old as its process")]
pub(crate) mod older;
mod outlook;
mod staged;
mod told;
mod works;

pub(crate) use cases::*;
pub(crate) use glance::*;
pub(crate) use history::*;
pub(crate) use known::*;
pub(crate) use outlook::*;
pub(crate) use staged::*;
pub(crate) use told::*;
pub(crate) use works::*;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_store::{AuditDraft, HeldRecord, IdentityRecord, LinkRecord, NameRecord, NameState};

/// Makes one test of each case of the contract. Takes an expression that gives a guard to keep and a fresh store.
#[macro_export]
macro_rules! contract {
    ($open:expr) => {
        $crate::contract!(@ $open, lists_come_in_pages, identity_history_is_bitemporal, held_history_is_bitemporal,
            refused_batch_leaves_no_trace, account_never_has_two_identities, identity_has_one_live_account,
            name_is_never_reused, lapsed_reservation_may_be_taken_over, lease_is_exclusive_and_fences,
            plan_condition_guards_a_batch, journal_keeps_its_order, guard_window_counts_after_a_moment,
            values_and_tasks_are_replaced, a_value_that_changed_meanwhile_is_not_replaced,
            audit_is_chained_and_verifies, concurrent_commits_are_all_kept, grants_are_found_by_identity, works_wait_for_what_they_come_after,
            one_of_a_group_at_a_time_over_all_queues, a_lease_that_ran_out_is_taken_over_and_fenced,
            work_given_back_comes_again_later, many_takers_never_share_a_work, surroundings_are_read_in_one_go,
            who_is_due_is_found, an_outlook_forgets_nothing_that_happened_meanwhile,
            dependants_are_found_until_they_depend_no_more, accounts_are_counted,
            some_identities_are_read_in_one_go, accounts_that_differ_are_told_from_those_that_do_not,
            what_a_target_has_is_counted_and_listed_without_its_content,
            accounts_of_nobody_are_found_between_those_of_others,
            people_are_read_with_all_that_belongs_to_them, what_somebody_was_settled_with_is_forgotten_with_every_write,
            a_glance_shows_everybody_with_their_outlook, workloads_are_found_among_people,
            what_was_told_is_known_until_something_else_is_written,
            what_was_told_is_added_or_replaced_account_by_account,
            what_was_told_before_something_was_done_is_not_noted,
            what_was_compared_before_another_look_wrote_is_not_noted,
            what_is_kept_aside_comes_by_identity_in_pages);
    };
    (@ $open:expr, $($case:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (_keep, store) = $open;
                contract::$case(store).await;
            }
        )+
    };
}

pub(crate) fn day(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + number * 86_400, 0).unwrap()
}

pub(crate) fn identity(id: &str, department: &str, effective: i64, recorded: i64) -> IdentityRecord {
    IdentityRecord {
        id: id.into(),
        kind: "person".into(),
        source: "hr".into(),
        document: json!({"department": department}),
        effective: day(effective),
        recorded: day(recorded),
        absent_since: None,
    }
}

pub(crate) fn link(account: &str, identity: &str) -> LinkRecord {
    LinkRecord::new("zendesk", account, identity, "userName", day(0))
}

pub(crate) fn held(value: &str, origins: &[&str], since: i64) -> HeldRecord {
    HeldRecord {
        target: "zendesk".into(),
        account: "u-1".into(),
        identity: Some("w-1".into()),
        kind: "role".into(),
        value: value.into(),
        named: None,
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        parameters: [("region".to_owned(), "emea".to_owned())].into(),
        immutable: false,
        since: day(since),
        lost: None,
    }
}

pub(crate) fn name(value: &str, identity: &str, state: NameState, at: i64) -> NameRecord {
    NameRecord {
        space: "zendesk/userName".into(),
        key: value.to_lowercase(),
        value: value.into(),
        identity: identity.into(),
        state,
        at: day(at),
    }
}

pub(crate) fn draft(action: &str) -> AuditDraft {
    AuditDraft {
        at: day(0),
        actor: "engine".into(),
        action: action.into(),
        target: Some("zendesk".into()),
        identity: Some("w-1".into()),
        object: Some("u-1".into()),
        why: json!({"rule": "support"}),
        before: json!(null),
        after: json!({"active": true, "a": 1.5}),
        outcome: "done".into(),
    }
}
