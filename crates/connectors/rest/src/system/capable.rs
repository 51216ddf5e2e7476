use tenure_connector::{
    Capabilities, ClassCapabilities, FilterSupport, ListCapability, ObjectClass, OperationKind as Kind,
    OperationSupport, SideEffect, WhyNot,
};

/// A list that can be filtered by equality on these attributes, with pages of up to `largest`.
#[must_use]
pub fn equality_on(names: &[&str], largest: u32) -> ListCapability {
    let filter = match names {
        [] => FilterSupport::None,
        names => FilterSupport::Equality(names.iter().map(|name| (*name).to_owned()).collect()),
    };
    ListCapability { filter, max_page_size: Some(largest), ..ListCapability::default() }
}

/// An operation that this permission allows, and that can be repeated without harm.
#[must_use]
pub fn repeatable(permission: &str) -> OperationSupport {
    OperationSupport::new().with_permission(permission).idempotent()
}

/// Groups that can be read, made, renamed and, for good, deleted under one permission.
#[must_use]
pub fn groups_under(permission: &str, found_by: &[&str], largest: u32) -> ClassCapabilities {
    let delete = repeatable(permission).with_effect(SideEffect::Irreversible);
    ClassCapabilities::new()
        .readable()
        .listed(equality_on(found_by, largest))
        .supports(Kind::Create, OperationSupport::new().with_permission(permission))
        .supports(Kind::Update, repeatable(permission))
        .supports(Kind::Delete, delete.with_effect(SideEffect::DropsMemberships))
}

/// Adds why a class lacks operations.
#[must_use]
pub fn lacking(class: ClassCapabilities, reasons: &[(Kind, WhyNot, &str)]) -> ClassCapabilities {
    reasons.iter().fold(class, |class, (kind, reason, detail)| class.lacks(*kind, *reason, detail))
}

/// The capabilities of a vendor: users, groups if there are any, and the lists that every vendor has, with pages of up to
/// `largest`.
///
/// # Examples
///
/// ```
/// use tenure_connector::{ClassCapabilities, ObjectClass, OperationKind};
/// use tenure_connector_rest::system::{capable, repeatable};
///
/// let users = ClassCapabilities::new().readable().supports(OperationKind::Update, repeatable("users.write"));
/// let all = capable(users, None, 100, true);
/// assert!(all.allows(&ObjectClass::USER, OperationKind::Update));
/// assert!(all.class(&ObjectClass::WORKER).is_some() && all.class(&ObjectClass::GROUP).is_none());
/// ```
#[must_use]
pub fn capable(
    users: ClassCapabilities,
    groups: Option<ClassCapabilities>,
    largest: u32,
    workers: bool,
) -> Capabilities {
    let listed = || ClassCapabilities::new().listed(equality_on(&[], largest));
    let mut all = Capabilities::new()
        .with(ObjectClass::USER, users)
        .with(ObjectClass::ENTITLEMENT, listed())
        .with(ObjectClass::GRANT, listed());
    if let Some(groups) = groups {
        all = all.with(ObjectClass::GROUP, groups);
    }
    if workers { all.with(ObjectClass::WORKER, listed()) } else { all }
}
