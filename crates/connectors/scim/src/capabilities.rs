use std::collections::BTreeSet;

use tenure_connector::{
    Capabilities, ClassCapabilities, FilterSupport, ListCapability, ObjectClass, OperationKind,
    OperationSupport, SideEffect, Support, WhyNot,
};
use tenure_scim_client::{Claim, Features, Peer};

use crate::ScimConfig;

/// What SCIM can do with any peer of this configuration.
pub(crate) fn of(config: &ScimConfig) -> Capabilities {
    let user = resource(config)
        .supports(OperationKind::SetStatus, deactivation(config))
        .supports(OperationKind::Grant, OperationSupport::new().idempotent())
        .supports(OperationKind::Revoke, OperationSupport::new().idempotent())
        .lacks(OperationKind::Restore, WhyNot::Product, "SCIM cannot bring back what was deleted")
        .lacks(OperationKind::RevokeSessions, WhyNot::Product, "SCIM has no sessions; deactivate the user")
        .lacks(OperationKind::ResetFactors, WhyNot::Product, "SCIM has no second factors")
        .lacks(OperationKind::RotateCredential, WhyNot::Product, "SCIM only sets a password")
        .lacks(OperationKind::TransferOwnership, WhyNot::Product, "SCIM knows nothing of what a user owns")
        .lacks(OperationKind::AssignLicence, WhyNot::Product, "SCIM has no licences; grant a role or a group")
        .lacks(
            OperationKind::ReleaseLicence,
            WhyNot::Product,
            "SCIM has no licences; revoke a role or a group",
        )
        .lacks(OperationKind::Custom, WhyNot::Product, "SCIM has no actions");
    let user = if config.passwords {
        user.supports(OperationKind::SetCredential, OperationSupport::new().idempotent())
    } else {
        let why = "the configuration does not say that the peer takes passwords (`passwords`)";
        user.lacks(OperationKind::SetCredential, WhyNot::NotBuilt, why)
    };
    let group =
        resource(config).lacks(OperationKind::SetStatus, WhyNot::Product, "a group is never suspended");
    let derived = || {
        ClassCapabilities::new()
            .readable()
            .listed(ListCapability { filter: FilterSupport::None, ..listed(config) })
    };
    Capabilities::new()
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, derived())
        .with(ObjectClass::GRANT, derived())
}

/// What is left of it, and what is added, once the peer has said what it is.
pub(crate) fn with(config: &ScimConfig, peer: &Peer) -> Capabilities {
    let mut capabilities = of(config);
    let names: BTreeSet<_> = peer.resource_types.iter().map(|kind| kind.name.as_str()).collect();
    for name in &names {
        let class = ObjectClass::from(*name);
        capabilities.classes.entry(class).or_insert_with(|| resource(config));
    }
    for class in [ObjectClass::USER, ObjectClass::GROUP] {
        if !names.contains(class.as_str()) {
            capabilities.classes.remove(&class);
        }
    }
    for class in capabilities.classes.values_mut() {
        narrow(class, &peer.features);
    }
    capabilities
}

fn narrow(class: &mut ClassCapabilities, features: &Features) {
    if let Some(list) = &mut class.list {
        if features.filter == Claim::No {
            list.filter = FilterSupport::None;
        }
        list.sort &= features.sort != Claim::No;
        list.max_page_size = [list.max_page_size, features.paging.max_page_size].into_iter().flatten().min();
        list.cursor_life = features.paging.cursor_life;
    }
    if features.etag == Claim::No {
        for support in class.operations.values_mut() {
            if let Support::Supported(support) = support {
                support.locking = false;
            }
        }
    }
}

fn resource(config: &ScimConfig) -> ClassCapabilities {
    let locking = || match config.dialect.if_match {
        true => OperationSupport::new().locking(),
        false => OperationSupport::new(),
    };
    let deletion = locking()
        .idempotent()
        .with_effect(SideEffect::Irreversible)
        .with_effect(SideEffect::DropsMemberships);
    ClassCapabilities::new()
        .readable()
        .listed(listed(config))
        .supports(OperationKind::Create, OperationSupport::new())
        .supports(OperationKind::Update, locking().idempotent())
        .supports(OperationKind::Delete, deletion)
}

fn deactivation(config: &ScimConfig) -> OperationSupport {
    let support = OperationSupport::new().idempotent();
    let support = if config.dialect.if_match { support.locking() } else { support };
    let support = match config.deactivation_ends_sessions {
        true => support.with_effect(SideEffect::EndsSessions),
        false => support.with_effect(SideEffect::KeepsSessions),
    };
    match config.deactivation_frees_seat {
        true => support.with_effect(SideEffect::FreesSeat),
        false => support.with_effect(SideEffect::KeepsSeat),
    }
}

fn listed(config: &ScimConfig) -> ListCapability {
    ListCapability {
        filter: match &config.searchable {
            Some(paths) => FilterSupport::Equality(paths.iter().cloned().collect()),
            None => FilterSupport::Full,
        },
        sort: true,
        total: true,
        max_page_size: config.dialect.max_page_size,
        cursor_life: None,
    }
}
