use tenure_connector::{Change, DeleteMode, DeltaToken, ErrorKind, ObjectClass, Operation, OperationKind};

use crate::conformance::failure::{Ended, ensure, passed, skip};
use crate::conformance::{Bench, Failure};

const NO_DELTA: &str = "changes of accounts cannot be followed";

fn follows(bench: &Bench) -> bool {
    bench.capabilities().class(&ObjectClass::USER).is_some_and(|class| class.changes.is_some())
}

async fn latest(bench: &Bench) -> Result<DeltaToken, Failure> {
    let page = bench.connector().changes(&bench.ctx, &ObjectClass::USER, None).await?;
    ensure(page.changes.is_empty(), || {
        format!("expected no changes with the latest token, found {}", page.changes.len())
    })?;
    Ok(page.token)
}

async fn since(bench: &Bench, token: &DeltaToken) -> Result<Vec<Change>, Failure> {
    let (mut token, mut changes) = (token.clone(), Vec::new());
    loop {
        let page = bench.connector().changes(&bench.ctx, &ObjectClass::USER, Some(&token)).await?;
        changes.extend(page.changes);
        ensure(!page.more || page.token != token, || "there is more, but the token stays".to_owned())?;
        token = page.token;
        if !page.more {
            return Ok(changes);
        }
    }
}

pub(super) async fn latest_token_is_quiet(bench: &Bench) -> Ended {
    if !follows(bench) {
        return skip(NO_DELTA);
    }
    let token = latest(bench).await?;
    let changes = since(bench, &token).await?;
    ensure(changes.is_empty(), || {
        format!("expected nothing after the latest token, found {}", changes.len())
    })?;
    passed()
}

pub(super) async fn changes_are_told(bench: &Bench) -> Ended {
    if !follows(bench) || !bench.can(OperationKind::Create) {
        return skip(NO_DELTA);
    }
    let token = latest(bench).await?;
    let object = bench.create_user("told").await?;
    let changes = since(bench, &token).await?;
    let told =
        changes.iter().any(|change| change.object().id == object.id && !matches!(change, Change::Deleted(_)));
    ensure(told, || "a create is not among the changes".to_owned())?;
    passed()
}

pub(super) async fn deletions_are_told(bench: &Bench) -> Ended {
    let capabilities = bench.capabilities();
    let tombstones = capabilities
        .class(&ObjectClass::USER)
        .and_then(|class| class.changes.clone())
        .is_some_and(|delta| delta.tombstones);
    if !tombstones || !bench.can(OperationKind::Create) || !bench.can(OperationKind::Delete) {
        return skip("deletions are not declared to be told");
    }
    let object = bench.create_user("tombstone").await?;
    let token = latest(bench).await?;
    bench.apply(Operation::Delete { object: object.clone(), mode: DeleteMode::Permanent }).await?;
    let changes = since(bench, &token).await?;
    let told = changes.iter().any(|change| matches!(change, Change::Deleted(gone) if gone.id == object.id));
    ensure(told, || "a deletion is not among the changes".to_owned())?;
    passed()
}

pub(super) async fn foreign_token_is_refused(bench: &Bench) -> Ended {
    if !follows(bench) {
        return skip(NO_DELTA);
    }
    let token = DeltaToken::new("not-a-token-of-yours");
    let result = bench.connector().changes(&bench.ctx, &ObjectClass::USER, Some(&token)).await;
    let kind = result.err().map(|error| error.kind());
    let fine = matches!(kind, Some(ErrorKind::InvalidInput | ErrorKind::TokenExpired));
    ensure(fine, || format!("a foreign token: expected invalid input or expired, found {kind:?}"))?;
    passed()
}

pub(super) async fn expired_token_is_told(bench: &Bench) -> Ended {
    if !follows(bench) {
        return skip(NO_DELTA);
    }
    let token = latest(bench).await?;
    if !bench.subject.faults.as_ref().is_some_and(|faults| faults.expire_tokens()) {
        return skip("tokens cannot be made to expire");
    }
    let result = bench.connector().changes(&bench.ctx, &ObjectClass::USER, Some(&token)).await;
    Bench::expect_kind("an expired token", result, ErrorKind::TokenExpired)?;
    passed()
}
