use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, Execution, OperationKind as Kind, OperationSupport,
    SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::ZendeskConfig;
use crate::fields::{AUDIT_LOG, PAGE};

const USERS: &str = "users:write";
const TICKETS: &str = "tickets:write";

const ELSEWHERE: &str = "staff sign in through the identity provider";

const LACKS: [(Kind, WhyNot, &str); 5] = [
    (Kind::Restore, WhyNot::Product, "the API cannot bring a deleted user back"),
    (Kind::ResetFactors, WhyNot::Product, "the API has no second factors"),
    (Kind::SetCredential, WhyNot::NotBuilt, ELSEWHERE),
    (Kind::RotateCredential, WhyNot::NotBuilt, ELSEWHERE),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

/// What can be done with any instance of this configuration.
pub(crate) fn of(config: &ZendeskConfig) -> Capabilities {
    let create = OperationSupport::new().with_permission(USERS);
    let create = if config.welcome_mail { create.with_effect(SideEffect::EmailsUser) } else { create };
    let stop = again(USERS)
        .with_effect(SideEffect::KeepsSeat)
        .with_effect(SideEffect::KeepsSessions)
        .with_effect(SideEffect::Other { what: "new tickets of the user are suspended, too".to_owned() });
    let delete = again(USERS)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::DropsMemberships)
        .with_effect(SideEffect::EndsSessions)
        .with_effect(SideEffect::Irreversible);
    let downgrade = || {
        again(USERS)
            .with_permission(TICKETS)
            .with_effect(SideEffect::FreesSeat)
            .with_effect(SideEffect::DropsMemberships)
    };
    let transfer = again(TICKETS).executed(Execution::Job).with_max_batch(100);
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName", "externalId"], PAGE))
        .followed(DeltaCapability { token_life: None, tombstones: true, whole_objects: true })
        .supports(Kind::Create, create)
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Delete, delete)
        .supports(Kind::Grant, again(USERS))
        .supports(Kind::Revoke, downgrade())
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .supports(Kind::TransferOwnership, transfer)
        .supports(Kind::AssignLicence, again(USERS))
        .supports(Kind::ReleaseLicence, downgrade());
    let audit = ClassCapabilities::new().listed(equality_on(&["actor"], PAGE));
    let groups = groups_under(USERS, &[], PAGE);
    capable(lacking(user, &LACKS), Some(groups), PAGE, false).with(AUDIT_LOG, audit)
}
