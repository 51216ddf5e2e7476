//! Grants that nobody uses.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::desired::Evaluation;
use crate::entitlement::EntitlementKey;
use crate::grant::Origin;
use crate::id::{GrantId, IdentityId};
use crate::mine::{Holding, Usage};
use crate::time::Span;

/// An entitlement that is wanted, held, counted, and not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnusedGrant {
    /// Whose.
    pub identity: IdentityId,
    /// What.
    pub entitlement: EntitlementKey,
    /// What is known of its use.
    pub usage: Usage,
    /// The explicit grants that would have to be taken back. [`Policy::reinstate`](crate::Policy::reinstate) brings each back in one step.
    pub grants: BTreeSet<GrantId>,
    /// Every way by which it comes.
    pub origins: BTreeSet<Origin>,
}

impl UnusedGrant {
    /// True when taking the explicit grants back is enough: no rule gives it as well.
    #[must_use]
    pub fn is_by_grant_alone(&self) -> bool {
        !self.origins.is_empty() && self.origins.iter().all(|origin| origin.grant().is_some())
    }
}

/// Of what people hold, what they have not used for a time although the policy gives it, by identity and entitlement. Holdings whose use
/// nobody counts are left out.
///
/// # Examples
///
/// ```
/// use std::collections::BTreeMap;
/// use chrono::DateTime;
/// use tenure_policy::{Facts, Grant, GrantSource, Holding, Identity, Policy, PolicyDocument, Span, Usage, Workload, unused_grants};
/// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1, "targets": {"wiki": {}}}"#)?)?;
/// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
/// let bot = Identity::from(Workload::new("bot".parse()?, "p-1".parse()?, "export").with_scope(["wiki/role:read".parse()?]));
/// let evaluations = BTreeMap::from([("bot".parse()?, policy.evaluate(&bot, &Facts::new(now)))]);
/// let holdings = [Holding::new("bot".parse()?, "wiki/role:read".parse()?).with_usage(Usage::Never)];
/// let unused = unused_grants(&holdings, &evaluations, Span::days(30), now);
/// assert_eq!(unused[0].entitlement.to_string(), "wiki/role:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn unused_grants(
    holdings: &[Holding],
    evaluations: &BTreeMap<IdentityId, Evaluation>,
    after: Span,
    now: DateTime<Utc>,
) -> Vec<UnusedGrant> {
    let mut found: Vec<UnusedGrant> = holdings
        .iter()
        .filter(|holding| holding.is_unused(after, now))
        .filter_map(|holding| {
            let wanted = evaluations.get(&holding.identity)?.entitlements.get(&holding.entitlement)?;
            Some(UnusedGrant {
                identity: holding.identity.clone(),
                entitlement: holding.entitlement.clone(),
                usage: holding.usage,
                grants: wanted.origins.iter().filter_map(Origin::grant).cloned().collect(),
                origins: wanted.origins.clone(),
            })
        })
        .collect();
    found.sort_by(|a, b| (&a.identity, &a.entitlement).cmp(&(&b.identity, &b.entitlement)));
    found
}
