use tenure_connector::{
    Capabilities, ClassCapabilities, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, lacking, repeatable as again};

use crate::TrelloConfig;

/// What the owner of the token has to be.
pub(crate) const ADMIN: &str = "workspace admin";

const OWN: &str = "the account is an Atlassian account";

const LACKS: [(Kind, WhyNot, &str); 8] = [
    (Kind::Update, WhyNot::Product, "the profile belongs to the person"),
    (Kind::Restore, WhyNot::Product, "a member who was removed is invited again"),
    (Kind::RevokeSessions, WhyNot::Product, "sessions end with the Atlassian account"),
    (Kind::ResetFactors, WhyNot::Product, OWN),
    (Kind::SetCredential, WhyNot::Product, OWN),
    (Kind::RotateCredential, WhyNot::Product, OWN),
    (Kind::TransferOwnership, WhyNot::Product, "a board has administrators: make another one first"),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of(config: &TrelloConfig) -> Capabilities {
    let create = OperationSupport::new().with_permission(ADMIN).with_effect(SideEffect::EmailsUser);
    let remove = again(ADMIN).with_effect(SideEffect::FreesSeat).with_effect(SideEffect::DropsMemberships);
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 1000))
        .supports(Kind::Create, create)
        .supports(Kind::Delete, remove.with_effect(SideEffect::Irreversible))
        .supports(Kind::Grant, again(ADMIN))
        .supports(Kind::Revoke, again(ADMIN));
    let user = match config.paid {
        true => user.supports(Kind::SetStatus, again(ADMIN).with_effect(SideEffect::FreesSeat)),
        false => user.lacks(Kind::SetStatus, WhyNot::Plan, "only a paid workspace deactivates members"),
    };
    let user = match config.enterprise {
        Some(_) => user
            .supports(Kind::AssignLicence, again(ADMIN))
            .supports(Kind::ReleaseLicence, again(ADMIN).with_effect(SideEffect::FreesSeat)),
        None => {
            let seats = "the seat comes with the active member";
            user.lacks(Kind::AssignLicence, WhyNot::Plan, seats).lacks(
                Kind::ReleaseLicence,
                WhyNot::Plan,
                seats,
            )
        }
    };
    capable(lacking(user, &LACKS), None, 1000, false)
}
