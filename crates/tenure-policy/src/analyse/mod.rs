//! Static analysis: what is wrong with a policy that compiles, each finding with a witness.

mod duties;
mod finding;
mod population;
mod reach;
mod satisfy;
mod targets;

pub use self::finding::{Finding, FindingKind};
pub use self::population::{PopulationLimits, RuleMatches};
use crate::compile::Policy;

impl Policy {
    /// What is wrong with the policy, whoever it is applied to.
    ///
    /// Every finding is certain: a rule is called unreachable only where a contradiction is shown, a pair of rules is said to break a
    /// constraint only where an identity for which it does is given. What cannot be decided is not reported.
    #[must_use]
    pub fn analyse(&self) -> Vec<Finding> {
        let parts = self.parts();
        let mut findings = Vec::new();
        reach::unreachable(parts, &mut findings);
        reach::shadowed(parts, &mut findings);
        reach::unused_roles(parts, &mut findings);
        duties::birthright_conflicts(self, &mut findings);
        duties::unknown_members(parts, &mut findings);
        targets::leaver_gaps(parts, &mut findings);
        targets::unserved(parts, &mut findings);
        findings.sort_by(|a, b| (a.kind, &a.subject, &a.message).cmp(&(b.kind, &b.subject, &b.message)));
        findings
    }
}
