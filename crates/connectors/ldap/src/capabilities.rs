use tenure_connector::{
    Capabilities, ClassCapabilities, DeltaCapability, FilterSupport, ListCapability, ObjectClass,
    OperationKind, OperationSupport, SideEffect, WhyNot,
};

use crate::flavour::Dialect;
use crate::{Disable, Follow, LdapConfig};

/// What a directory of this configuration can do.
pub(crate) fn of(config: &LdapConfig, dialect: &Dialect) -> Capabilities {
    let user = status(resource(dialect), dialect)
        .lacks(OperationKind::RevokeSessions, WhyNot::Product, "a directory has no sessions")
        .lacks(OperationKind::ResetFactors, WhyNot::Product, "a directory has no second factors")
        .lacks(
            OperationKind::TransferOwnership,
            WhyNot::Product,
            "a directory does not know what an account owns",
        )
        .lacks(OperationKind::AssignLicence, WhyNot::Product, "a directory has no licences; grant a group")
        .lacks(OperationKind::ReleaseLicence, WhyNot::Product, "a directory has no licences; revoke a group")
        .supports(OperationKind::Custom, plain());
    let user = passwords(user, config);
    let capabilities = Capabilities::new();
    if dialect.groups.is_none() {
        let why = "the configuration says nothing of groups";
        let user = user.lacks(OperationKind::Grant, WhyNot::NotBuilt, why);
        return capabilities
            .with(ObjectClass::USER, user.lacks(OperationKind::Revoke, WhyNot::NotBuilt, why));
    }
    let user = user.supports(OperationKind::Grant, plain()).supports(OperationKind::Revoke, plain());
    let group = resource(dialect).supports(OperationKind::Custom, plain()).lacks(
        OperationKind::SetStatus,
        WhyNot::Product,
        "a group is never suspended",
    );
    let derived = || ClassCapabilities::new().readable().listed(listed(FilterSupport::None));
    capabilities
        .with(ObjectClass::USER, user)
        .with(ObjectClass::GROUP, group)
        .with(ObjectClass::ENTITLEMENT, derived())
        .with(ObjectClass::GRANT, derived())
}

fn plain() -> OperationSupport {
    OperationSupport::new().idempotent()
}

fn resource(dialect: &Dialect) -> ClassCapabilities {
    let locking = || if dialect.asserts { plain().locking() } else { plain() };
    let delete = locking().with_effect(SideEffect::Irreversible).with_effect(SideEffect::DropsMemberships);
    let class = ClassCapabilities::new()
        .readable()
        .listed(listed(FilterSupport::Full))
        .supports(OperationKind::Create, OperationSupport::new())
        .supports(OperationKind::Update, locking())
        .supports(OperationKind::Delete, delete);
    let class = match dialect.active_directory {
        true => class.lacks(
            OperationKind::Restore,
            WhyNot::NotBuilt,
            "the recycle bin of Active Directory is not used",
        ),
        false => class.lacks(OperationKind::Restore, WhyNot::Product, "what was deleted is gone"),
    };
    match dialect.follow {
        Follow::Never => class,
        follow => class.followed(DeltaCapability {
            token_life: None,
            tombstones: follow != Follow::Timestamp,
            whole_objects: true,
        }),
    }
}

fn listed(filter: FilterSupport) -> ListCapability {
    ListCapability { filter, sort: false, total: false, max_page_size: Some(1000), cursor_life: None }
}

fn status(class: ClassCapabilities, dialect: &Dialect) -> ClassCapabilities {
    if dialect.disable == Disable::Never {
        let why = "the configuration names no way to stop an account (`disable`)";
        return class.lacks(OperationKind::SetStatus, WhyNot::NotBuilt, why);
    }
    let support = plain().with_effect(SideEffect::KeepsSessions);
    let support = match dialect.disable {
        Disable::Ppolicy => support.with_effect(SideEffect::Other {
            what: "only binds by password stop; keys and tickets go on".to_owned(),
        }),
        Disable::MoveTo(_) => support.with_effect(SideEffect::Other {
            what: "the entry gets another name; it stops only where applications do not look there"
                .to_owned(),
        }),
        _ => support,
    };
    class.supports(OperationKind::SetStatus, support)
}

fn passwords(class: ClassCapabilities, config: &LdapConfig) -> ClassCapabilities {
    let kinds = [OperationKind::SetCredential, OperationKind::RotateCredential];
    kinds.into_iter().fold(class, |class, kind| match config.is_plain() {
        true => {
            class.lacks(kind, WhyNot::NotBuilt, "passwords are sent over TLS only; use `ldaps` or `starttls`")
        }
        false => class.supports(kind, plain().with_effect(SideEffect::DestroysCredential)),
    })
}
