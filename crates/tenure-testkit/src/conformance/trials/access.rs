use tenure_connector::{
    DeleteMode, EntitlementRef, ErrorKind, ObjectClass, ObjectRef, Operation, OperationKind,
};

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

const NO_GRANT: &str = "nothing can be granted to an account that was created";

async fn ready(bench: &Bench, hint: &str) -> Result<Option<(ObjectRef, EntitlementRef)>, Failure> {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::Grant) {
        return Ok(None);
    }
    let Some(entitlement) = bench.entitlement().await? else { return Ok(None) };
    Ok(Some((bench.create_user(hint).await?, entitlement)))
}

fn revoke(object: &ObjectRef, entitlement: &EntitlementRef) -> Operation {
    Operation::Revoke { object: object.clone(), entitlement: entitlement.clone() }
}

pub(super) async fn holds(
    bench: &Bench,
    object: &ObjectRef,
    entitlement: &EntitlementRef,
) -> Result<usize, Failure> {
    Ok(bench.grants(object).await?.iter().filter(|grant| grant.entitlement == *entitlement).count())
}

pub(super) fn lists_grants(bench: &Bench) -> bool {
    bench.lists(&ObjectClass::GRANT)
}

pub(super) async fn grant_is_seen(bench: &Bench) -> Ended {
    let Some((object, entitlement)) = ready(bench, "grant").await? else { return skip(NO_GRANT) };
    if !lists_grants(bench) {
        return skip("grants cannot be listed");
    }
    let before = holds(bench, &object, &entitlement).await?;
    let outcome = bench.apply(Bench::grant_of(&object, &entitlement)).await?;
    ensure(outcome.changed(), || format!("expected done and changed, found {:?}", outcome.status))?;
    let after = holds(bench, &object, &entitlement).await?;
    ensure((before, after) == (0, 1), || {
        format!("expected the grant listed once, found {after} times, before {before}")
    })?;
    passed()
}

pub(super) async fn grant_twice_is_already_so(bench: &Bench) -> Ended {
    let Some((object, entitlement)) = ready(bench, "regrant").await? else { return skip(NO_GRANT) };
    bench.apply(Bench::grant_of(&object, &entitlement)).await?;
    let again = bench.apply(Bench::grant_of(&object, &entitlement)).await?;
    Bench::expect_already_so("a second grant", &again)?;
    passed()
}

pub(super) async fn grant_to_missing_is_not_found(bench: &Bench) -> Ended {
    let Some((_, entitlement)) = ready(bench, "holder").await? else { return skip(NO_GRANT) };
    let result = bench.apply(Bench::grant_of(&bench.missing(), &entitlement)).await;
    Bench::expect_kind("a grant to a missing account", result, ErrorKind::NotFound)?;
    passed()
}

pub(super) async fn revoke_takes_away(bench: &Bench) -> Ended {
    let Some((object, entitlement)) = ready(bench, "revoke").await? else { return skip(NO_GRANT) };
    if !bench.can(OperationKind::Revoke) {
        return skip("nothing can be revoked");
    }
    bench.apply(Bench::grant_of(&object, &entitlement)).await?;
    let outcome = bench.apply(revoke(&object, &entitlement)).await?;
    ensure(outcome.changed(), || format!("expected done and changed, found {:?}", outcome.status))?;
    if lists_grants(bench) {
        let held = holds(bench, &object, &entitlement).await?;
        ensure(held == 0, || "a revoked grant is still listed".to_owned())?;
    }
    passed()
}

pub(super) async fn revoke_absent_is_already_gone(bench: &Bench) -> Ended {
    let Some((object, entitlement)) = ready(bench, "absent").await? else { return skip(NO_GRANT) };
    if !bench.can(OperationKind::Revoke) {
        return skip("nothing can be revoked");
    }
    let never = bench.apply(revoke(&object, &entitlement)).await?;
    Bench::expect_gone("revoke of a grant that never was", &never)?;
    let nobody = bench.apply(revoke(&bench.missing(), &entitlement)).await?;
    Bench::expect_gone("revoke from an account that never was", &nobody)?;
    passed()
}

pub(super) async fn exclusive_grant_replaces(bench: &Bench) -> Ended {
    let schema = bench.connector().schema(&bench.ctx).await?;
    let Some(group) = schema.exclusive.iter().find(|group| group.members.len() > 1) else {
        return skip("no exclusive group with two members");
    };
    let free: Vec<_> = {
        let catalogue = bench.catalogue().await?;
        let has_seat = |member: &&EntitlementRef| {
            let listed = catalogue.iter().find(|entitlement| entitlement.entitlement == **member);
            listed.is_none_or(|listed| listed.capacity.is_none_or(|seats| seats > listed.used.unwrap_or(0)))
        };
        group.members.iter().filter(has_seat).cloned().collect()
    };
    let [first, second, ..] = free.as_slice() else {
        return skip("no two members of an exclusive group have a seat");
    };
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::Grant) || !lists_grants(bench) {
        return skip(NO_GRANT);
    }
    let object = bench.create_user("tier").await?;
    bench.apply(Bench::grant_of(&object, first)).await?;
    bench.apply(Bench::grant_of(&object, second)).await?;
    let held = (holds(bench, &object, first).await?, holds(bench, &object, second).await?);
    ensure(held == (0, 1), || format!("expected only the second of an exclusive group, found {held:?}"))?;
    passed()
}

pub(super) async fn licence_without_seat_has_no_capacity(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::AssignLicence) {
        return skip("licences cannot be assigned");
    }
    let catalogue = bench.catalogue().await?;
    let few = catalogue.iter().find_map(|entitlement| {
        let left = entitlement.capacity?.saturating_sub(entitlement.used.unwrap_or(0));
        (left <= 3).then_some((entitlement.entitlement.clone(), left))
    });
    let Some((licence, left)) = few else { return skip("no licence with three seats or fewer left") };
    let assign = |object: ObjectRef| Operation::AssignLicence { object, licence: licence.clone() };
    for _ in 0..left {
        let object = bench.create_user("seat").await?;
        bench.apply(assign(object)).await?;
    }
    let late = bench.create_user("late").await?;
    let result = bench.apply(assign(late)).await;
    Bench::expect_kind("a licence without a seat left", result, ErrorKind::NoCapacity)?;
    passed()
}

pub(super) async fn deleted_account_holds_nothing(bench: &Bench) -> Ended {
    let Some((object, entitlement)) = ready(bench, "estate").await? else { return skip(NO_GRANT) };
    if !bench.can(OperationKind::Delete) || !lists_grants(bench) {
        return skip("accounts cannot be deleted, or grants cannot be listed");
    }
    bench.apply(Bench::grant_of(&object, &entitlement)).await?;
    bench.apply(Operation::Delete { object: object.clone(), mode: DeleteMode::Permanent }).await?;
    let held = holds(bench, &object, &entitlement).await?;
    ensure(held == 0, || "a deleted account still holds a grant".to_owned())?;
    passed()
}
