use tenure_connector::{DeleteMode, ErrorKind, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind};

use crate::conformance::Bench;
use crate::conformance::failure::{Ended, ensure, passed, skip};

fn delete(object: &ObjectRef, mode: DeleteMode) -> Operation {
    Operation::Delete { object: object.clone(), mode }
}

pub(super) async fn delete_removes(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::Delete) {
        return skip("accounts cannot be created and deleted");
    }
    let object = bench.create_user("delete").await?;
    let outcome = bench.apply(delete(&object, DeleteMode::Permanent)).await?;
    ensure(outcome.changed(), || format!("expected done and changed, found {:?}", outcome.status))?;
    Bench::expect_kind("get after a delete", bench.get(&object).await, ErrorKind::NotFound)?;
    let listing = bench.list(ListQuery::new(ObjectClass::USER)).await?;
    let listed = listing.items.iter().any(|item| item.object.id == object.id);
    ensure(!listed, || "a deleted account is still listed".to_owned())?;
    passed()
}

pub(super) async fn delete_missing_is_already_gone(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Delete) {
        return skip("accounts cannot be deleted");
    }
    let outcome = bench.apply(delete(&bench.missing(), DeleteMode::Permanent)).await?;
    Bench::expect_gone("delete of an account that never was", &outcome)?;
    if bench.can(OperationKind::Create) {
        let object = bench.create_user("gone").await?;
        bench.apply(delete(&object, DeleteMode::Permanent)).await?;
        let again = bench.apply(delete(&object, DeleteMode::Permanent)).await?;
        Bench::expect_gone("a second delete", &again)?;
    }
    passed()
}

pub(super) async fn restore_brings_back(bench: &Bench) -> Ended {
    if ![OperationKind::Create, OperationKind::Delete, OperationKind::Restore]
        .into_iter()
        .all(|kind| bench.can(kind))
    {
        return skip("accounts cannot be created, deleted and restored");
    }
    let object = bench.create_user("restore").await?;
    let before = bench.get(&object).await?.resource;
    bench.apply(delete(&object, DeleteMode::Soft)).await?;
    Bench::expect_kind("get after a soft delete", bench.get(&object).await, ErrorKind::NotFound)?;
    let restore = || Operation::Restore { object: object.clone() };
    let outcome = bench.apply(restore()).await?;
    ensure(outcome.changed(), || format!("expected done and changed, found {:?}", outcome.status))?;
    let after = bench.get(&object).await?.resource;
    let same = before.text("userName") == after.text("userName");
    ensure(same, || {
        format!("expected the same account after a restore, found {:?}", after.text("userName"))
    })?;
    Bench::expect_already_so("a second restore", &bench.apply(restore()).await?)?;
    let missing = bench.apply(Operation::Restore { object: bench.missing() }).await;
    Bench::expect_kind("restore of an account that never was", missing, ErrorKind::NotFound)?;
    passed()
}
