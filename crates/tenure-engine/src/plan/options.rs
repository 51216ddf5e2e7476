use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use tenure_policy::{Identity, IdentityId, Override, TargetId};

/// What a plan is made for.
///
/// # Examples
///
/// ```
/// use tenure_engine::PlanOptions;
///
/// let pilot = PlanOptions::default().for_identities(["w-100".parse()?]).in_targets(["zendesk".parse()?]);
/// assert!(pilot.persist);
/// # Ok::<(), tenure_policy::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanOptions {
    /// For these identities only; everyone when absent.
    pub identities: Option<BTreeSet<IdentityId>>,
    /// In these targets only; all when absent.
    pub targets: Option<BTreeSet<TargetId>>,
    /// Orders about people that the plan goes by as if they stood; they are recorded when it is applied, and not before.
    pub orders: BTreeMap<IdentityId, Vec<Override>>,
    /// How long the plan may be applied at most.
    pub valid_for: TimeDelta,
    /// Whether to store the plan and reserve the names that it gives out. Without, nothing at all is written.
    pub persist: bool,
    /// Whether steps that have to wait for a window of their target are left to a later plan. Otherwise the plan has them,
    /// and the executor lets them wait.
    pub within_windows: bool,
    /// Whether to look only at those whose answer can have changed since they were last looked at: their facts or those of
    /// somebody they depend on changed, the calendar asks for it, or something is open. Their steps are the same as in a
    /// plan that looks at everybody. When something happened that may concern anyone, everybody is looked at: another
    /// policy, another list of entitlements, an account that is linked to nobody. Without effect on a plan that is limited
    /// to identities or targets.
    pub due_only: bool,
    /// Whether to look closely at everybody: also to read the accounts of those who were settled by an earlier plan, for whom
    /// the same is wanted and of whom nothing was written since. The plan is the same; this one takes nobody's word for it.
    pub closely: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            identities: None,
            targets: None,
            orders: BTreeMap::new(),
            valid_for: TimeDelta::hours(24),
            persist: true,
            within_windows: false,
            due_only: false,
            closely: false,
        }
    }
}

impl PlanOptions {
    /// Limits the plan to some identities.
    #[must_use]
    pub fn for_identities(mut self, identities: impl IntoIterator<Item = IdentityId>) -> Self {
        self.identities = Some(identities.into_iter().collect());
        self
    }

    /// Limits the plan to some targets.
    #[must_use]
    pub fn in_targets(mut self, targets: impl IntoIterator<Item = TargetId>) -> Self {
        self.targets = Some(targets.into_iter().collect());
        self
    }

    /// Writes nothing, not even to the store.
    #[must_use]
    pub fn dry(mut self) -> Self {
        self.persist = false;
        self
    }

    /// Leaves what has to wait for a window of its target to a later plan.
    #[must_use]
    pub fn within_windows(mut self) -> Self {
        self.within_windows = true;
        self
    }

    /// Looks only at those whose answer can have changed.
    #[must_use]
    pub fn due_only(mut self) -> Self {
        self.due_only = true;
        self
    }

    /// Reads the accounts of everybody, whoever is settled.
    #[must_use]
    pub fn closely(mut self) -> Self {
        self.closely = true;
        self
    }

    /// Goes by orders about people as if they stood, and looks at these people only. Orders about anything but a person, and those of
    /// people from whom the plan takes nothing, are left out.
    #[must_use]
    pub fn assuming(mut self, orders: BTreeMap<IdentityId, Vec<Override>>) -> Self {
        self.identities = Some(orders.keys().cloned().collect());
        self.orders = orders;
        self
    }

    /// An identity as it is when the orders stand.
    pub(crate) fn as_ordered<'a>(&self, identity: &'a Identity) -> Cow<'a, Identity> {
        match (identity, self.orders.get(identity.id())) {
            (Identity::Person(person), Some(orders)) => {
                let mut person = person.clone();
                person.overrides.extend(orders.iter().cloned());
                Cow::Owned(Identity::Person(person))
            }
            _ => Cow::Borrowed(identity),
        }
    }

    pub(crate) fn covers(&self, identity: &IdentityId) -> bool {
        self.identities.as_ref().is_none_or(|wanted| wanted.contains(identity))
    }

    pub(crate) fn covers_target(&self, target: &TargetId) -> bool {
        self.targets.as_ref().is_none_or(|wanted| wanted.contains(target))
    }
}
