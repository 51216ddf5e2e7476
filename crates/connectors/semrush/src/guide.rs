use tenure_connector::entitlement::Entitlement;
use tenure_connector::{Operation, OperationKind as Kind, SideEffect, WhyNot};
use tenure_connector_manual::{Guide, ManualConfig, ManualConnector};

use crate::SemrushConfig;

const PAGE: &str = "https://www.semrush.com/corporate/";
const OWN: &str = "the account belongs to the person";
const SEATS: &str =
    "the seat comes with the user; seats are bought in the subscription, and given back through support";

/// Makes the connector: people do what no program can.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, ObjectClass, OperationKind};
/// use tenure_connector_semrush::{SemrushConfig, semrush};
///
/// let people = semrush(SemrushConfig::new("semrush.csv"));
/// assert_eq!(people.info().system, "semrush");
/// assert!(!people.capabilities().allows(&ObjectClass::USER, OperationKind::SetStatus));
/// ```
#[must_use]
pub fn semrush(config: SemrushConfig) -> ManualConnector {
    let mut user = Entitlement::new("role", "User").exclusive_in("role");
    user.description = Some("works with the projects that are shared".to_owned());
    let mut admin = Entitlement::new("role", "Admin").exclusive_in("role");
    admin.description = Some("invites and removes users, too".to_owned());
    let mut seat = Entitlement::new("licence", "user").immutable();
    seat.capacity = config.seats;
    let guide = Guide::new("semrush")
        .with_entitlement(user)
        .with_entitlement(admin)
        .with_entitlement(seat)
        .lacking(Kind::Update, WhyNot::Product, OWN)
        .lacking(
            Kind::SetStatus,
            WhyNot::Product,
            "users are not suspended: remove them, which frees the seat",
        )
        .lacking(Kind::Restore, WhyNot::Product, "a user who was removed is invited again")
        .lacking(Kind::RevokeSessions, WhyNot::Product, "nobody ends another's sessions")
        .lacking(Kind::ResetFactors, WhyNot::Product, OWN)
        .lacking(Kind::SetCredential, WhyNot::Product, OWN)
        .lacking(Kind::RotateCredential, WhyNot::Product, OWN)
        .lacking(Kind::TransferOwnership, WhyNot::Product, "projects go back to the owner by themselves")
        .lacking(Kind::AssignLicence, WhyNot::Product, SEATS)
        .lacking(Kind::ReleaseLicence, WhyNot::Product, SEATS)
        .lacking(Kind::Custom, WhyNot::NotBuilt, "the connector has no further actions")
        .with_effect(Kind::Create, SideEffect::EmailsUser)
        .with_effect(Kind::Delete, SideEffect::Irreversible)
        .with_steps(way);
    let mut people = ManualConfig::new("Semrush", config.ledger);
    (people.assignee, people.address) = (config.assignee, Some(PAGE.to_owned()));
    ManualConnector::new(people).guided_by(guide)
}

fn way(operation: &Operation) -> Vec<String> {
    let steps: &[&str] = match operation {
        Operation::Create { .. } => &[
            "Open the page of users in the subscription; an owner or an administrator can.",
            "If no seat is free, buy one in the subscription first.",
            "Choose to add a user, and invite the e-mail address as a user.",
        ],
        Operation::Delete { .. } => &[
            "Open the page of users in the subscription; an owner or an administrator can.",
            "Press the trash can beside the user. The projects go back to the owner.",
            "If the seat is not needed any more, write to support to have it taken out of the subscription.",
        ],
        Operation::Grant { .. } | Operation::Revoke { .. } => &[
            "Open the page of users in the subscription; an owner can change roles.",
            "Change the role beside the user. A user without another role has the role User.",
        ],
        _ => &["Open the page of users in the subscription."],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}
