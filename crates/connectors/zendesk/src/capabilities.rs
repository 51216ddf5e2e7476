use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, Execution, FilterSupport, ListCapability, ObjectClass,
    OperationKind, OperationSupport, SideEffect, WhyNot,
};

use crate::ZendeskConfig;
use crate::fields::AUDIT_LOG;
use crate::vendor::PAGE;

const USERS: &str = "users:write";
const TICKETS: &str = "tickets:write";

/// What can be done with any instance of this configuration.
pub(crate) fn of(config: &ZendeskConfig) -> Capabilities {
    let write = |permission: &str| OperationSupport::new().with_permission(permission);
    let again = |permission: &str| write(permission).idempotent();
    let create = match config.welcome_mail {
        true => write(USERS).with_effect(SideEffect::EmailsUser),
        false => write(USERS),
    };
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
    let user = ClassCapabilities::new()
        .readable()
        .listed(list(FilterSupport::Equality(vec!["userName".to_owned(), "externalId".to_owned()])))
        .followed(DeltaCapability { token_life: None, tombstones: true, whole_objects: true })
        .supports(OperationKind::Create, create)
        .supports(OperationKind::Update, again(USERS))
        .supports(OperationKind::SetStatus, stop)
        .supports(OperationKind::Delete, delete)
        .supports(OperationKind::Grant, again(USERS))
        .supports(OperationKind::Revoke, downgrade())
        .supports(OperationKind::RevokeSessions, again(USERS).with_effect(SideEffect::EndsSessions))
        .supports(
            OperationKind::TransferOwnership,
            again(TICKETS).executed(Execution::Job).with_max_batch(100),
        )
        .supports(OperationKind::AssignLicence, again(USERS))
        .supports(OperationKind::ReleaseLicence, downgrade())
        .lacks(OperationKind::Restore, WhyNot::Product, "the API cannot bring a deleted user back")
        .lacks(OperationKind::ResetFactors, WhyNot::Product, "the API has no second factors")
        .lacks(OperationKind::SetCredential, WhyNot::NotBuilt, "staff sign in through the identity provider")
        .lacks(
            OperationKind::RotateCredential,
            WhyNot::NotBuilt,
            "staff sign in through the identity provider",
        )
        .lacks(OperationKind::Custom, WhyNot::NotBuilt, "the connector has no further actions");
    let group = ClassCapabilities::new()
        .readable()
        .listed(list(FilterSupport::None))
        .supports(OperationKind::Create, write(USERS))
        .supports(OperationKind::Update, again(USERS))
        .supports(OperationKind::Delete, again(USERS).with_effect(SideEffect::DropsMemberships));
    let listed = || ClassCapabilities::new().listed(list(FilterSupport::None));
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, listed())
        .with(ObjectClass::GRANT, listed())
        .with(
            AUDIT_LOG,
            ClassCapabilities::new().listed(list(FilterSupport::Equality(vec!["actor".to_owned()]))),
        )
}

fn list(filter: FilterSupport) -> ListCapability {
    ListCapability { filter, max_page_size: Some(PAGE), ..ListCapability::default() }
}
