use crate::{
    Capabilities, ClassCapabilities, DeltaCapability, FilterSupport, ListCapability, ObjectClass,
    OperationKind, OperationSupport, SideEffect, WhyNot,
};

/// What a [`Tenant`](super::Tenant) can do.
#[must_use]
pub fn memory_capabilities() -> Capabilities {
    let list = ListCapability {
        filter: FilterSupport::Full,
        sort: true,
        total: true,
        max_page_size: Some(1000),
        cursor_life: None,
    };
    let delta = DeltaCapability { token_life: None, tombstones: true, whole_objects: true };
    let plain = || OperationSupport::new().idempotent();
    let locking = || plain().locking();
    let removal = || {
        locking()
            .with_effect(SideEffect::FreesSeat)
            .with_effect(SideEffect::DropsMemberships)
            .with_effect(SideEffect::EndsSessions)
    };
    let source = || ClassCapabilities::new().readable().listed(list.clone()).followed(delta.clone());
    let user = source()
        .supports(OperationKind::Create, plain())
        .supports(OperationKind::Update, locking())
        .supports(
            OperationKind::SetStatus,
            locking().with_effect(SideEffect::KeepsSeat).with_effect(SideEffect::KeepsSessions),
        )
        .supports(OperationKind::Delete, removal())
        .supports(OperationKind::Restore, plain())
        .supports(OperationKind::Grant, plain())
        .supports(OperationKind::Revoke, plain())
        .supports(OperationKind::RevokeSessions, plain().with_effect(SideEffect::EndsSessions))
        .supports(OperationKind::ResetFactors, plain())
        .supports(OperationKind::SetCredential, plain())
        .supports(OperationKind::RotateCredential, plain().with_effect(SideEffect::DestroysCredential))
        .supports(OperationKind::TransferOwnership, plain())
        .supports(OperationKind::AssignLicence, plain())
        .supports(OperationKind::ReleaseLicence, plain().with_effect(SideEffect::FreesSeat))
        .supports(OperationKind::Custom, plain());
    let group = source()
        .supports(OperationKind::Create, plain())
        .supports(OperationKind::Update, locking())
        .supports(OperationKind::Delete, locking().with_effect(SideEffect::Irreversible))
        .lacks(OperationKind::SetStatus, WhyNot::Product, "a group is never suspended");
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, ClassCapabilities::new().readable().listed(list.clone()))
        .with(ObjectClass::GRANT, ClassCapabilities::new().readable().listed(list.clone()))
        .with(ObjectClass::WORKER, source())
        .with(ObjectClass::WORKLOAD, source())
}
