//! Constraints, resolved.

use chrono::{DateTime, Utc};

use super::Compiler;
use crate::document::{ConstraintSpec, MemberRef};
use crate::error::{Follows, PolicyError};
use crate::id::IdentityId;
use crate::time::end_of_day;

/// A constraint, ready to check.
#[derive(Clone, Debug)]
pub(crate) struct CompiledConstraint {
    pub(crate) spec: ConstraintSpec,
    /// Whose exception ends when.
    pub(crate) mitigations: Vec<(IdentityId, DateTime<Utc>, String)>,
}

impl Compiler<'_> {
    pub(crate) fn constraints(&mut self) -> Vec<CompiledConstraint> {
        let document = self.document;
        let mut out = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (number, spec) in document.constraints.iter().enumerate() {
            let path = format!("constraints[{number}]");
            if !seen.insert(&spec.id) {
                let message = format!("the constraint id `{}` is used twice: expected each once", spec.id);
                self.error(PolicyError::new(format!("{path}.id"), message));
            }
            for (i, member) in spec.of.iter().enumerate() {
                let here = format!("{path}.of[{i}]");
                match member {
                    MemberRef::Entitlement(key) => self.check_key(&here, key),
                    MemberRef::Role(role) => {
                        self.check_role(&here, role);
                    }
                }
            }
            if spec.of.len() <= spec.at_most {
                let message = format!(
                    "the constraint `{}` can never be broken: it allows {} of {} members",
                    spec.id,
                    spec.at_most,
                    spec.of.len()
                );
                self.error(PolicyError::new(format!("{path}.at_most"), message).following(Follows::Part));
            }
            let zone = document.lifecycle.zone;
            let mitigations = spec
                .mitigations
                .iter()
                .map(|m| {
                    (
                        m.identity.clone(),
                        end_of_day(m.until, zone),
                        format!("{} (accepted by {} until {})", m.reason, m.by, m.until),
                    )
                })
                .collect();
            out.push(CompiledConstraint { spec: spec.clone(), mitigations });
        }
        out
    }

    /// The conditions of triggers, one for each; `None` where it has none.
    pub(crate) fn triggers(&mut self) -> Vec<Option<u32>> {
        let document = self.document;
        let mut seen = std::collections::BTreeSet::new();
        let mut out = Vec::new();
        for (number, spec) in document.triggers.iter().enumerate() {
            let path = format!("triggers[{number}]");
            if !seen.insert(&spec.id) {
                let message = format!("the trigger id `{}` is used twice: expected each once", spec.id);
                self.error(PolicyError::new(format!("{path}.id"), message));
            }
            match &spec.holds {
                Some(MemberRef::Entitlement(key)) => self.check_key(&format_args!("{path}.holds"), key),
                Some(MemberRef::Role(role)) => {
                    self.check_role(&format_args!("{path}.holds"), role);
                }
                None => {}
            }
            out.push(spec.when.as_ref().and_then(|when| self.add(&format_args!("{path}.when"), when)));
        }
        out
    }

    /// Who, and over whom, for each delegation.
    pub(crate) fn delegations(&mut self) -> Vec<(u32, Option<u32>)> {
        let document = self.document;
        let mut out = Vec::new();
        for (number, spec) in document.delegations.iter().enumerate() {
            let path = format!("delegations[{number}]");
            for (i, role) in spec.roles.iter().enumerate() {
                self.check_role(&format_args!("{path}.roles[{i}]"), role);
            }
            let who = self.add(&format_args!("{path}.who"), &spec.who);
            let over = spec.over.as_ref().map(|over| self.add(&format_args!("{path}.over"), over));
            // A condition that could not be compiled is reported; the policy is refused, so the entry is never used.
            if let (Some(who), Some(over)) = (who, over.map_or(Some(None), |over| over.map(Some))) {
                out.push((who, over));
            }
        }
        out
    }
}
