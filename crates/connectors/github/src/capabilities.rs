use tenure_connector::{
    Capabilities, ClassCapabilities, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::GithubConfig;

/// The scope of everything that changes members.
pub(crate) const ADMIN: &str = "admin:org";

/// The scope of what happens in repositories.
const REPOSITORIES: &str = "repo";

const OWN: &str = "the account belongs to the person: take it out of the organisation (delete) instead";
const SEATS: &str = "the seat comes with the membership";

const LACKS: [(Kind, WhyNot, &str); 9] = [
    (Kind::Update, WhyNot::Product, "the account belongs to the person"),
    (Kind::SetStatus, WhyNot::Product, OWN),
    (Kind::Restore, WhyNot::Product, "invite again; roles and teams come back for three months"),
    (Kind::ResetFactors, WhyNot::Product, "the account belongs to the person"),
    (Kind::SetCredential, WhyNot::Product, "the account belongs to the person"),
    (Kind::RotateCredential, WhyNot::Product, "the account belongs to the person"),
    (Kind::TransferOwnership, WhyNot::Product, "repositories belong to the organisation"),
    (Kind::AssignLicence, WhyNot::Product, SEATS),
    (Kind::ReleaseLicence, WhyNot::Product, SEATS),
];

pub(crate) fn of(config: &GithubConfig) -> Capabilities {
    let other = |what: &str| SideEffect::Other { what: what.to_owned() };
    let create = OperationSupport::new()
        .with_permission(ADMIN)
        .with_effect(SideEffect::EmailsUser)
        .with_effect(other("the invitation has to be accepted"));
    let delete = again(ADMIN)
        .with_effect(SideEffect::EmailsUser)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::DropsMemberships)
        .with_effect(other("private forks are deleted"));
    let access = || {
        let access = again(ADMIN);
        if config.repositories.is_empty() { access } else { access.with_permission(REPOSITORIES) }
    };
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 100))
        .supports(Kind::Create, create)
        .supports(Kind::Delete, delete)
        .supports(Kind::Grant, access())
        .supports(Kind::Revoke, access())
        .lacks(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let user = match config.enterprise_cloud {
        true => user.supports(
            Kind::RevokeSessions,
            again(ADMIN).with_effect(other("tokens and keys lose their authorisation by single sign-on")),
        ),
        false => user.lacks(Kind::RevokeSessions, WhyNot::Plan, "sessions are the person's own"),
    };
    capable(lacking(user, &LACKS), Some(groups_under(ADMIN, &[], 100)), 100, false)
}
