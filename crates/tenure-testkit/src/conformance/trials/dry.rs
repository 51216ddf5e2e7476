use std::sync::Arc;

use tenure_connector::{
    AccountStatus, Connector, DeleteMode, ListQuery, ObjectClass, Operation, OperationKind, WriteRequest,
};
use tenure_layers::{DryRun, Stack};
use tenure_scim::{AttrPath, Patch};

use super::create::find;
use super::list::filters_by;
use crate::conformance::Bench;
use crate::conformance::failure::{Ended, ensure, passed, skip};

/// Asks for everything through a dry run, reads included: the account is as it was, and no second one came.
pub(super) async fn dry_run_sends_no_write(bench: &Bench) -> Ended {
    if !bench.can(OperationKind::Create) {
        return skip("accounts cannot be created");
    }
    let object = bench.create_user("kept").await?;
    let (before, grants) = (bench.get(&object).await?, bench.grants_if_listed(&object).await?);
    let name = bench.name("dry");
    let mut wanted = vec![
        Operation::Create { class: ObjectClass::USER, resource: bench.user(&name) },
        Operation::Update {
            object: object.clone(),
            patch: Patch::default().replace(AttrPath::parse(bench.label())?, "Dry"),
        },
        Operation::SetStatus { object: object.clone(), status: AccountStatus::Suspended },
        Operation::Delete { object: object.clone(), mode: DeleteMode::Permanent },
    ];
    if bench.can(OperationKind::Grant) {
        let entitlement = bench.entitlement().await?;
        wanted.extend(entitlement.map(|entitlement| Bench::grant_of(&object, &entitlement)));
    }
    wanted.retain(|operation| bench.can(operation.kind()));

    let dry = Arc::new(DryRun::new());
    let stack = Stack::new(bench.subject.connector.clone()).dry_run(dry.clone()).build();
    stack.check(&bench.ctx).await?;
    for operation in &wanted {
        stack.apply(&bench.ctx, &WriteRequest::new(bench.key(), operation.clone())).await?;
    }
    if bench.lists(&ObjectClass::USER) {
        stack.list(&bench.ctx, &ListQuery::new(ObjectClass::USER).with_page_size(2)).await?;
    }
    let withheld = dry.withheld();
    ensure(withheld.len() == wanted.len(), || {
        format!("expected {} withheld writes, found {}", wanted.len(), withheld.len())
    })?;
    let after = bench.get(&object).await?;
    ensure(before == after, || {
        format!("expected the account as before the dry run, found {:?}", after.resource)
    })?;
    let held = bench.grants_if_listed(&object).await?;
    ensure(grants == held, || format!("expected the grants {grants:?}, found {held:?}"))?;
    if filters_by(bench, "userName") {
        let made = find(bench, &bench.user_name(&name)).await?;
        ensure(made.is_empty(), || "a withheld create made an account".to_owned())?;
    }
    passed()
}
