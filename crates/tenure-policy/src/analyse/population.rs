//! How a policy's rules meet a population.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, FindingKind};
use crate::compile::Policy;
use crate::id::RuleId;
use crate::identity::{Identity, read_ahead};

/// How many people one rule holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleMatches {
    /// The rule.
    pub rule: RuleId,
    /// For how many people of the population, each counted once.
    pub people: usize,
}

/// From when a rule counts as too broad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PopulationLimits {
    /// The share of a population in percent above which a rule that gives something is reported.
    pub broad_percent: u8,
}

impl Default for PopulationLimits {
    fn default() -> Self {
        Self { broad_percent: 80 }
    }
}

impl Policy {
    /// For how many people of a population each rule holds at an instant, in the order of the document.
    pub fn rule_matches<'a>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        now: DateTime<Utc>,
    ) -> Vec<RuleMatches> {
        self.count(population, now).0
    }

    /// Rules that hold for nobody, everybody or too many of a population. Rules without a condition are meant for everybody and
    /// are not reported.
    pub fn analyse_population<'a>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        now: DateTime<Utc>,
        limits: PopulationLimits,
    ) -> Vec<Finding> {
        let (matches, people) = self.count(population, now);
        let mut findings = Vec::new();
        for (found, rule) in matches.iter().zip(&self.parts().rules) {
            if rule.when.is_none() || people == 0 {
                continue;
            }
            let broad = found.people * 100 > people * usize::from(limits.broad_percent);
            let (kind, what) = match found.people {
                0 => (FindingKind::MatchesNobody, "nobody".to_owned()),
                all if all == people => {
                    (FindingKind::MatchesEverybody, format!("everybody ({people} people)"))
                }
                many if broad && !(rule.gives.is_empty() && rule.roles.is_empty()) => {
                    (FindingKind::OverBroad, format!("{many} of {people} people"))
                }
                _ => continue,
            };
            findings.push(Finding::new(
                kind,
                rule.id.as_str(),
                format!("the rule `{}` holds for {what}", rule.id),
            ));
        }
        findings.sort_by(|a, b| (a.kind, &a.subject).cmp(&(b.kind, &b.subject)));
        findings
    }

    /// Matches by rule, and the number of people who are there.
    fn count<'a>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        now: DateTime<Utc>,
    ) -> (Vec<RuleMatches>, usize) {
        let parts = self.parts();
        let mut counts = vec![0_usize; parts.rules.len()];
        let mut last = vec![usize::MAX; parts.rules.len()];
        let mut matcher = self.matcher();
        let mut people = 0;
        for identity in read_ahead(population) {
            if !matcher.find(identity, now) {
                continue;
            }
            people += 1;
            for (_, rule) in matcher.hits() {
                let rule = *rule as usize;
                let (Some(count), Some(last)) = (counts.get_mut(rule), last.get_mut(rule)) else { continue };
                if *last != people {
                    *last = people;
                    *count += 1;
                }
            }
        }
        let matches = parts
            .rules
            .iter()
            .zip(counts)
            .map(|(rule, people)| RuleMatches { rule: rule.id.clone(), people })
            .collect();
        (matches, people)
    }
}
