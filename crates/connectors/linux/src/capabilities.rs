use tenure_connector::{
    Capabilities, ClassCapabilities, FilterSupport, ListCapability, ObjectClass, OperationKind,
    OperationSupport, SideEffect, WhyNot,
};

/// What can be done on a host that runs, or on an image that does not.
pub(crate) fn capabilities(running: bool) -> Capabilities {
    let plain = || OperationSupport::new().idempotent();
    let resource = || {
        ClassCapabilities::new()
            .readable()
            .listed(listed())
            .supports(OperationKind::Create, OperationSupport::new())
            .supports(OperationKind::Update, plain())
            .supports(
                OperationKind::Delete,
                plain().with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships),
            )
            .lacks(OperationKind::Restore, WhyNot::Product, "a removed account is gone")
    };
    let mut user = resource()
        .supports(OperationKind::SetStatus, plain().with_effect(SideEffect::KeepsSessions))
        .supports(OperationKind::Grant, plain())
        .supports(OperationKind::Revoke, plain().with_effect(SideEffect::KeepsSessions))
        .supports(OperationKind::TransferOwnership, plain());
    user = match running {
        true => user
            .supports(OperationKind::RevokeSessions, plain().with_effect(SideEffect::EndsSessions))
            .supports(OperationKind::SetCredential, plain().with_effect(SideEffect::DestroysCredential)),
        false => user
            .lacks(
                OperationKind::RevokeSessions,
                WhyNot::Product,
                "an image that does not run has no sessions",
            )
            .lacks(
                OperationKind::SetCredential,
                WhyNot::NotBuilt,
                "`chpasswd` works on the host itself only",
            ),
    };
    let user = user
        .lacks(OperationKind::ResetFactors, WhyNot::Product, "local accounts have no second factors")
        .lacks(
            OperationKind::RotateCredential,
            WhyNot::NotBuilt,
            "set the new password with `set_credential`",
        )
        .lacks(OperationKind::AssignLicence, WhyNot::Product, "a host has no licences; grant a group")
        .lacks(OperationKind::ReleaseLicence, WhyNot::Product, "a host has no licences; revoke a group")
        .lacks(OperationKind::Custom, WhyNot::NotBuilt, "there is no custom operation");
    let group = resource().lacks(OperationKind::SetStatus, WhyNot::Product, "a group is never suspended");
    let derived = || ClassCapabilities::new().readable().listed(listed());
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, derived())
        .with(ObjectClass::GRANT, derived())
}

fn listed() -> ListCapability {
    let filter = FilterSupport::Full;
    ListCapability { filter, sort: false, total: false, max_page_size: Some(1_000), cursor_life: None }
}
