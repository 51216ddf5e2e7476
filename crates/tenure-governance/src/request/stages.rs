use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{EntitlementKey, Granted, RuleId};

use super::{Difference, Gain, RequestDraft, Stage, StageState};
use crate::{ApprovalRule, Approver, GovernanceError, OnViolation, Result, Rules, When};

/// Who has to approve a difference: a rule that approves it by itself, or stages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Course {
    Automatic(RuleId),
    Stages(Vec<Stage>),
}

pub(crate) fn course(
    rules: &Rules,
    census: &Census,
    asked: &RequestDraft,
    difference: &Difference,
) -> Result<Course> {
    let spec = &rules.document().requests;
    let look = Look { rules, census, asked, difference };
    let broken = !difference.violations.is_empty();
    let conflict_rule = |rule: &&ApprovalRule| rule.when.violations == Some(true) && look.concerns(rule);
    if broken && (spec.violations == OnViolation::Refuse || !spec.approvals.iter().any(|r| conflict_rule(&r)))
    {
        let reasons: Vec<&str> = difference.violations.iter().map(String::as_str).collect();
        return Err(GovernanceError::refused(format!("it {}", reasons.join("; it "))));
    }
    let automatic = spec.approvals.iter().find(|rule| rule.automatic && !broken && look.covers(rule));
    if let Some(rule) = automatic {
        return Ok(Course::Automatic(rule.id.clone()));
    }
    let mut stages = Vec::new();
    for rule in spec.approvals.iter().filter(|rule| !rule.automatic && look.concerns(rule)) {
        stages.extend(look.stages(rule));
    }
    if stages.is_empty() {
        stages.push(stage(default_rule()?, None));
    }
    Ok(Course::Stages(stages))
}

/// The rule for what no rule concerns: the manager decides.
fn default_rule() -> Result<ApprovalRule> {
    let id = RuleId::parse("manager").map_err(|error| GovernanceError::refused(error.to_string()))?;
    Ok(ApprovalRule {
        id,
        when: When::default(),
        by: vec![Approver::Manager],
        quorum: 1,
        veto: true,
        automatic: false,
        remind: None,
        escalate: None,
        lapse: None,
    })
}

fn stage(rule: ApprovalRule, about: Option<EntitlementKey>) -> Stage {
    Stage {
        rule,
        about,
        state: StageState::Waiting,
        opened: None,
        remind_at: None,
        escalated: None,
        votes: Vec::new(),
    }
}

/// Opens a stage.
pub(crate) fn open(stage: &mut Stage, rules: &Rules, now: DateTime<Utc>) {
    stage.state = StageState::Open;
    stage.opened = Some(now);
    stage.remind_at = stage.rule.remind.map(|term| term.after(now, &rules.document().calendar));
}

struct Look<'a> {
    rules: &'a Rules,
    census: &'a Census,
    asked: &'a RequestDraft,
    difference: &'a Difference,
}

impl Look<'_> {
    /// Whether a rule has a say about the request.
    fn concerns(&self, rule: &ApprovalRule) -> bool {
        self.fits(&rule.when) && self.difference.gains.iter().any(|gain| self.means(&rule.when, gain))
    }

    /// Whether an automatic rule speaks of all that is given.
    fn covers(&self, rule: &ApprovalRule) -> bool {
        let gains = &self.difference.gains;
        self.fits(&rule.when) && gains.iter().all(|gain| self.means(&rule.when, gain))
    }

    /// Stages of one rule: where owners decide, one for each group of owners.
    fn stages(&self, rule: &ApprovalRule) -> Vec<Stage> {
        if rule.by.first() != Some(&Approver::Owner) {
            return vec![stage(rule.clone(), None)];
        }
        if let Granted::Role(role) = &self.asked.what
            && !self.rules.owners_of_role(role).is_empty()
        {
            return vec![stage(rule.clone(), None)];
        }
        let meant = self.difference.gains.iter().filter(|gain| self.means(&rule.when, *gain));
        let mut groups = BTreeMap::new();
        for (key, _) in meant {
            groups.entry(self.rules.owners_of(key)).or_insert_with(|| key.clone());
        }
        groups.into_values().map(|about| stage(rule.clone(), Some(about))).collect()
    }

    /// What a rule says about the request as a whole.
    fn fits(&self, when: &When) -> bool {
        let now = self.census.now();
        let of_role = || matches!(&self.asked.what, Granted::Role(role) if when.roles.contains(role));
        let dear = |most: &tenure_policy::Money| {
            let amount = self.difference.yearly.in_currency(most.currency());
            amount.is_some_and(|amount| amount.minor() > most.minor())
        };
        let long = |most: tenure_policy::Span| {
            let begins = self.asked.from.unwrap_or(now);
            self.asked.until.is_none_or(|until| until > most.after(begins))
        };
        let who = |condition| {
            let subject = self.census.identity(&self.asked.subject);
            subject.zip(self.rules.selector(condition)).is_some_and(|(found, who)| who.holds(found, now))
        };
        (when.roles.is_empty() || of_role())
            && when.costs_more_than.as_ref().is_none_or(dear)
            && when.violations.is_none_or(|wanted| wanted != self.difference.violations.is_empty())
            && when.longer_than.is_none_or(long)
            && when.who.as_ref().is_none_or(who)
            && when.reinstates.is_none_or(|wanted| wanted == self.asked.reinstates.is_some())
    }

    /// What a rule says about one entitlement.
    fn means(&self, when: &When, (key, gain): (&EntitlementKey, &Gain)) -> bool {
        (when.targets.is_empty() || when.targets.contains(&key.target))
            && (when.entitlements.is_empty() || when.entitlements.contains(key))
            && (when.kinds.is_empty() || when.kinds.contains(&key.kind))
            && when.risk.is_none_or(|least| gain.risk >= least)
            && when.risk_up_to.is_none_or(|most| gain.risk <= most)
            && (when.data_classes.is_empty()
                || gain.data_class.as_ref().is_some_and(|class| when.data_classes.contains(class)))
    }
}
