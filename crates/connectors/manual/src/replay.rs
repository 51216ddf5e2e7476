use tenure_connector::memory::{Tenant, TenantRules};
use tenure_connector::{ObjectClass, ObjectRef, Operation, OperationKind, WriteRequest};

use crate::{Task, TaskStatus};

/// The system as it must be when everything that is marked as done was done.
///
/// A task that no longer fits, because the ledger was edited, changes nothing.
pub(crate) fn replay(tasks: &[Task], catalogue: Option<Tenant>) -> Tenant {
    let open = || Tenant::new().with_rules(TenantRules::default().with_open_catalogue(true));
    let mut tenant = catalogue.unwrap_or_else(open);
    for task in tasks.iter().filter(|task| task.status == TaskStatus::Done) {
        match &task.operation {
            Operation::Create { class, resource } => {
                let mut resource = resource.clone();
                resource.set_id(task.account_id());
                tenant.seed(class, resource);
            }
            operation if is_seen(operation.kind()) => {
                let request = WriteRequest::new(task.key.clone(), operation.clone());
                drop(tenant.apply(&request, None));
            }
            _ => {}
        }
    }
    tenant
}

/// Whether a later look at accounts and grants shows that the operation was done.
pub(crate) fn is_seen(kind: OperationKind) -> bool {
    !matches!(
        kind,
        OperationKind::RevokeSessions
            | OperationKind::ResetFactors
            | OperationKind::SetCredential
            | OperationKind::RotateCredential
            | OperationKind::TransferOwnership
            | OperationKind::Custom
    )
}

/// The account that a task was about, or made.
pub(crate) fn subject(task: &Task) -> ObjectRef {
    match task.operation.object() {
        Some(object) => object.clone(),
        None => ObjectRef::new(ObjectClass::USER, task.account_id()),
    }
}
