mod class;
mod support;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::class::{ClassCapabilities, DeltaCapability, FilterSupport, ListCapability};
pub use self::support::{Execution, OperationSupport, Support, Unsupported, WhyNot};
use crate::{ObjectClass, OperationKind};

/// What a connector can do, by class and operation, as data.
///
/// A planner reads it before it plans, so that no plan holds an impossible step; the conformance suite reads it to know
/// what to test.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Capabilities, ClassCapabilities, ObjectClass, OperationKind, OperationSupport, SideEffect};
///
/// let capabilities = Capabilities::new().with(
///     ObjectClass::USER,
///     ClassCapabilities::new()
///         .readable()
///         .supports(OperationKind::Create, OperationSupport::new().idempotent())
///         .supports(OperationKind::Delete, OperationSupport::new().with_effect(SideEffect::Irreversible)),
/// );
/// assert!(capabilities.allows(&ObjectClass::USER, OperationKind::Delete));
/// assert!(!capabilities.allows(&ObjectClass::USER, OperationKind::RevokeSessions));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Every class the connector knows.
    pub classes: BTreeMap<ObjectClass, ClassCapabilities>,
}

impl Capabilities {
    /// Starts with no class.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a class.
    #[must_use]
    pub fn with(mut self, class: ObjectClass, capabilities: ClassCapabilities) -> Self {
        self.classes.insert(class, capabilities);
        self
    }

    /// What can be done with a class; `None` for an unknown class.
    #[must_use]
    pub fn class(&self, class: &ObjectClass) -> Option<&ClassCapabilities> {
        self.classes.get(class)
    }

    /// How an operation is supported; `None` where it is not, or the class is unknown.
    #[must_use]
    pub fn operation(&self, class: &ObjectClass, operation: OperationKind) -> Option<&OperationSupport> {
        self.class(class)?.operation(operation)
    }

    /// Whether an operation can be done.
    #[must_use]
    pub fn allows(&self, class: &ObjectClass, operation: OperationKind) -> bool {
        self.operation(class, operation).is_some()
    }

    /// Why an operation cannot be done; `None` when it can.
    #[must_use]
    pub fn why_not(&self, class: &ObjectClass, operation: OperationKind) -> Option<Unsupported> {
        match self.class(class) {
            None => Some(Unsupported::new(WhyNot::Product, format!("the system has no class `{class}`"))),
            Some(found) => match found.operations.get(&operation) {
                Some(Support::Supported(_)) => None,
                Some(Support::Unsupported(because)) => Some(because.clone()),
                None => Some(Unsupported::new(
                    WhyNot::NotBuilt,
                    format!("the connector declares no operation `{operation}` for class `{class}`"),
                )),
            },
        }
    }
}
