//! Reads what a decision needs: those whom it is about, those who may decide, and nobody else.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{Condition, Identity, IdentityId};
use tenure_store::PageRequest;

use crate::{
    ApprovalRule, Approver, Campaign, Governance, GovernanceError, PlaybookAction, PlaybookSpec, Request,
    Result, ReviewSpec,
};

/// Whom to read.
#[derive(Debug, Default)]
pub(crate) struct Look<'a> {
    /// Those of whom it matters what they have.
    pub(crate) about: BTreeSet<IdentityId>,
    /// Those of whom it matters who they are. The administrators and owners of the rules are among them always.
    pub(crate) besides: BTreeSet<IdentityId>,
    /// Who decides, or is told.
    pub(crate) by: Vec<&'a Approver>,
}

impl<'a> Look<'a> {
    pub(crate) fn about(whom: impl IntoIterator<Item = IdentityId>) -> Self {
        Self { about: whom.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn besides<'i>(mut self, whom: impl IntoIterator<Item = &'i IdentityId>) -> Self {
        self.besides.extend(whom.into_iter().cloned());
        self
    }

    /// Also those who may decide about a request.
    pub(crate) fn deciding(mut self, request: &'a Request) -> Self {
        self.by.extend(request.stages.iter().flat_map(|stage| of_rule(&stage.rule)));
        self.besides([&request.asked.by, &request.asked.subject])
    }

    /// Also those who review in a campaign.
    pub(crate) fn reviewing(mut self, campaign: &'a Campaign) -> Self {
        let ReviewSpec { by, escalate, .. } = &campaign.review;
        self.by.extend(by.iter().chain(escalate.iter().flat_map(|escalation| &escalation.to)));
        self
    }

    /// Also those who do the tasks of a playbook, or are told by it.
    pub(crate) fn working(mut self, playbook: &'a PlaybookSpec) -> Self {
        self.by.extend(playbook.steps.iter().flat_map(|step| match &step.does {
            PlaybookAction::Task { to, .. } | PlaybookAction::Notify { to, .. } => to.as_slice(),
            _ => &[],
        }));
        self
    }
}

fn of_rule(rule: &ApprovalRule) -> impl Iterator<Item = &Approver> {
    rule.by.iter().chain(rule.escalate.iter().flat_map(|escalation| &escalation.to))
}

impl Governance {
    pub(crate) async fn look(&self, look: Look<'_>, now: DateTime<Utc>) -> Result<Census> {
        let document = self.rules.document();
        let Look { about, mut besides, by } = look;
        besides.extend(document.administrators.iter().chain(document.owners.values().flatten()).cloned());
        let mut conditions = Vec::new();
        for approver in by {
            match approver {
                Approver::People(people) => besides.extend(people.iter().cloned()),
                Approver::Where(condition) if !conditions.contains(&condition) => conditions.push(condition),
                _ => {}
            }
        }
        if !conditions.is_empty() {
            besides.extend(self.of_whom(&conditions, now).await?);
        }
        Ok(self.engine.census_of(about, besides, now).await?)
    }

    /// Everybody of whom one of some conditions of the rules holds.
    pub(crate) async fn of_whom(
        &self,
        conditions: &[&Condition],
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<IdentityId>> {
        let policy = self.engine.policy(now)?;
        let selectors: Vec<_> =
            conditions.iter().filter_map(|condition| self.rules.selector_under(condition, policy)).collect();
        let mut found = BTreeSet::new();
        if selectors.is_empty() {
            return Ok(found);
        }
        self.each_identity(|identity| {
            if selectors.iter().any(|selector| selector.holds(identity, now)) {
                found.insert(identity.id().clone());
            }
        })
        .await?;
        Ok(found)
    }

    /// Reads everybody once, page by page, and keeps nobody.
    pub(crate) async fn each_identity(&self, mut see: impl FnMut(&Identity) + Send) -> Result<()> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.store().identities(&page).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(()) };
            page = PageRequest::after(last.id.clone(), PAGE);
            for record in records {
                let identity: Identity = serde_json::from_value(record.document)
                    .map_err(|error| GovernanceError::corrupt("identity", &error))?;
                see(&identity);
            }
        }
    }
}

const PAGE: usize = 1_000;
