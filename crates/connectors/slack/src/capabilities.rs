use tenure_connector::{
    Capabilities, ClassCapabilities, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::SlackConfig;

/// The scope of SCIM.
pub(crate) const ADMIN: &str = "admin";
/// The scope of sessions and roles.
const USERS: &str = "admin.users:write";

const DEACTIVATES: &str = "Slack deletes no account: deactivate it, which frees the seat";
const SEATS: &str = "the seat comes with the active account";
const SSO: &str = "accounts sign in through the identity provider";

const LACKS: [(Kind, WhyNot, &str); 9] = [
    (Kind::Delete, WhyNot::Product, DEACTIVATES),
    (Kind::Restore, WhyNot::Product, DEACTIVATES),
    (Kind::ResetFactors, WhyNot::Product, "the API has no second factors"),
    (Kind::SetCredential, WhyNot::NotBuilt, SSO),
    (Kind::RotateCredential, WhyNot::NotBuilt, SSO),
    (Kind::TransferOwnership, WhyNot::Product, "the API transfers nothing"),
    (Kind::AssignLicence, WhyNot::Product, SEATS),
    (Kind::ReleaseLicence, WhyNot::Product, SEATS),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of(config: &SlackConfig) -> Capabilities {
    let stop = again(ADMIN).with_effect(SideEffect::FreesSeat).with_effect(SideEffect::DropsMemberships);
    let stop = match config.deactivation_ends_sessions {
        true => stop.with_effect(SideEffect::EndsSessions),
        false => stop,
    };
    let create = OperationSupport::new().with_permission(ADMIN).with_effect(SideEffect::EmailsUser);
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 1000))
        .supports(Kind::Create, create)
        .supports(Kind::Update, again(ADMIN))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Grant, again(ADMIN).with_permission(USERS))
        .supports(Kind::Revoke, again(ADMIN).with_permission(USERS))
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions));
    capable(lacking(user, &LACKS), Some(groups_under(ADMIN, &["displayName"], 1000)), 1000, false)
}
