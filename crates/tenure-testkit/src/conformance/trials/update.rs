use tenure_connector::{ErrorKind, Fields, ObjectClass, Operation, OperationKind, WriteRequest};
use tenure_scim::{AttrPath, Patch};

use super::create::member;
use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

const NO_UPDATE: &str = "accounts cannot be created and updated";

fn can(bench: &Bench) -> bool {
    bench.can(OperationKind::Create) && bench.can(OperationKind::Update)
}

fn rename(bench: &Bench, to: &str) -> Result<Patch, Failure> {
    Ok(Patch::default().replace(AttrPath::parse(bench.label())?, to))
}

pub(super) async fn update_changes_what_it_names(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_UPDATE);
    }
    let object = bench.create_user("update").await?;
    let before = bench.get(&object).await?.resource;
    let outcome =
        bench.apply(Operation::Update { object: object.clone(), patch: rename(bench, "After")? }).await?;
    ensure(outcome.changed(), || format!("expected done and changed, found {:?}", outcome.status))?;
    let after = bench.get(&object).await?.resource;
    ensure(after.text(bench.label()) == Some("After"), || {
        format!("expected the new value, found {:?}", after.text(bench.label()))
    })?;
    for (name, value) in before.attributes().filter(|(name, _)| *name != bench.label() && *name != "meta") {
        let found = member(&after, name);
        ensure(found == Some(value.to_json()), || format!("expected `{name}` as before, found {found:?}"))?;
    }
    let named = |name: &str| name == bench.label() || name == "meta" || member(&before, name).is_some();
    let stray = after.attributes().map(|(name, _)| name).find(|name| !named(name));
    ensure(stray.is_none(), || format!("expected no further attribute, found {stray:?}"))?;
    passed()
}

pub(super) async fn update_repeated_is_already_so(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_UPDATE);
    }
    let object = bench.create_user("again").await?;
    bench.apply(Operation::Update { object: object.clone(), patch: rename(bench, "Same")? }).await?;
    let outcome = bench.apply(Operation::Update { object, patch: rename(bench, "Same")? }).await?;
    Bench::expect_already_so("an update to the same values", &outcome)?;
    passed()
}

pub(super) async fn update_missing_is_not_found(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Update) {
        return skip("accounts cannot be updated");
    }
    let result =
        bench.apply(Operation::Update { object: bench.missing(), patch: rename(bench, "Nobody")? }).await;
    Bench::expect_kind("an update of a missing account", result, ErrorKind::NotFound)?;
    passed()
}

pub(super) async fn update_is_all_or_nothing(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_UPDATE);
    }
    let object = bench.create_user("atomic").await?;
    let before = bench.get(&object).await?.resource;
    let patch = rename(bench, "Half")?.add(AttrPath::parse("trialNoSuchAttribute")?, "x");
    let result = bench.apply(Operation::Update { object: object.clone(), patch }).await;
    Bench::expect_kind("an update with an unknown attribute", result, ErrorKind::InvalidInput)?;
    let after = bench.get(&object).await?.resource;
    ensure(before == after, || "half of a refused update was carried out".to_owned())?;
    passed()
}

pub(super) async fn old_version_is_refused(bench: &Bench) -> Ended {
    let locking = bench
        .capabilities()
        .operation(&ObjectClass::USER, OperationKind::Update)
        .is_some_and(|support| support.locking);
    if !can(bench) || !locking {
        return skip("updates are not declared as locking");
    }
    let object = bench.create_user("locking").await?;
    let Some(old) = bench.get(&object).await?.version else {
        return Err(Failure::new("expected a version on an object whose updates lock, found none"));
    };
    bench.apply(Operation::Update { object: object.clone(), patch: rename(bench, "First")? }).await?;
    let operation = Operation::Update { object: object.clone(), patch: rename(bench, "Second")? };
    let result = bench.send(&WriteRequest::new(bench.key(), operation).expecting(old)).await;
    Bench::expect_kind("an update that expects an old version", result, ErrorKind::Conflict)?;
    let name = bench.get(&object).await?.resource.text(bench.label()).map(str::to_owned);
    ensure(name.as_deref() == Some("First"), || format!("the refused update was carried out: {name:?}"))?;
    passed()
}

pub(super) async fn version_moves_with_each_change(bench: &Bench) -> Ended {
    if !can(bench) {
        return skip(NO_UPDATE);
    }
    let object = bench.create_user("version").await?;
    let Some(first) = bench.get(&object).await?.version else { return skip("objects have no version") };
    let again = bench.get(&object).await?.version;
    ensure(again.as_ref() == Some(&first), || "the version moved without a change".to_owned())?;
    bench.apply(Operation::Update { object: object.clone(), patch: rename(bench, "Moved")? }).await?;
    let moved = bench.get(&object).await?.version;
    ensure(moved.is_some_and(|moved| moved != first), || {
        "the version stayed although the account changed".to_owned()
    })?;
    passed()
}

pub(super) async fn fields_are_honoured(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip("accounts cannot be created");
    }
    let object = bench.create_user("fields").await?;
    let name = AttrPath::parse("userName")?;
    let only =
        bench.connector().get(&bench.ctx, &object, &Fields::Only([name.clone()].into())).await?.resource;
    ensure(only.text("userName").is_some(), || "the attribute that was asked for is missing".to_owned())?;
    ensure(only.attr("displayName").is_none(), || "an attribute came that was not asked for".to_owned())?;
    let display = AttrPath::parse("displayName")?;
    let except =
        bench.connector().get(&bench.ctx, &object, &Fields::Except([display].into())).await?.resource;
    ensure(except.text("userName").is_some(), || "an attribute is missing that was not excluded".to_owned())?;
    ensure(except.attr("displayName").is_none(), || "an excluded attribute came".to_owned())?;
    passed()
}
