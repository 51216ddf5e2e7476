use std::time::Duration;

use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, OperationKind as Kind, OperationSupport, SideEffect,
    WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::EntraConfig;

pub(crate) const USERS: &str = "User.ReadWrite.All";
pub(crate) const ENABLE: &str = "User.EnableDisableAccount.All";
pub(crate) const SESSIONS: &str = "User.RevokeSessions.All";
pub(crate) const GROUPS: &str = "Group.ReadWrite.All";
pub(crate) const MEMBERS: &str = "GroupMember.ReadWrite.All";
pub(crate) const ROLES: &str = "RoleManagement.ReadWrite.Directory";
pub(crate) const LICENCES: &str = "LicenseAssignment.ReadWrite.All";
pub(crate) const FACTORS: &str = "UserAuthenticationMethod.ReadWrite.All";
const APPS: &str = "AppRoleAssignment.ReadWrite.All";

/// How long a deleted user can be brought back.
const RETAINED: u32 = 30;
const DAY: u64 = 86_400;

const LACKS: [(Kind, WhyNot, &str); 2] = [
    (Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead"),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of(config: &EntraConfig) -> Capabilities {
    let other = |what: &str| SideEffect::Other { what: what.to_owned() };
    let stop = again(ENABLE).with_effect(SideEffect::KeepsSeat).with_effect(SideEffect::KeepsSessions);
    let delete = again(USERS)
        .with_effect(SideEffect::FreesSeat)
        .with_effect(SideEffect::EndsSessions)
        .with_effect(SideEffect::Retained { days: RETAINED });
    let access = || {
        let access = again(MEMBERS).with_permission(ROLES);
        if config.app_roles.is_empty() { access } else { access.with_permission(APPS) }
    };
    let sessions = again(SESSIONS)
        .with_effect(SideEffect::EndsSessions)
        .with_effect(other("tokens in use live for up to an hour more"));
    let transfer =
        again(GROUPS).with_permission(USERS).with_effect(other("files and mail stay where they are"));
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName", "email"], page(config)))
        .followed(DeltaCapability {
            token_life: Some(Duration::from_secs(DAY * u64::from(config.delta_days))),
            tombstones: true,
            whole_objects: false,
        })
        .supports(Kind::Create, OperationSupport::new().with_permission(USERS))
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Delete, delete)
        .supports(Kind::Restore, again(USERS))
        .supports(Kind::Grant, access())
        .supports(Kind::Revoke, access())
        .supports(Kind::RevokeSessions, sessions)
        .supports(Kind::ResetFactors, again(FACTORS))
        .supports(Kind::SetCredential, again(USERS))
        .supports(Kind::TransferOwnership, transfer)
        .supports(Kind::AssignLicence, again(LICENCES))
        .supports(Kind::ReleaseLicence, again(LICENCES).with_effect(SideEffect::FreesSeat));
    let groups = groups_under(GROUPS, &["displayName"], 999);
    capable(lacking(user, &LACKS), Some(groups), page(config), config.workers.is_some())
}

/// The largest page of users.
pub(crate) fn page(config: &EntraConfig) -> u32 {
    if config.sign_in_activity { 500 } else { 999 }
}

/// Whether a permission that the tenant gave holds another one.
pub(crate) fn covers(given: &str, wanted: &str) -> bool {
    given == wanted
        || match given {
            "Directory.ReadWrite.All" => {
                [USERS, ENABLE, SESSIONS, GROUPS, MEMBERS, LICENCES].contains(&wanted)
            }
            USERS => [ENABLE, SESSIONS, LICENCES].contains(&wanted),
            GROUPS => wanted == MEMBERS,
            _ => false,
        }
}
