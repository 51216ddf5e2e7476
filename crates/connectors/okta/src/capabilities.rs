use tenure_connector::{
    Capabilities, ClassCapabilities, ObjectClass, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::equality_on;

use crate::{NotActive, OktaConfig};

pub(crate) const USERS: &str = "okta.users.manage";
pub(crate) const GROUPS: &str = "okta.groups.manage";
pub(crate) const APPS: &str = "okta.apps.manage";
pub(crate) const ROLES: &str = "okta.roles.manage";

pub(crate) fn of(config: &OktaConfig) -> Capabilities {
    let again = |scope: &str| OperationSupport::new().with_permission(scope).idempotent();
    let other = |what: &str| SideEffect::Other { what: what.to_owned() };
    let create = OperationSupport::new().with_permission(USERS);
    let create = if config.activation_mail { create.with_effect(SideEffect::EmailsUser) } else { create };
    let stop = again(USERS).with_effect(SideEffect::KeepsSessions).with_effect(other(
        "disabling instead of suspending takes groups and applications, which do not come back",
    ));
    let stop = match config.not_active {
        NotActive::Deactivate => {
            stop.with_effect(other("who is not active cannot be suspended and is disabled"))
        }
        NotActive::Refuse => stop,
    };
    let access = || {
        let access = again(GROUPS).with_permission(ROLES);
        if config.apps { access.with_permission(APPS) } else { access }
    };
    let seats = "Okta's API tells nothing of its own seats; those of applications come with their assignment";
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 200))
        .supports(Kind::Create, create)
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(
            Kind::Delete,
            again(USERS)
                .with_effect(SideEffect::Irreversible)
                .with_effect(SideEffect::DropsMemberships)
                .with_effect(SideEffect::EndsSessions),
        )
        .supports(Kind::Grant, access())
        .supports(Kind::Revoke, access().with_effect(other("an application's profile of the user is lost")))
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .supports(Kind::ResetFactors, again(USERS))
        .supports(Kind::SetCredential, again(USERS))
        .lacks(Kind::Restore, WhyNot::Product, "a deleted user does not come back")
        .lacks(Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead")
        .lacks(Kind::TransferOwnership, WhyNot::Product, "users of Okta own nothing")
        .lacks(Kind::AssignLicence, WhyNot::Product, seats)
        .lacks(Kind::ReleaseLicence, WhyNot::Product, seats)
        .lacks(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let group = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&[], 200))
        .supports(Kind::Create, OperationSupport::new().with_permission(GROUPS))
        .supports(Kind::Update, again(GROUPS))
        .supports(
            Kind::Delete,
            again(GROUPS).with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships),
        );
    let all = Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, ClassCapabilities::new().listed(equality_on(&[], 200)))
        .with(ObjectClass::GRANT, ClassCapabilities::new().listed(equality_on(&[], 200)));
    match config.workers {
        Some(_) => all.with(ObjectClass::WORKER, ClassCapabilities::new().listed(equality_on(&[], 200))),
        None => all,
    }
}
