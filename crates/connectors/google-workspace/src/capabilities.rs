use tenure_connector::{
    Capabilities, ClassCapabilities, Execution, ObjectClass, OperationKind as Kind, OperationSupport,
    SideEffect, WhyNot,
};
use tenure_connector_rest::system::equality_on;

use crate::GoogleConfig;

pub(crate) const USERS: &str = "admin.directory.user";
pub(crate) const SECURITY: &str = "admin.directory.user.security";
pub(crate) const GROUPS: &str = "admin.directory.group";
pub(crate) const ROLES: &str = "admin.directory.rolemanagement";
pub(crate) const LICENCES: &str = "apps.licensing";
pub(crate) const TRANSFERS: &str = "admin.datatransfer";

pub(crate) fn of(config: &GoogleConfig) -> Capabilities {
    let again = |scope: &str| OperationSupport::new().with_permission(scope).idempotent();
    let stop = again(USERS).with_effect(SideEffect::KeepsSeat).with_effect(SideEffect::EndsSessions);
    let delete = again(USERS)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::DropsMemberships)
        .with_effect(SideEffect::EndsSessions)
        .with_effect(SideEffect::Retained { days: config.undelete_days });
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName", "externalId"], 500))
        .supports(Kind::Create, OperationSupport::new().with_permission(USERS))
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Delete, delete)
        .supports(Kind::Restore, again(USERS))
        .supports(Kind::Grant, again(GROUPS).with_permission(ROLES))
        .supports(Kind::Revoke, again(GROUPS).with_permission(ROLES))
        .supports(Kind::RevokeSessions, again(SECURITY).with_effect(SideEffect::EndsSessions))
        .supports(Kind::ResetFactors, again(SECURITY))
        .supports(Kind::SetCredential, again(USERS))
        .supports(Kind::TransferOwnership, again(TRANSFERS).executed(Execution::Job))
        .lacks(Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead")
        .lacks(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let user = match config.licences.is_empty() {
        true => {
            let why = "the configuration names no licences";
            user.lacks(Kind::AssignLicence, WhyNot::Plan, why).lacks(Kind::ReleaseLicence, WhyNot::Plan, why)
        }
        false => user
            .supports(Kind::AssignLicence, again(LICENCES))
            .supports(Kind::ReleaseLicence, again(LICENCES).with_effect(SideEffect::FreesSeat)),
    };
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
        .with(ObjectClass::GRANT, ClassCapabilities::new().listed(equality_on(&[], 500)));
    match config.workers {
        Some(_) => all.with(ObjectClass::WORKER, ClassCapabilities::new().listed(equality_on(&[], 500))),
        None => all,
    }
}
