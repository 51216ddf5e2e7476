use tenure_connector::{
    Capabilities, ClassCapabilities, Execution, OperationKind as Kind, OperationSupport, SideEffect, WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, repeatable as again};

use crate::GoogleConfig;

pub(crate) const USERS: &str = "admin.directory.user";
pub(crate) const SECURITY: &str = "admin.directory.user.security";
pub(crate) const GROUPS: &str = "admin.directory.group";
pub(crate) const ROLES: &str = "admin.directory.rolemanagement";
pub(crate) const LICENCES: &str = "apps.licensing";
pub(crate) const TRANSFERS: &str = "admin.datatransfer";

pub(crate) fn of(config: &GoogleConfig) -> Capabilities {
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
    capable(user, Some(groups_under(GROUPS, &[], 200)), 500, config.workers.is_some())
}
