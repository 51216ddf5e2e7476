use tenure_connector::memory::memory_capabilities;
use tenure_connector::{Capabilities, ObjectClass, OperationKind, Support, Unsupported, WhyNot};

const NOT_IN_FILES: [(OperationKind, &str); 6] = [
    (OperationKind::RevokeSessions, "a file has no sessions"),
    (OperationKind::ResetFactors, "a file has no second factors"),
    (OperationKind::SetCredential, "a credential is not written into a file"),
    (OperationKind::RotateCredential, "a credential is not written into a file"),
    (OperationKind::TransferOwnership, "accounts in a file own nothing"),
    (OperationKind::Custom, "a file has no further operations"),
];

/// What a directory of files can do: what the reference connector can, without what only a running system has.
pub(super) fn file_capabilities() -> Capabilities {
    let mut capabilities = memory_capabilities();
    capabilities.classes.remove(&ObjectClass::WORKER);
    capabilities.classes.remove(&ObjectClass::WORKLOAD);
    for class in capabilities.classes.values_mut() {
        class.changes = None;
    }
    if let Some(user) = capabilities.classes.get_mut(&ObjectClass::USER) {
        for (kind, because) in NOT_IN_FILES {
            user.operations.insert(kind, Support::Unsupported(Unsupported::new(WhyNot::Product, because)));
        }
    }
    capabilities
}
