//! What a directory can do, class by class.

use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, FilterSupport, ListCapability, OperationKind,
    OperationSupport, SideEffect, WhyNot,
};

use super::derived::{classes, is_derived};
use super::query::LARGEST_PAGE;
use super::shape::{Shape, Shapes};

/// States the capabilities of every class.
pub(super) fn capabilities(shapes: &Shapes) -> Capabilities {
    let stored =
        shapes.iter().fold(Capabilities::new(), |all, shape| all.with(shape.class.clone(), of_class(shape)));
    classes()
        .into_iter()
        .filter(|(class, _)| is_derived(shapes, class))
        .fold(stored, |all, (class, _)| all.with(class, derived()))
}

/// Grants and entitlements: read like any other class, written through the accounts and groups that they are made of.
fn derived() -> ClassCapabilities {
    ClassCapabilities::new().readable().listed(ListCapability {
        filter: FilterSupport::Full,
        sort: false,
        total: false,
        max_page_size: Some(LARGEST_PAGE),
        cursor_life: None,
    })
}

fn of_class(shape: &Shape) -> ClassCapabilities {
    let plain = || OperationSupport::new().idempotent();
    let locked = || plain().locking();
    let mut class = ClassCapabilities::new()
        .readable()
        .listed(ListCapability {
            filter: FilterSupport::Full,
            sort: true,
            total: true,
            max_page_size: Some(LARGEST_PAGE),
            cursor_life: None,
        })
        .skipping()
        .followed(DeltaCapability { token_life: None, tombstones: true, whole_objects: true })
        .supports(OperationKind::Create, plain())
        .supports(OperationKind::Update, locked())
        .supports(OperationKind::Delete, locked())
        .supports(OperationKind::Restore, plain());
    class = if shape.has_active {
        class.supports(OperationKind::SetStatus, locked().with_effect(SideEffect::KeepsSeat))
    } else {
        class.lacks(OperationKind::SetStatus, WhyNot::Product, "the resource type has no `active` attribute")
    };
    for operation in ENTITLEMENTS {
        class = if shape.holds() {
            class.supports(operation, plain())
        } else {
            class.lacks(operation, WhyNot::Product, "resources of this type hold no entitlements")
        };
    }
    ABSENT.iter().fold(class, |class, (operation, why)| class.lacks(*operation, WhyNot::Product, why))
}

const ENTITLEMENTS: [OperationKind; 4] = [
    OperationKind::Grant,
    OperationKind::Revoke,
    OperationKind::AssignLicence,
    OperationKind::ReleaseLicence,
];

const ABSENT: [(OperationKind, &str); 5] = [
    (OperationKind::RevokeSessions, "nobody signs in to a directory, so there are no sessions"),
    (OperationKind::ResetFactors, "nobody signs in to a directory, so there are no factors"),
    (OperationKind::SetCredential, "a directory keeps no credentials"),
    (OperationKind::RotateCredential, "a directory keeps no credentials"),
    (OperationKind::TransferOwnership, "nothing in a directory has an owner"),
];
