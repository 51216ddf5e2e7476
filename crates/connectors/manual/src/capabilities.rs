use tenure_connector::memory::memory_capabilities;
use tenure_connector::{Capabilities, Execution, ObjectClass, Support};

/// What people can do when they are told: everything the reference connector can, by hand.
pub(crate) fn manual_capabilities() -> Capabilities {
    let mut capabilities = memory_capabilities();
    let classes = [ObjectClass::USER, ObjectClass::ENTITLEMENT, ObjectClass::GRANT];
    capabilities.classes.retain(|class, _| classes.contains(class));
    for class in capabilities.classes.values_mut() {
        class.changes = None;
        for support in class.operations.values_mut() {
            if let Support::Supported(support) = support {
                support.execution = Execution::Manual;
                support.locking = false;
            }
        }
    }
    capabilities
}
