use tenure_connector::{AccountStatus, ErrorKind, ObjectRef, Operation, OperationKind};
use tenure_scim::ValueRef;

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

const NO_STATUS: &str = "accounts cannot be created and stopped";

fn can(bench: &Bench) -> bool {
    bench.can(OperationKind::Create) && bench.can(OperationKind::SetStatus)
}

fn set(object: &ObjectRef, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: object.clone(), status }
}

async fn expect_active(bench: &Bench, object: &ObjectRef, expected: bool) -> Result<(), Failure> {
    let active = bench.get(object).await?.resource.attr("active").and_then(ValueRef::as_bool);
    ensure(active == Some(expected), || format!("expected active {expected}, found {active:?}"))
}

pub(super) async fn suspend_and_resume(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_STATUS);
    }
    let object = bench.create_user("suspend").await?;
    expect_active(bench, &object, true).await?;
    for (status, active) in
        [(AccountStatus::Suspended, false), (AccountStatus::Active, true), (AccountStatus::Disabled, false)]
    {
        let outcome = bench.apply(set(&object, status)).await?;
        ensure(outcome.changed(), || {
            format!("{status}: expected done and changed, found {:?}", outcome.status)
        })?;
        expect_active(bench, &object, active).await?;
    }
    passed()
}

pub(super) async fn suspend_twice_is_already_so(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_STATUS);
    }
    let object = bench.create_user("stopped").await?;
    bench.apply(set(&object, AccountStatus::Suspended)).await?;
    let again = bench.apply(set(&object, AccountStatus::Suspended)).await?;
    Bench::expect_already_so("a second suspension", &again)?;
    expect_active(bench, &object, false).await?;
    passed()
}

pub(super) async fn suspend_missing_is_already_gone(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::SetStatus) {
        return skip("accounts cannot be stopped");
    }
    for status in [AccountStatus::Suspended, AccountStatus::Disabled] {
        let outcome = bench.apply(set(&bench.missing(), status)).await?;
        Bench::expect_gone(&format!("{status} of a missing account"), &outcome)?;
    }
    passed()
}

pub(super) async fn activate_missing_is_not_found(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::SetStatus) {
        return skip("accounts cannot be activated");
    }
    let result = bench.apply(set(&bench.missing(), AccountStatus::Active)).await;
    Bench::expect_kind("activation of a missing account", result, ErrorKind::NotFound)?;
    passed()
}
