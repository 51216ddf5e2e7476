use tenure_connector::{EntitlementRef, ErrorKind, ObjectClass};
use tenure_scim::filter::{CompareOp, CompiledFilter, Filter, Literal};
use tenure_scim::{Resource, ResourceSchema};

use crate::directory::error::{Result, refused};

/// Which grants or entitlements a caller asks for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The whole filter.
    filter: Option<CompiledFilter>,
    /// What the filter says of single attributes, for the database to narrow by.
    pub(super) principal: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) value: Option<String>,
}

impl Wanted {
    pub(super) fn new(filter: Option<&Filter>, schema: &ResourceSchema) -> Result<Self> {
        let Some(filter) = filter else { return Ok(Self::default()) };
        let compiled =
            filter.compile(schema).map_err(|error| refused(ErrorKind::InvalidInput, error.to_string()))?;
        let mut wanted = Self { filter: Some(compiled), ..Self::default() };
        let parts = match filter {
            Filter::And(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        parts.iter().for_each(|part| wanted.learn(part));
        Ok(wanted)
    }

    /// Those that can have an id.
    pub(super) fn id(class: &ObjectClass, id: &str) -> Self {
        let (principal, entitlement) = match id.split_once('/') {
            Some((principal, entitlement)) if *class == ObjectClass::GRANT => (Some(principal), entitlement),
            _ => (None, id),
        };
        let (kind, value) = entitlement.split_once(':').unwrap_or(("", entitlement));
        let text = |text: &str| Some(text.replace('\0', ""));
        Self { filter: None, principal: principal.and_then(text), kind: text(kind), value: text(value) }
    }

    fn learn(&mut self, part: &Filter) {
        let Filter::Compare(comparison) = part else { return };
        let (CompareOp::Eq, Literal::String(text)) = (comparison.op, &comparison.value) else { return };
        if comparison.path.sub().is_some() || text.contains('\0') {
            return;
        }
        let name = comparison.path.name();
        let place = if name == "principal" {
            &mut self.principal
        } else if name == "kind" {
            &mut self.kind
        } else if name == "value" {
            &mut self.value
        } else {
            return;
        };
        place.get_or_insert_with(|| text.clone());
    }

    /// Whether an entitlement of this kind can be among them.
    pub(super) fn may_be(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
    }

    /// Whether an entitlement can be one of those in the attributes of a user.
    pub(super) fn may_be_held(&self) -> bool {
        self.kind.as_deref() != Some(GROUP)
    }

    pub(super) fn matches(&self, resource: &Resource) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(resource))
    }
}

/// The entitlement that a group is.
pub(super) fn group(id: &str) -> EntitlementRef {
    EntitlementRef::new(GROUP, id)
}

/// The kind that means membership of a group.
pub(super) const GROUP: &str = "group";
