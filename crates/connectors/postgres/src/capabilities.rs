use tenure_connector::{
    Capabilities, ClassCapabilities, FilterSupport, ListCapability, ObjectClass, OperationKind,
    OperationSupport, SideEffect, WhyNot,
};

/// What can be done with the roles of a server.
pub(crate) fn capabilities() -> Capabilities {
    let plain = || OperationSupport::new().idempotent();
    let deletion = || plain().with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships);
    let resource = || {
        ClassCapabilities::new()
            .readable()
            .listed(listed(FilterSupport::Full))
            .supports(OperationKind::Create, OperationSupport::new())
            .supports(OperationKind::Update, plain())
            .supports(OperationKind::Delete, deletion())
            .lacks(OperationKind::Restore, WhyNot::Product, "a dropped role is gone")
    };
    let user = resource()
        .supports(OperationKind::SetStatus, plain().with_effect(SideEffect::KeepsSessions))
        .supports(OperationKind::Grant, plain())
        .supports(OperationKind::Revoke, plain())
        .supports(OperationKind::RevokeSessions, plain().with_effect(SideEffect::EndsSessions))
        .supports(OperationKind::SetCredential, plain().with_effect(SideEffect::DestroysCredential))
        .supports(OperationKind::TransferOwnership, plain())
        .lacks(OperationKind::ResetFactors, WhyNot::Product, "PostgreSQL has no second factors")
        .lacks(
            OperationKind::RotateCredential,
            WhyNot::NotBuilt,
            "set the new password with `set_credential`",
        )
        .lacks(OperationKind::AssignLicence, WhyNot::Product, "PostgreSQL has no licences; grant a role")
        .lacks(OperationKind::ReleaseLicence, WhyNot::Product, "PostgreSQL has no licences; revoke a role")
        .lacks(OperationKind::Custom, WhyNot::NotBuilt, "there is no custom operation");
    let group = resource().lacks(OperationKind::SetStatus, WhyNot::Product, "a group is never suspended");
    let derived = || ClassCapabilities::new().readable().listed(listed(FilterSupport::None));
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, derived())
        .with(ObjectClass::GRANT, derived())
}

fn listed(filter: FilterSupport) -> ListCapability {
    ListCapability { filter, sort: false, total: false, max_page_size: Some(1000), cursor_life: None }
}
