use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_policy::IdentityId;

use super::{Item, Judgement, Verdict};

/// How one reviewer decided: whether anybody looked, or only clicked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReviewerMeasure {
    /// Who.
    pub reviewer: IdentityId,
    /// How many items they decided.
    pub decided: usize,
    /// How many of them they kept.
    pub kept: usize,
    /// How many decisions give a reason.
    pub reasoned: usize,
    /// The middle one of the times between two decisions, in seconds; none, for a single decision.
    pub median_seconds: Option<i64>,
    /// How many risky or unexplained items were kept within seconds of the decision before.
    pub hasty: usize,
    /// What looks as if nobody had looked, in words.
    pub signs: Vec<String>,
}

/// Measures how each reviewer decided, in the order of reviewers.
///
/// More than ninety-five in a hundred kept, ten seconds or less between decisions, and unexplained access kept in passing are the
/// marks of decisions that nobody thought about. They are told of whoever decided ten items or more.
#[must_use]
pub fn measure(items: &[Item]) -> Vec<ReviewerMeasure> {
    let mut by_reviewer: BTreeMap<&IdentityId, Vec<(&Judgement, &Item)>> = BTreeMap::new();
    for item in items {
        if let Some(judgement) = &item.judgement {
            by_reviewer.entry(&judgement.by).or_default().push((judgement, item));
        }
    }
    by_reviewer.into_iter().map(|(reviewer, decisions)| of(reviewer, decisions)).collect()
}

fn of(reviewer: &IdentityId, mut decisions: Vec<(&Judgement, &Item)>) -> ReviewerMeasure {
    decisions.sort_by_key(|(judgement, _)| judgement.at);
    let mut pauses = Vec::new();
    let mut hasty = 0;
    for (before, after) in decisions.iter().zip(decisions.iter().skip(1)) {
        let seconds = (after.0.at - before.0.at).num_seconds();
        pauses.push(seconds);
        let evidence = &after.1.evidence;
        let delicate = evidence.origins.is_empty() || evidence.risk >= tenure_policy::Risk::High;
        hasty += usize::from(after.0.verdict == Verdict::Keep && seconds <= FAST && delicate);
    }
    pauses.sort_unstable();
    let median = pauses.get(pauses.len() / 2).copied();
    let decided = decisions.len();
    let kept = decisions.iter().filter(|(judgement, _)| judgement.verdict == Verdict::Keep).count();
    let reasoned = decisions.iter().filter(|(judgement, _)| !judgement.reason.trim().is_empty()).count();
    let mut signs = Vec::new();
    if decided >= ENOUGH {
        if kept * 100 > decided * 95 {
            signs.push(format!("kept {kept} of {decided}"));
        }
        if median.is_some_and(|median| median <= FAST) {
            signs.push(format!("{} seconds a decision", median.unwrap_or_default()));
        }
        if reasoned == 0 {
            signs.push("no decision has a reason".to_owned());
        }
    }
    if hasty > 0 {
        signs.push(format!("kept {hasty} delicate items within {FAST} seconds"));
    }
    ReviewerMeasure {
        reviewer: reviewer.clone(),
        decided,
        kept,
        reasoned,
        median_seconds: median,
        hasty,
        signs,
    }
}

/// Seconds within which nobody can have looked at the evidence.
const FAST: i64 = 10;

/// How many decisions say something about a habit.
const ENOUGH: usize = 10;
