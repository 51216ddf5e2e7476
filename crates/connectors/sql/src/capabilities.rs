use tenure_connector::{
    Capabilities, ClassCapabilities, FilterSupport, ListCapability, ObjectClass, OperationKind,
    OperationSupport, SideEffect, WhyNot,
};

use crate::config::MadeBy;
use crate::layout::Rows;

/// What can be done with the tables of a layout.
pub(crate) fn capabilities(users: &Rows, groups: Option<&Rows>, linked: bool) -> Capabilities {
    let nothing = "the layout has no table for it";
    let mut user = resource(users);
    user = match &users.status {
        Some(_) => user.supports(
            OperationKind::SetStatus,
            OperationSupport::new().idempotent().locking().with_effect(SideEffect::KeepsSessions),
        ),
        None => user.lacks(OperationKind::SetStatus, WhyNot::Product, "the layout has no status column"),
    };
    user = match linked {
        true => user
            .supports(OperationKind::Grant, OperationSupport::new().idempotent())
            .supports(OperationKind::Revoke, OperationSupport::new().idempotent()),
        false => user
            .lacks(OperationKind::Grant, WhyNot::Product, "the layout has no table of memberships")
            .lacks(OperationKind::Revoke, WhyNot::Product, "the layout has no table of memberships"),
    };
    user = user
        .lacks(OperationKind::RevokeSessions, WhyNot::NotBuilt, nothing)
        .lacks(OperationKind::ResetFactors, WhyNot::NotBuilt, nothing)
        .lacks(
            OperationKind::SetCredential,
            WhyNot::NotBuilt,
            "how the application hashes passwords is its own",
        )
        .lacks(
            OperationKind::RotateCredential,
            WhyNot::NotBuilt,
            "how the application hashes passwords is its own",
        )
        .lacks(OperationKind::TransferOwnership, WhyNot::NotBuilt, nothing)
        .lacks(OperationKind::AssignLicence, WhyNot::Product, "grant a group")
        .lacks(OperationKind::ReleaseLicence, WhyNot::Product, "revoke a group")
        .lacks(OperationKind::Custom, WhyNot::NotBuilt, "there is no custom operation");
    let all = Capabilities::new().with(ObjectClass::USER, user);
    let Some(groups) = groups else { return all };
    let group =
        resource(groups).lacks(OperationKind::SetStatus, WhyNot::Product, "a group is never suspended");
    let all = all.with(ObjectClass::GROUP, group);
    if !linked {
        return all;
    }
    let derived = || ClassCapabilities::new().readable().listed(listed(FilterSupport::Full));
    all.with(ObjectClass::ENTITLEMENT, derived()).with(ObjectClass::GRANT, derived())
}

fn resource(rows: &Rows) -> ClassCapabilities {
    let locking = || OperationSupport::new().idempotent().locking();
    let create = match rows.made_by {
        MadeBy::Uuid => OperationSupport::new().idempotent(),
        MadeBy::Database => OperationSupport::new(),
    };
    let delete = locking().with_effect(SideEffect::DropsMemberships).with_effect(SideEffect::Irreversible);
    let class = ClassCapabilities::new()
        .readable()
        .listed(listed(FilterSupport::Full))
        .supports(OperationKind::Create, create)
        .supports(OperationKind::Update, locking())
        .supports(OperationKind::Delete, delete);
    match &rows.deleted {
        Some(_) => class.supports(OperationKind::Restore, OperationSupport::new().idempotent()),
        None => class.lacks(OperationKind::Restore, WhyNot::Product, "the layout keeps no deleted rows"),
    }
}

fn listed(filter: FilterSupport) -> ListCapability {
    ListCapability { filter, sort: false, total: false, max_page_size: Some(MOST), cursor_life: None }
}

/// The largest page.
pub(crate) const MOST: u32 = 5_000;
