use std::time::Duration;

use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_connector::{
    CredentialSource, ErrorKind, Execution, JobRef, ListQuery, ObjectClass, Operation, OperationKind,
    OutcomeStatus, OwnershipScope, Secret, SecretRef, SessionScope, WriteRequest,
};

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

pub(super) async fn sessions_end_once(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::RevokeSessions) {
        return skip("sessions cannot be revoked");
    }
    let revoke = |object| Operation::RevokeSessions { object, scope: SessionScope::All };
    let object = bench.create_user("session").await?;
    for what in ["first", "second"] {
        let outcome = bench.apply(revoke(object.clone())).await?;
        ensure(outcome.is_settled(), || {
            format!("{what} revocation: expected it settled, found {:?}", outcome.status)
        })?;
    }
    let nobody = bench.apply(revoke(bench.missing())).await?;
    ensure(nobody.is_already_so(), || {
        format!("sessions of nobody: expected already so, found {:?}", nobody.status)
    })?;
    passed()
}

pub(super) async fn ownership_needs_a_receiver(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::TransferOwnership) {
        return skip("ownership cannot be transferred");
    }
    let (from, to) = (bench.create_user("giver").await?, bench.create_user("receiver").await?);
    let transfer = |to| Operation::TransferOwnership { object: from.clone(), to, scope: OwnershipScope::All };
    let outcome = bench.apply(transfer(to)).await?;
    ensure(outcome.is_settled(), || format!("expected the transfer settled, found {:?}", outcome.status))?;
    if executes(bench, OperationKind::TransferOwnership) == Execution::Manual {
        return passed();
    }
    let result = bench.apply(transfer(bench.missing())).await;
    Bench::expect_kind("a transfer to a missing account", result, ErrorKind::NotFound)?;
    passed()
}

pub(super) async fn credential_comes_from_the_store(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) || !bench.can(OperationKind::SetCredential) {
        return skip("credentials cannot be set");
    }
    if executes(bench, OperationKind::SetCredential) == Execution::Manual {
        return skip("people set credentials");
    }
    let object = bench.create_user("credential").await?;
    let name = SecretRef::new("trial/credential");
    let set = |credential| Operation::SetCredential { object: object.clone(), credential };
    let missing = bench.apply(set(CredentialSource::Reference(SecretRef::new("trial/nothing")))).await;
    ensure(missing.is_err(), || "a credential that is not in the store was set all the same".to_owned())?;
    bench.secrets.put(&name, Secret::new("Correct-Horse-Battery-1"));
    let outcome = bench.apply(set(CredentialSource::Reference(name))).await?;
    ensure(outcome.is_settled(), || format!("expected the credential set, found {:?}", outcome.status))?;
    passed()
}

pub(super) async fn jobs_end(bench: &Bench) -> Ended {
    let unknown =
        bench.connector().poll(&bench.ctx, &JobRef::new("no-such-job", OperationKind::Create)).await;
    let kind = unknown.err().map(|error| error.kind());
    let fine = matches!(kind, Some(ErrorKind::NotFound | ErrorKind::Unsupported));
    ensure(fine, || format!("poll of an unknown job: expected not found or unsupported, found {kind:?}"))?;
    if executes(bench, OperationKind::Create) != Execution::Job {
        return passed();
    }
    let operation = Operation::Create { class: ObjectClass::USER, resource: bench.user(&bench.name("job")) };
    let request = WriteRequest::new(bench.key(), operation);
    let started = bench.connector().apply(&bench.ctx, &request).await?;
    let accepted =
        matches!(&started.status, OutcomeStatus::Accepted { poll_after, .. } if *poll_after > Duration::ZERO);
    ensure(accepted, || format!("expected a job and when to ask, found {:?}", started.status))?;
    let ended = bench.settle(OperationKind::Create, started).await?;
    ensure(ended.changed() && ended.object.is_some(), || {
        format!("expected the job done with an object, found {ended:?}")
    })?;
    ended.object.iter().for_each(|object| bench.remember(object));
    passed()
}

pub(super) async fn people_finish_their_tasks(bench: &Bench) -> Ended {
    if executes(bench, OperationKind::Create) != Execution::Manual {
        return skip("no person is needed");
    }
    let operation = Operation::Create { class: ObjectClass::USER, resource: bench.user(&bench.name("task")) };
    let request = WriteRequest::new(bench.key(), operation);
    let asked = bench.connector().apply(&bench.ctx, &request).await?;
    let OutcomeStatus::Manual { instructions } = &asked.status else {
        return Err(Failure::new(format!("expected a task, found {:?}", asked.status)));
    };
    ensure(!instructions.title.is_empty() && !instructions.steps.is_empty(), || {
        "a task without words".to_owned()
    })?;
    let job = JobRef::new(&instructions.id, OperationKind::Create);
    let waiting = bench.connector().poll(&bench.ctx, &job).await?;
    let open = matches!(waiting.status, OutcomeStatus::Manual { .. });
    ensure(open, || format!("expected the task still open, found {:?}", waiting.status))?;
    if bench.subject.complete.is_none() {
        return skip("nobody does manual tasks");
    }
    let done = bench.settle(OperationKind::Create, asked).await?;
    ensure(done.is_settled(), || format!("expected the task done, found {:?}", done.status))?;
    done.object.iter().for_each(|object| bench.remember(object));
    passed()
}

pub(super) async fn writes_survive_serialisation(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip("accounts cannot be created");
    }
    let sent = bench.user(&bench.name("journal"));
    let operation = Operation::Create { class: ObjectClass::USER, resource: sent.clone() };
    let request = WriteRequest::new(bench.key(), operation);
    let json = serde_json::to_string(&request).map_err(|error| Failure::new(error.to_string()))?;
    let kept: WriteRequest = serde_json::from_str(&json).map_err(|error| Failure::new(error.to_string()))?;
    ensure(kept == request, || "a write changed by writing and reading it".to_owned())?;
    let outcome = bench.send(&kept).await?;
    let json = serde_json::to_string(&outcome).map_err(|error| Failure::new(error.to_string()))?;
    let back: tenure_connector::Outcome =
        serde_json::from_str(&json).map_err(|error| Failure::new(error.to_string()))?;
    ensure(back == outcome, || "an outcome changed by writing and reading it".to_owned())?;
    passed()
}

pub(super) async fn workers_are_records(bench: &Bench) -> Ended {
    let capabilities = bench.capabilities();
    let mut tried = false;
    for class in [ObjectClass::WORKER, ObjectClass::WORKLOAD] {
        if capabilities.class(&class).is_none_or(|class| class.list.is_none()) {
            continue;
        }
        tried = true;
        for item in bench.list(ListQuery::new(class.clone())).await?.items {
            let read = match class == ObjectClass::WORKER {
                true => WorkerRecord::try_from(&item.resource).map(drop),
                false => WorkloadRecord::try_from(&item.resource).map(drop),
            };
            read.map_err(|error| Failure::new(format!("`{}` is no record: {error}", item.object)))?;
        }
    }
    if tried { passed() } else { skip("it is no source of workers or workloads") }
}

fn executes(bench: &Bench, kind: OperationKind) -> Execution {
    bench
        .capabilities()
        .operation(&ObjectClass::USER, kind)
        .map(|support| support.execution)
        .unwrap_or_default()
}
