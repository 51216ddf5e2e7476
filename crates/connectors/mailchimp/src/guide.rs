use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Operation, OperationKind as Kind, SideEffect, WhyNot};
use tenure_connector_manual::Guide;

pub(crate) const PAGE: &str = "https://admin.mailchimp.com/account/users/";
const OWN: &str = "the account belongs to the person";
const SEATS: &str = "the seat comes with the user";

/// The roles below the owner, of whom there is one.
const ROLES: [(&str, &str); 4] = [
    ("Viewer", "sees reports"),
    ("Author", "writes campaigns and does not send them"),
    ("Manager", "does all but exports of audiences, billing and users"),
    ("Admin", "does all but closing the account"),
];

pub(crate) fn guide(seats: Option<u64>) -> Guide {
    let mut seat = Entitlement::new("licence", "user").immutable();
    seat.capacity = seats;
    let guide =
        ROLES.iter().fold(Guide::new("mailchimp").with_entitlement(seat), |guide, (name, meaning)| {
            let mut role = Entitlement::new("role", name).exclusive_in("role");
            role.description = Some((*meaning).to_owned());
            guide.with_entitlement(role)
        });
    guide
        .lacking(Kind::Update, WhyNot::Product, OWN)
        .lacking(
            Kind::SetStatus,
            WhyNot::Product,
            "users are not suspended: revoke their access, which frees the seat",
        )
        .lacking(Kind::Restore, WhyNot::Product, "a user whose access was revoked is invited again")
        .lacking(Kind::RevokeSessions, WhyNot::Product, "sessions end when access is revoked")
        .lacking(Kind::ResetFactors, WhyNot::Product, OWN)
        .lacking(Kind::SetCredential, WhyNot::Product, OWN)
        .lacking(Kind::RotateCredential, WhyNot::Product, OWN)
        .lacking(Kind::TransferOwnership, WhyNot::Product, "campaigns and audiences belong to the account")
        .lacking(Kind::AssignLicence, WhyNot::Product, SEATS)
        .lacking(Kind::ReleaseLicence, WhyNot::Product, SEATS)
        .lacking(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions")
        .with_effect(Kind::Create, SideEffect::EmailsUser)
        .with_effect(Kind::Delete, SideEffect::Irreversible)
        .with_effect(
            Kind::Delete,
            SideEffect::Other { what: "keys and connections that the user made may stop working".to_owned() },
        )
        .with_steps(way)
}

fn way(operation: &Operation) -> Vec<String> {
    let steps: &[&str] = match operation {
        Operation::Create { .. } => &[
            "Open Settings, then Users; an owner or an administrator can.",
            "Choose to invite a user, and invite the e-mail address. The invitation ends after a while, and there are 25 a day.",
        ],
        Operation::Delete { .. } => &[
            "Open Settings, then Users; an owner or an administrator can.",
            "Look first whether keys or connections of the user are in use: they may stop working.",
            "Revoke the access of the user.",
        ],
        Operation::Grant { .. } | Operation::Revoke { .. } => &[
            "Open Settings, then Users; an owner or an administrator can.",
            "Edit the user and choose the role. A user without another role has the role Viewer.",
        ],
        _ => &["Open Settings, then Users."],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}
