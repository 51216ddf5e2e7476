use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::Tenant;
use tenure_connector::{
    Capabilities, ObjectClass, Operation, OperationKind, SideEffect, Support, Unsupported, WhyNot,
};

/// What is known of one vendor's system whose accounts no program reaches: what it has, what it lacks, and where in its
/// pages a person does what.
///
/// # Examples
///
/// ```
/// use tenure_connector::entitlement::Entitlement;
/// use tenure_connector::{Connector as _, ObjectClass, OperationKind, WhyNot};
/// use tenure_connector_manual::{Guide, ManualConfig, ManualConnector};
///
/// let guide = Guide::new("post-room")
///     .with_entitlement(Entitlement::new("role", "clerk").exclusive_in("role"))
///     .lacking(OperationKind::Restore, WhyNot::Product, "a clerk is hired anew")
///     .with_steps(|_| vec!["Ask at the desk.".to_owned()]);
/// let people = ManualConnector::new(ManualConfig::new("Post room", "post-room.csv")).guided_by(guide);
/// assert_eq!(people.info().system, "post-room");
/// assert!(!people.capabilities().allows(&ObjectClass::USER, OperationKind::Restore));
/// ```
#[derive(Debug, Clone)]
pub struct Guide {
    pub(crate) system: String,
    entitlements: Vec<Entitlement>,
    lacks: Vec<(OperationKind, Unsupported)>,
    effects: Vec<(OperationKind, SideEffect)>,
    pub(crate) steps: fn(&Operation) -> Vec<String>,
}

impl Guide {
    /// Names the kind of system.
    #[must_use]
    pub fn new(system: &str) -> Self {
        Self {
            system: system.to_owned(),
            entitlements: Vec::new(),
            lacks: Vec::new(),
            effects: Vec::new(),
            steps: |_| Vec::new(),
        }
    }

    /// Adds what an account can hold. Nothing else can be granted then.
    #[must_use]
    pub fn with_entitlement(mut self, entitlement: Entitlement) -> Self {
        self.entitlements.push(entitlement);
        self
    }

    /// Says why people cannot do something either.
    #[must_use]
    pub fn lacking(mut self, operation: OperationKind, reason: WhyNot, detail: &str) -> Self {
        self.lacks.push((operation, Unsupported::new(reason, detail)));
        self
    }

    /// Adds what else happens.
    #[must_use]
    pub fn with_effect(mut self, operation: OperationKind, effect: SideEffect) -> Self {
        self.effects.push((operation, effect));
        self
    }

    /// Says where in the pages of the system something is done; the steps stand behind the one that opens it.
    #[must_use]
    pub fn with_steps(mut self, steps: fn(&Operation) -> Vec<String>) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) fn narrow(&self, capabilities: &mut Capabilities) {
        let Some(users) = capabilities.classes.get_mut(&ObjectClass::USER) else { return };
        for (kind, because) in &self.lacks {
            users.operations.insert(*kind, Support::Unsupported(because.clone()));
        }
        for (kind, effect) in &self.effects {
            if let Some(Support::Supported(support)) = users.operations.get_mut(kind) {
                support.effects.insert(effect.clone());
            }
        }
    }

    /// The system with its catalogue, without accounts; nothing without a catalogue.
    pub(crate) fn tenant(&self) -> Option<Tenant> {
        let all = self.entitlements.iter().cloned();
        (!self.entitlements.is_empty()).then(|| all.fold(Tenant::new(), Tenant::with_entitlement))
    }
}
