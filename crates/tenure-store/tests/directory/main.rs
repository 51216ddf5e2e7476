//! The directory: one set of tests for SQLite in memory, SQLite in a file, and PostgreSQL.
//!
//! The PostgreSQL tests need a server: `TENURE_POSTGRES` holds a connection string. Without one they pass untried, unless
//! `TENURE_REQUIRE_SERVERS` is set.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "tests"
)]

mod accepted;
mod access;
mod cases;
mod conformance;
mod filters;
mod gathered;
mod layout;
mod members;
mod place;
mod referred;
#[cfg(feature = "postgres")]
mod server;
mod shown;
mod together;

/// Makes a test of each case for each kind of database.
macro_rules! everywhere {
    ($from:ident: $($case:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$from::$case(crate::place::Place::memory().unwrap()).await;
                }
            )+
        }

        stored!($from: $($case),+);
    };
}

/// Makes a test of each case for each database that outlives the program.
macro_rules! stored {
    ($from:ident: $($case:ident),+ $(,)?) => {
        mod file {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$from::$case(crate::place::Place::file().unwrap()).await;
                }
            )+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    if let Some(place) = crate::place::Place::postgres() {
                        crate::$from::$case(place).await;
                    }
                }
            )+
        }
    };
}

mod contract {
    everywhere!(cases:
        a_repeated_key_is_the_same_write,
        an_expected_version_that_is_gone_is_a_conflict,
        a_softly_deleted_account_comes_back_with_its_memberships,
        a_group_changes_when_somebody_whom_it_shows_goes_or_comes_back,
        anonymising_leaves_nothing_about_the_person,
        entitlements_live_in_groups_roles_and_entitlements,
        changes_are_told_once_each_with_tombstones,
        what_a_directory_lacks_is_said_before_and_when_it_is_tried,
        concurrent_writers_lose_nothing,
        a_patch_with_members_and_attributes_is_one_change,
    );
}

mod restart {
    stored!(cases: everything_is_kept_over_a_restart);
}

mod seen {
    everywhere!(shown: what_a_write_shows_is_what_is_read_then, a_write_of_one_attempt_is_not_remembered);
}

mod later {
    everywhere!(accepted: what_is_accepted_is_kept_until_it_is_done);
}

mod killed {
    stored!(accepted: what_was_accepted_outlives_the_program);
}

mod parts {
    everywhere!(referred: members_and_groups_are_selected_and_sorted_by_each_of_their_parts);
}

mod sql {
    everywhere!(filters:
        a_filter_selects_what_it_matches,
        a_sort_orders_as_the_model_does,
        a_list_begins_behind_any_number,
    );
}

mod opening {
    stored!(layout:
        tables_of_a_newer_program_are_refused,
        foreign_tables_are_refused,
        an_attribute_indexed_later_finds_what_was_stored_before,
        a_schema_that_compares_otherwise_is_refused,
        members_that_were_stored_before_are_found_by_their_types_and_displays,
        what_was_stored_before_keys_had_columns_is_found_and_unique,
        changes_that_were_told_by_rows_of_their_own_are_told_as_before,
        an_index_that_one_program_wants_is_kept_true_by_another,
        an_index_that_is_made_otherwise_takes_the_place_of_the_one_before,
    );
}

mod grants {
    everywhere!(access: grants_are_memberships_roles_and_entitlements, groups_are_the_entitlements);
}

mod rows {
    stored!(members: a_member_of_a_million_is_one_row);
}

mod others {
    everywhere!(together:
        a_walk_misses_and_repeats_nothing_while_others_write,
        texts_that_a_database_cannot_hold_are_the_callers_mistake,
        a_filter_that_no_database_decides_is_bounded,
        a_write_that_fails_late_takes_no_other_with_it,
    );
}

mod at_once {
    everywhere!(gathered:
        of_creates_at_the_same_time_each_name_is_given_once,
        changes_at_the_same_time_each_stand_on_a_version_of_their_own,
        what_changed_after_it_was_read_is_not_written_over,
        of_queries_by_name_at_the_same_time_each_has_its_own_answer,
    );
}

mod programs {
    stored!(together: two_programs_never_give_one_name_twice, one_key_is_one_write_also_at_the_same_time);
}
