use super::{Subject, Verdict, run_trial};

/// Calls a macro with the names of all trials, so that the list stands once.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_trial {
    ([$($then:tt)+] $($argument:tt)*) => {
        $($then)+! {
            ($($argument)*)
            info_names_the_system
            check_only_narrows
            schema_describes_every_class
            capabilities_survive_serialisation
            nothing_printed_is_secret
            wrong_credentials_are_refused
            unknown_class_is_unsupported
            undeclared_operation_is_unsupported
            errors_tell_kind_and_certainty
            create_round_trip
            create_answers_the_reference
            created_is_found_by_name
            create_twice_is_refused
            create_repeated_with_the_same_key
            create_disabled
            required_is_enough_and_needed
            unknown_attribute_is_refused
            awkward_names_survive
            unreadable_is_never_returned
            read_missing_is_not_found
            fields_are_honoured
            update_changes_what_it_names
            update_repeated_is_already_so
            update_missing_is_not_found
            update_is_all_or_nothing
            old_version_is_refused
            version_moves_with_each_change
            suspend_and_resume
            suspend_twice_is_already_so
            suspend_missing_is_already_gone
            activate_missing_is_not_found
            delete_removes
            delete_missing_is_already_gone
            restore_brings_back
            grant_is_seen
            grant_twice_is_already_so
            grant_to_missing_is_not_found
            revoke_takes_away
            revoke_absent_is_already_gone
            exclusive_grant_replaces
            licence_without_seat_has_no_capacity
            deleted_account_holds_nothing
            page_walk_equals_one_page
            cursor_survives_serialisation
            foreign_cursor_is_refused
            filter_is_exact
            filter_is_never_ignored
            partial_values_are_flagged
            lists_repeat
            latest_token_is_quiet
            changes_are_told
            deletions_are_told
            foreign_token_is_refused
            expired_token_is_told
            sessions_end_once
            ownership_needs_a_receiver
            credential_comes_from_the_store
            jobs_end
            people_finish_their_tasks
            writes_survive_serialisation
            throttling_is_temporary
            lost_answer_is_unknown
            dropped_write_can_be_repeated
            dropped_change_can_be_repeated
            dry_run_sends_no_write
            workers_are_records
        }
    };
}

/// Makes one `#[test]` of every trial, for the subject that a function returns.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_testkit::conformance::Subject;
///
/// fn subject() -> Subject {
///     Subject::new(Arc::new(MemoryConnector::new("desk")))
/// }
///
/// tenure_testkit::conformance!(subject);
/// ```
#[macro_export]
macro_rules! conformance {
    ($subject:expr) => {
        $crate::__for_each_trial! { [$crate::__trial_tests] $subject }
    };
}

/// Writes the tests of [`conformance!`](crate::conformance!).
#[doc(hidden)]
#[macro_export]
macro_rules! __trial_tests {
    (($subject:expr) $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::assert_trial(&$subject(), stringify!($name));
            }
        )*
    };
}

/// Runs one trial on a runtime of its own and panics when it fails; prints why when it is skipped.
///
/// # Panics
///
/// When the rule is broken, when there is no such trial, or when no runtime can be started.
#[expect(clippy::panic, reason = "it is the assertion of a test")]
pub fn assert_trial(subject: &Subject, name: &str) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("cannot start a runtime: {error}"),
    };
    match runtime.block_on(run_trial(subject, name)) {
        Some(Verdict::Passed) => {}
        Some(Verdict::Skipped(skipped)) => println!("skipped {name}: {}", skipped.because),
        Some(Verdict::Failed(failure)) => panic!("{name}: {failure}"),
        None => panic!("no trial `{name}`"),
    }
}
