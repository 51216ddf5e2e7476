use tenure_connector::{
    Capabilities, ClassCapabilities, ObjectClass, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::equality_on;

/// Everything goes through the account of one administrator of the server.
pub(crate) const ADMIN: &str = "server administrator";

pub(crate) fn capabilities() -> Capabilities {
    let own = || OperationSupport::new().with_permission(ADMIN);
    let again = || own().idempotent();
    let other = |what: &str| SideEffect::Other { what: what.to_owned() };
    let seats = "the server has no seats";
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName", "externalId", "email"], 100))
        .supports(Kind::Create, own())
        .supports(Kind::Update, again())
        .supports(
            Kind::SetStatus,
            again().with_effect(SideEffect::KeepsSessions).with_effect(other(
                "suspending locks, which keeps everything; disabling deactivates, which takes devices, addresses, the password and rooms",
            )),
        )
        .supports(
            Kind::Delete,
            again()
                .with_effect(SideEffect::EndsSessions)
                .with_effect(SideEffect::DropsMemberships)
                .with_effect(SideEffect::DestroysCredential)
                .with_effect(other("the account is erased; its id is never free again")),
        )
        .supports(Kind::Restore, again())
        .supports(Kind::Grant, again())
        .supports(Kind::Revoke, again())
        .supports(
            Kind::RevokeSessions,
            again()
                .with_effect(SideEffect::EndsSessions)
                .with_effect(other("encryption keys that are on no other device are lost")),
        )
        .supports(Kind::SetCredential, again().with_effect(SideEffect::KeepsSessions))
        .supports(Kind::TransferOwnership, again())
        .lacks(Kind::ResetFactors, WhyNot::Product, "second factors are the identity provider's")
        .lacks(Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead")
        .lacks(Kind::AssignLicence, WhyNot::Product, seats)
        .lacks(Kind::ReleaseLicence, WhyNot::Product, seats)
        .lacks(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let listed = || ClassCapabilities::new().listed(equality_on(&[], 1000));
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::ENTITLEMENT, listed())
        .with(ObjectClass::GRANT, listed())
}
