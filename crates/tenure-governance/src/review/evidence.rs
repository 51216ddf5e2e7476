use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_engine::{Census, KnownAccount, Possessed};
use tenure_policy::{EntitlementKey, Identity, IdentityId, Money, Origin, Risk, TargetId};

use super::Verdict;
use super::peers::{DEPARTMENT, Holdings};
use crate::request::yearly;

/// What a reviewer should know beside an item: why it is held, whether it is used, who else has it, what has changed, what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// Why it is held, every way; empty: nobody knows.
    pub origins: BTreeSet<Origin>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the account was last used, where the target tells.
    pub last_used: Option<DateTime<Utc>>,
    /// Whether the account works.
    pub active: bool,
    /// How many of those with the same department and title hold the same.
    pub peers: Option<Peers>,
    /// Department, title and manager, as they were when the campaign began.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub work: BTreeMap<String, String>,
    /// What has changed since it was reviewed before, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// What was decided before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// What it costs in a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yearly: Option<Money>,
    /// How much harm its misuse can do.
    pub risk: Risk,
    /// Until when it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// How many peers hold the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// How many hold it.
    pub holders: usize,
    /// Of how many.
    pub of: usize,
}

/// What was decided in an earlier campaign, and what was known then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Earlier {
    /// The campaign.
    pub campaign: String,
    /// What.
    pub verdict: Verdict,
    /// Who.
    pub by: IdentityId,
    /// When.
    pub at: DateTime<Utc>,
    /// Department, title and manager then.
    pub work: BTreeMap<String, String>,
    /// The origins then.
    pub origins: BTreeSet<Origin>,
}

impl Evidence {
    /// The origins in words.
    #[must_use]
    pub fn why(&self) -> String {
        match self.origins.is_empty() {
            true => "nobody knows why".to_owned(),
            false => self.origins.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        }
    }
}

/// Gathers evidence from one census.
#[derive(Debug)]
pub(crate) struct Gather<'a> {
    pub(crate) census: &'a Census,
    pub(crate) holdings: Holdings,
    accounts: BTreeMap<(TargetId, String), KnownAccount>,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(census: &'a Census) -> Self {
        let accounts = census
            .accounts()
            .map(|account| ((account.target.clone(), account.id.clone()), account))
            .collect();
        Self { census, holdings: Holdings::of(census), accounts }
    }

    pub(crate) fn evidence(
        &self,
        identity: &Identity,
        held: &Possessed,
        until: Option<DateTime<Utc>>,
        earlier: Option<Earlier>,
    ) -> Evidence {
        let key = &held.entitlement;
        let policy = self.census.policy();
        let account = self.accounts.get(&(key.target.clone(), held.account.clone()));
        let work = self.work(identity);
        let spec = policy.document().entitlements.get(key);
        Evidence {
            changes: earlier.as_ref().map(|earlier| changes(earlier, &work, held)).unwrap_or_default(),
            origins: held.origins.clone(),
            since: held.since,
            last_used: account.and_then(|account| account.last_used),
            active: account.is_none_or(|account| account.active),
            peers: self.holdings.peers(identity.id(), key),
            work,
            earlier,
            yearly: yearly(policy, key),
            risk: spec.map(|spec| spec.risk).unwrap_or_default(),
            until,
        }
    }

    fn work(&self, identity: &Identity) -> BTreeMap<String, String> {
        let seen = self.census.policy().seen_as(identity, self.census.now());
        let mut work = BTreeMap::new();
        for (name, path) in [("department", DEPARTMENT), ("title", "title")] {
            if let Some(text) = seen.text(path) {
                work.insert(name.to_owned(), text.to_owned());
            }
        }
        if let Identity::Workload(workload) = identity {
            work.insert("owner".to_owned(), workload.owner.to_string());
            work.insert("purpose".to_owned(), workload.purpose.clone());
        }
        work
    }
}

fn changes(earlier: &Earlier, work: &BTreeMap<String, String>, held: &Possessed) -> Vec<String> {
    let mut found = Vec::new();
    let names: BTreeSet<&String> = earlier.work.keys().chain(work.keys()).collect();
    for name in names {
        let (then, now) = (earlier.work.get(name), work.get(name));
        if then != now {
            let text = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
            found.push(format!("{name}: {} became {}", text(then), text(now)));
        }
    }
    found.extend(held.origins.difference(&earlier.origins).map(|origin| format!("new: {origin}")));
    found.extend(earlier.origins.difference(&held.origins).map(|origin| format!("gone: {origin}")));
    found
}

pub(crate) fn earlier_key(review: &str, identity: &IdentityId, entitlement: &EntitlementKey) -> String {
    format!("governance/reviewed/{review}/{identity}/{entitlement}")
}
