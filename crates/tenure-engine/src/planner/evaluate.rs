//! Evaluates people and compares, one after the other: nobody's answer is kept longer than that.

use std::collections::BTreeSet;
use std::sync::Arc;

use tenure_policy::{Evaluation, Evaluator, Facts, Identity, IdentityId, TargetId};
use tenure_store::OutlookRecord;

use super::ask::Asked;
use super::{Planner, Seen};
use crate::Result;
use crate::plan::Verb;
use crate::world::{Names, Unknown};

/// What came of a look at somebody.
pub(super) enum Look {
    /// Nothing is to be looked at.
    Nobody,
    /// This has to be found out first.
    Ask(Unknown),
    /// Nothing is to be done, told or noted; when to look again and what they are settled with.
    Quiet,
    /// Something.
    Something,
}

/// What stopped a look at some people: nothing at the end, else what has to be found out first.
enum Stop {
    End,
    At(usize, Unknown),
}

impl Planner<'_> {
    /// Evaluates some people, who are known, and compares what should be with what is.
    pub(super) async fn evaluate(&mut self, people: &[IdentityId]) -> Result<()> {
        let mut rest = people;
        loop {
            match self.evaluate_known(rest) {
                Stop::End => break,
                Stop::At(at, unknown) => {
                    let people = unknown.identities.iter().cloned().collect::<Vec<_>>();
                    self.world.find_out(self.engine, self.now, unknown).await?;
                    self.link_again(&people).await?;
                    rest = rest.get(at..).unwrap_or_default();
                }
            }
        }
        self.note_facts(people);
        Ok(())
    }

    /// As far as everything that is asked for is known.
    fn evaluate_known(&mut self, people: &[IdentityId]) -> Stop {
        let mut evaluator = self.engine.policy.evaluator();
        for (at, id) in people.iter().enumerate() {
            if let Look::Ask(_) = self.look_at(&mut evaluator, id) {
                // What those after this one ask for is found out in the same go.
                return Stop::At(at, self.look_ahead(&mut evaluator, people.get(at..).unwrap_or_default()));
            }
        }
        Stop::End
    }

    /// Evaluates somebody and compares, as far as everything that is asked for is known.
    pub(super) fn look_at(&mut self, evaluator: &mut Evaluator<'_>, id: &IdentityId) -> Look {
        let identities = Arc::clone(&self.world.identities);
        let Some(identity) = identities.get(id).filter(|_| self.options.covers(id)) else {
            return Look::Nobody;
        };
        let ordered = self.options.as_ordered(identity);
        let identity: &Identity = &ordered;
        let (evaluation, unknown, about) = self.ask(evaluator, identity, &self.world.names);
        if !unknown.is_empty() {
            return Look::Ask(unknown);
        }
        let came = self.came();
        for reservation in &evaluation.reservations {
            self.world.names.reserve(reservation);
            self.reservations.push(reservation.clone());
            self.unsettled.insert(id.clone());
        }
        let before = self
            .known
            .remove(id.as_str())
            .unwrap_or_else(|| OutlookRecord { identity: id.to_string(), ..OutlookRecord::default() });
        let mut now = OutlookRecord {
            identity: id.to_string(),
            due: evaluation.next_change_at.filter(|at| *at > self.now),
            on: about.iter().map(ToString::to_string).collect(),
            marks: before.marks,
            settled: None,
        };
        self.compare(&evaluation);
        if came != self.came() || self.unsettled.contains(id) {
            self.seen.push(Seen { before, now });
            return Look::Something;
        }
        now.settled = self.settled_with(evaluator, identity, &evaluation, &now);
        self.quiet.extend(Some(now).filter(|now| before != *now));
        Look::Quiet
    }

    fn look_ahead(&self, evaluator: &mut Evaluator<'_>, people: &[IdentityId]) -> Unknown {
        let mut names = self.world.names.clone();
        let mut unknown = Unknown::default();
        for identity in people.iter().filter_map(|id| self.covered(id)) {
            let identity = self.options.as_ordered(identity);
            let (evaluation, more, _) = self.ask(evaluator, &identity, &names);
            unknown.identities.extend(more.identities);
            unknown.names.extend(more.names);
            evaluation.reservations.iter().for_each(|reservation| names.reserve(reservation));
        }
        unknown
    }

    fn covered(&self, id: &IdentityId) -> Option<&Identity> {
        self.world.identities.get(id).filter(|_| self.options.covers(id))
    }

    fn ask(
        &self,
        evaluator: &mut Evaluator<'_>,
        identity: &Identity,
        names: &Names,
    ) -> (Evaluation, Unknown, Vec<IdentityId>) {
        let id = identity.id();
        let held = self.world.held_grants(id);
        let accounts = self.world.held_accounts(id);
        let grants = self.world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
        let owned: Vec<IdentityId> = self.owned.get(id).into_iter().flatten().cloned().collect();
        let asked = Asked::new(&self.world, names);
        let facts = Facts::new(self.now)
            .with_grants(grants)
            .with_held(&held)
            .with_accounts(&accounts)
            .with_owned(&owned)
            .with_directory(&asked)
            .with_names(&asked);
        let evaluation = evaluator.evaluate(identity, &facts).to_evaluation();
        let (unknown, mut about) = asked.finish(&evaluation);
        about.extend(owned);
        (evaluation, unknown, about)
    }

    /// Notes what the plan goes by for those whom it has steps for, as long as it is known.
    fn note_facts(&mut self, people: &[IdentityId]) {
        let pointing = self.pending.iter().map(|pending| pending.identity().clone());
        let wanted: BTreeSet<IdentityId> = self.unsettled.iter().cloned().chain(pointing).collect();
        for id in people.iter().filter(|id| wanted.contains(*id)) {
            if self.world.identities.contains_key(id) {
                self.remember(id);
            }
        }
        if self.engine.target_options.values().all(|options| options.after.is_empty()) {
            return;
        }
        let new = self.steps.get(self.noted..).unwrap_or_default();
        let needed: Vec<(TargetId, IdentityId)> = new
            .iter()
            .filter(|step| step.verb == Verb::Create)
            .filter_map(|step| Some((step.target.clone(), step.identity.clone()?)))
            .collect();
        self.noted = self.steps.len();
        for (target, identity) in needed {
            for other in &self.engine.options(&target).after {
                let there = self.world.targets.get(other).is_some_and(|world| {
                    let link = world.links.get(&identity);
                    link.is_some_and(|link| world.accounts.contains_key(&link.account))
                });
                if there {
                    self.has.insert((other.clone(), identity.clone()));
                }
            }
        }
    }
}
