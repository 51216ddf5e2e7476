use tenure_connector::{
    Capabilities, ClassCapabilities, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::AtlassianConfig;

pub(crate) const SITE: &str = "site admin";
pub(crate) const ORGANIZATION: &str = "organisation key";

const OWN: &str = "the account belongs to the person";

const LACKS: [(Kind, WhyNot, &str); 7] = [
    (Kind::Update, WhyNot::Product, OWN),
    (Kind::Restore, WhyNot::Product, "a user who was removed is invited again"),
    (Kind::ResetFactors, WhyNot::Product, OWN),
    (Kind::SetCredential, WhyNot::Product, OWN),
    (Kind::RotateCredential, WhyNot::Product, OWN),
    (Kind::TransferOwnership, WhyNot::Product, "issues and pages stay with the account that made them"),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of(config: &AtlassianConfig) -> Capabilities {
    let other = |what: &str| SideEffect::Other { what: what.to_owned() };
    let create = OperationSupport::new().with_permission(SITE).with_effect(SideEffect::EmailsUser);
    let delete = again(SITE)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::DropsMemberships)
        .with_effect(other("the Atlassian account stays"));
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 100))
        .supports(Kind::Create, create)
        .supports(Kind::Delete, delete)
        .supports(Kind::Grant, again(SITE))
        .supports(Kind::Revoke, again(SITE))
        .supports(Kind::AssignLicence, again(SITE))
        .supports(Kind::ReleaseLicence, again(SITE).with_effect(SideEffect::FreesSeat));
    let user = match (&config.organization, config.managed) {
        (None, _) => {
            let why = "the site suspends nobody; name the organisation";
            user.lacks(Kind::SetStatus, WhyNot::Scope, why)
        }
        (Some(_), managed) => {
            let stop = again(ORGANIZATION).with_effect(SideEffect::FreesSeat);
            let stop = match managed {
                true => stop.with_effect(other("disabling reaches every product of Atlassian, Trello too")),
                false => stop,
            };
            user.supports(Kind::SetStatus, stop)
        }
    };
    let user = match (&config.organization, config.managed) {
        (Some(_), true) => {
            let tokens =
                again(ORGANIZATION).with_effect(other("API tokens end; sessions end with disabling"));
            user.supports(Kind::RevokeSessions, tokens)
        }
        _ => user.lacks(
            Kind::RevokeSessions,
            WhyNot::Product,
            "sessions end when a managed account is disabled",
        ),
    };
    let groups = groups_under(SITE, &["displayName"], 50);
    let groups = groups.lacks(Kind::Update, WhyNot::Product, "a group keeps its name");
    capable(lacking(user, &LACKS), Some(groups), 100, false)
}
