use tenure_connector::{
    Capabilities, ClassCapabilities, ObjectClass, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::equality_on;

use crate::SlackConfig;

/// The scope of SCIM.
pub(crate) const ADMIN: &str = "admin";
/// The scope of sessions and roles.
const USERS: &str = "admin.users:write";

pub(crate) fn of(config: &SlackConfig) -> Capabilities {
    let again = |scope: &str| OperationSupport::new().with_permission(scope).idempotent();
    let stop = again(ADMIN).with_effect(SideEffect::FreesSeat).with_effect(SideEffect::DropsMemberships);
    let stop = match config.deactivation_ends_sessions {
        true => stop.with_effect(SideEffect::EndsSessions),
        false => stop,
    };
    let deactivates = "Slack deletes no account: deactivate it, which frees the seat";
    let seats = "the seat comes with the active account";
    let sso = "accounts sign in through the identity provider";
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 1000))
        .supports(
            Kind::Create,
            OperationSupport::new().with_permission(ADMIN).with_effect(SideEffect::EmailsUser),
        )
        .supports(Kind::Update, again(ADMIN))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Grant, again(ADMIN).with_permission(USERS))
        .supports(Kind::Revoke, again(ADMIN).with_permission(USERS))
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .lacks(Kind::Delete, WhyNot::Product, deactivates)
        .lacks(Kind::Restore, WhyNot::Product, deactivates)
        .lacks(Kind::ResetFactors, WhyNot::Product, "the API has no second factors")
        .lacks(Kind::SetCredential, WhyNot::NotBuilt, sso)
        .lacks(Kind::RotateCredential, WhyNot::NotBuilt, sso)
        .lacks(Kind::TransferOwnership, WhyNot::Product, "the API transfers nothing")
        .lacks(Kind::AssignLicence, WhyNot::Product, seats)
        .lacks(Kind::ReleaseLicence, WhyNot::Product, seats)
        .lacks(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let group = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["displayName"], 1000))
        .supports(Kind::Create, OperationSupport::new().with_permission(ADMIN))
        .supports(Kind::Update, again(ADMIN))
        .supports(
            Kind::Delete,
            again(ADMIN).with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships),
        );
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, ClassCapabilities::new().listed(equality_on(&[], 1000)))
        .with(ObjectClass::GRANT, ClassCapabilities::new().listed(equality_on(&[], 1000)))
}
