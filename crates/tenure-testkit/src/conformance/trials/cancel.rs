use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tenure_connector::{
    AccountStatus, DeleteMode, ErrorKind, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind,
    WriteRequest,
};
use tenure_scim::{AttrPath, Patch, ValueRef};

use super::access::{holds, lists_grants};
use super::create::find;
use super::list::filters_by;
use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

/// A call that is woken more often than this is not followed to its end.
const MOST_POLLS: usize = 48;

/// Drops a create at every await that it has: after it is made good, exactly one account is there.
///
/// Made good means repeated with its key where the connector declares that idempotent, and otherwise looked for first.
pub(super) async fn dropped_write_can_be_repeated(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !filters_by(bench, "userName") {
        return skip("accounts cannot be created and found by `userName`");
    }
    let capabilities = bench.capabilities();
    let idempotent = capabilities
        .operation(&ObjectClass::USER, OperationKind::Create)
        .is_some_and(|create| create.idempotent);
    for polls in 0..MOST_POLLS {
        let name = bench.name("dropped");
        let operation = Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) };
        let request = WriteRequest::new(bench.key(), operation);
        let ended = drop_after(bench, &request, polls).await;
        if idempotent || find(bench, &bench.user_name(&name)).await?.is_empty() {
            repeat(bench, &request, polls).await?;
        }
        let found = find(bench, &bench.user_name(&name)).await?;
        found.iter().for_each(|id| bench.remember(&ObjectRef::new(ObjectClass::USER, id)));
        ensure(found.len() == 1, || {
            format!("dropped after {polls} polls: expected one account, found {}", found.len())
        })?;
        if ended {
            break;
        }
    }
    passed()
}

async fn repeat(bench: &Bench, request: &WriteRequest, polls: usize) -> Result<(), Failure> {
    match bench.send(request).await {
        Ok(repeated) => ensure(repeated.is_settled(), || {
            format!("dropped after {polls} polls: expected the repeat settled, found {:?}", repeated.status)
        }),
        // The dropped request was still on its way.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Drops every kind of change at every await that it has, and repeats it: the change is there, and nothing else.
pub(super) async fn dropped_change_can_be_repeated(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip("accounts cannot be created");
    }
    let mut tried = false;
    for kind in [
        OperationKind::Update,
        OperationKind::SetStatus,
        OperationKind::Grant,
        OperationKind::Revoke,
        OperationKind::Delete,
    ] {
        if !bench.can(kind) {
            continue;
        }
        for polls in 0..MOST_POLLS {
            match drop_and_repeat(bench, kind, polls).await? {
                Dropped::Impossible => break,
                Dropped::Underway => tried = true,
                Dropped::Ended => {
                    tried = true;
                    break;
                }
            }
        }
    }
    if tried { passed() } else { skip("accounts cannot be changed") }
}

enum Dropped {
    Impossible,
    Underway,
    Ended,
}

async fn drop_and_repeat(bench: &Bench, kind: OperationKind, polls: usize) -> Result<Dropped, Failure> {
    let object = bench.create_user("changed").await?;
    let Some(operation) = change(bench, kind, &object).await? else { return Ok(Dropped::Impossible) };
    let request = WriteRequest::new(bench.key(), operation);
    let ended = drop_after(bench, &request, polls).await;
    let repeated = bench.send(&request).await?;
    ensure(repeated.is_settled(), || {
        format!(
            "{kind} dropped after {polls} polls: expected the repeat settled, found {:?}",
            repeated.status
        )
    })?;
    verify(bench, &request.operation).await.map_err(|failure| {
        Failure::new(format!("{kind} dropped after {polls} polls and repeated: {failure}"))
    })?;
    Ok(if ended { Dropped::Ended } else { Dropped::Underway })
}

async fn change(
    bench: &Bench,
    kind: OperationKind,
    object: &ObjectRef,
) -> Result<Option<Operation>, Failure> {
    let object = object.clone();
    Ok(Some(match kind {
        OperationKind::Update => {
            let patch = Patch::default().replace(AttrPath::parse(bench.label())?, "Dropped");
            Operation::Update { object, patch }
        }
        OperationKind::SetStatus => Operation::SetStatus { object, status: AccountStatus::Suspended },
        OperationKind::Delete => Operation::Delete { object, mode: DeleteMode::Permanent },
        _ => {
            let Some(entitlement) = bench.entitlement().await? else { return Ok(None) };
            if kind == OperationKind::Grant {
                return Ok(Some(Bench::grant_of(&object, &entitlement)));
            }
            if !bench.can(OperationKind::Grant) {
                return Ok(None);
            }
            bench.apply(Bench::grant_of(&object, &entitlement)).await?;
            Operation::Revoke { object, entitlement }
        }
    }))
}

async fn verify(bench: &Bench, operation: &Operation) -> Result<(), Failure> {
    match operation {
        Operation::Update { object, .. } => {
            let name = bench.get(object).await?.resource.text(bench.label()).map(str::to_owned);
            ensure(name.as_deref() == Some("Dropped"), || format!("expected the new name, found {name:?}"))
        }
        Operation::SetStatus { object, .. } => {
            let active = bench.get(object).await?.resource.attr("active").and_then(ValueRef::as_bool);
            ensure(active == Some(false), || format!("expected the account stopped, found active {active:?}"))
        }
        Operation::Delete { object, .. } => {
            let listing = bench.list(ListQuery::new(ObjectClass::USER)).await?;
            let there = listing.items.iter().any(|item| item.object.id == object.id);
            ensure(!there, || "the account is still listed".to_owned())
        }
        Operation::Grant { object, entitlement, .. } if lists_grants(bench) => {
            let held = holds(bench, object, entitlement).await?;
            ensure(held == 1, || format!("expected the grant listed once, found it {held} times"))
        }
        Operation::Revoke { object, entitlement } if lists_grants(bench) => {
            let held = holds(bench, object, entitlement).await?;
            ensure(held == 0, || format!("expected the grant gone, found it {held} times"))
        }
        _ => Ok(()),
    }
}

/// Polls a write so many times and drops it; whether it had ended by then.
async fn drop_after(bench: &Bench, request: &WriteRequest, polls: usize) -> bool {
    let mut call = pin!(bench.connector().apply(&bench.ctx, request));
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match call.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
