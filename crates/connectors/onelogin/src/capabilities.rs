use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, OperationKind as Kind, OperationSupport, SideEffect,
    WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, lacking, repeatable as again};

pub(crate) const USERS: &str = "Manage users";
pub(crate) const ALL: &str = "Manage All";

const LACKS: [(Kind, WhyNot, &str); 4] = [
    (Kind::Restore, WhyNot::Product, "a deleted user does not come back"),
    (Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead"),
    (Kind::TransferOwnership, WhyNot::Product, "users of OneLogin own nothing"),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of() -> Capabilities {
    let stop = again(USERS).with_effect(SideEffect::KeepsSeat).with_effect(SideEffect::KeepsSessions);
    let delete = again(USERS)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::DropsMemberships)
        .with_effect(SideEffect::EndsSessions)
        .with_effect(SideEffect::Irreversible);
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName", "email", "externalId"], 100))
        .followed(DeltaCapability { token_life: None, tombstones: true, whole_objects: true })
        .supports(Kind::Create, OperationSupport::new().with_permission(USERS))
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Delete, delete)
        .supports(Kind::Grant, again(ALL))
        .supports(Kind::Revoke, again(ALL))
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .supports(Kind::ResetFactors, again(ALL))
        .supports(Kind::SetCredential, again(ALL))
        .supports(Kind::AssignLicence, again(USERS))
        .supports(Kind::ReleaseLicence, again(USERS).with_effect(SideEffect::FreesSeat));
    capable(lacking(user, &LACKS), None, 100, false)
}
