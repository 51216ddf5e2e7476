use std::time::Duration;

use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, OperationKind as Kind, OperationSupport, SideEffect,
    WhyNot,
};
use tenure_connector_rest::system::{capable, equality_on, groups_under, lacking, repeatable as again};

use crate::{NotActive, OktaConfig};

pub(crate) const USERS: &str = "okta.users.manage";
pub(crate) const GROUPS: &str = "okta.groups.manage";
pub(crate) const APPS: &str = "okta.apps.manage";
pub(crate) const ROLES: &str = "okta.roles.manage";

/// The log goes back three months.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

const SEATS: &str =
    "Okta's API tells nothing of its own seats; those of applications come with their assignment";

const LACKS: [(Kind, WhyNot, &str); 6] = [
    (Kind::Restore, WhyNot::Product, "a deleted user does not come back"),
    (Kind::RotateCredential, WhyNot::NotBuilt, "set a new password instead"),
    (Kind::TransferOwnership, WhyNot::Product, "users of Okta own nothing"),
    (Kind::AssignLicence, WhyNot::Product, SEATS),
    (Kind::ReleaseLicence, WhyNot::Product, SEATS),
    (Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions"),
];

pub(crate) fn of(config: &OktaConfig) -> Capabilities {
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
    let delete = again(USERS).with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships);
    let access = || {
        let access = again(GROUPS).with_permission(ROLES);
        if config.apps { access.with_permission(APPS) } else { access }
    };
    let user = ClassCapabilities::new()
        .readable()
        .listed(equality_on(&["userName"], 200))
        .followed(DeltaCapability { token_life: Some(KEPT), tombstones: true, whole_objects: false })
        .supports(Kind::Create, create)
        .supports(Kind::Update, again(USERS))
        .supports(Kind::SetStatus, stop)
        .supports(Kind::Delete, delete.with_effect(SideEffect::EndsSessions))
        .supports(Kind::Grant, access())
        .supports(Kind::Revoke, access().with_effect(other("an application's profile of the user is lost")))
        .supports(Kind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .supports(Kind::ResetFactors, again(USERS))
        .supports(Kind::SetCredential, again(USERS));
    capable(lacking(user, &LACKS), Some(groups_under(GROUPS, &[], 200)), 200, config.workers.is_some())
}

/// The scopes that a standard role comes to; nothing for a role that somebody made, or one of an application.
pub(crate) fn of_role(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "SUPER_ADMIN" => &[USERS, GROUPS, APPS, ROLES],
        "ORG_ADMIN" => &[USERS, GROUPS, APPS],
        "USER_ADMIN" => &[USERS, GROUPS],
        "APP_ADMIN" => &[APPS],
        "GROUP_MEMBERSHIP_ADMIN" => &[GROUPS],
        "READ_ONLY_ADMIN"
        | "REPORT_ADMIN"
        | "HELP_DESK_ADMIN"
        | "MOBILE_ADMIN"
        | "API_ACCESS_MANAGEMENT_ADMIN" => &[],
        _ => return None,
    })
}
