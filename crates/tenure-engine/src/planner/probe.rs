//! Finds those of whom nothing comes, several at a time.
//!
//! Each of several threads makes a plan of its own for a part of the people, by the same rules and from the same facts, and
//! throws it away. Whoever nothing came of in it has nothing coming in the whole plan either: nobody's answer follows from what
//! is done for somebody else, but for names that are given out and accounts that are linked in the same plan, and whoever gets
//! one of these is not quiet. Everybody else is looked at again in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::ScopedJoinHandle;

use chrono::{DateTime, Utc};
use futures_util::future::{join, try_join_all};
use futures_util::stream::{FuturesOrdered, StreamExt};
use tenure_policy::{Evaluator, IdentityId};
use tenure_store::{KnownTexts, OutlookRecord};

use super::evaluate::Look;
use super::pointed::Pointed;
use super::quick::Still;
use super::threads::{at_once, joined};
use super::{CHUNK, Planner};
use crate::plan::PlanOptions;
use crate::world::World;
use crate::world::load::identity_id;
use crate::{Engine, Result};

/// How many groups of people are read while one is looked at: what waits for the store is not what waits for a processor.
const AHEAD: usize = 2;

/// What everybody is looked at with.
pub(super) struct Probe<'p> {
    pub(super) engine: &'p Engine,
    pub(super) now: DateTime<Utc>,
    pub(super) options: &'p PlanOptions,
    pub(super) basis: Option<&'p String>,
    /// What targets can do.
    pub(super) world: &'p World,
    /// What is known of when to look at people.
    pub(super) outlooks: &'p BTreeMap<String, OutlookRecord>,
    /// To whom the plan links an account.
    pub(super) linked: &'p BTreeSet<String>,
}

/// A part of the people, with everything that is known of them.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) known: KnownTexts,
    /// Who of them is looked at; everybody, when absent. The others are known besides.
    pub(super) whom: Option<BTreeSet<IdentityId>>,
}

/// What was found out about a part of the people.
#[derive(Debug, Default)]
pub(super) struct Probed {
    /// When to look again at those of whom nothing came, where that is new.
    pub(super) quiet: Vec<OutlookRecord>,
    pub(super) next_change_at: Option<DateTime<Utc>>,
    /// Who has to be looked at in turn.
    pub(super) others: Vec<IdentityId>,
    /// Of whom nothing comes, if those have their accounts whom theirs point at.
    pub(super) leaning: Vec<Still>,
    /// What was known, in a build for tests.
    pub(super) known: Option<KnownTexts>,
    /// Who depends on somebody who is not known here, and on whom.
    pub(super) asking: Vec<IdentityId>,
    pub(super) asked: BTreeSet<IdentityId>,
}

impl Probe<'_> {
    /// Looks at several parts of the people, each with everything that is known of them and of those on whom they depend.
    pub(super) fn look(&self, parts: Vec<Part>) -> Result<Vec<Probed>> {
        let still = self.look_quickly(&parts);
        std::thread::scope(|scope| {
            let looks = parts.into_iter().zip(still).map(|(part, still)| {
                // A build for tests looks at everybody closely as well, and compares.
                let done = !cfg!(debug_assertions) && !still.is_empty() && still.iter().all(Option::is_some);
                match done {
                    true => Looked::Done(self.note_all(still)),
                    false => Looked::Under(scope.spawn(move || self.look_closely(&part, still))),
                }
            });
            let looks: Vec<Looked<'_>> = looks.collect();
            looks.into_iter().map(Looked::end).collect()
        })
    }

    fn note_all(&self, still: Vec<Option<Still>>) -> Probed {
        let mut probed = Probed::default();
        still.into_iter().flatten().for_each(|still| self.note_still(still, &mut probed));
        probed
    }

    /// Looks at those of a part whom a quick look left over.
    fn look_closely(&self, part: &Part, mut still: Vec<Option<Still>>) -> Result<Probed> {
        let mut evaluator = self.engine.policy.evaluator();
        let known = cfg!(debug_assertions).then(|| part.known.clone());
        let mut probed = Probed { known, ..Probed::default() };
        let mut planner = Planner::new(self.engine, self.world.sibling(), self.now, self.options);
        planner.basis = self.basis.cloned();
        let known = part.known.to_known()?;
        let people = known.identities.iter().map(|record| identity_id(&record.id));
        let people = people.collect::<Result<Vec<_>>>()?;
        planner.world.welcome(known, self.now)?;
        still.resize_with(people.len(), || None);
        for (id, still) in people.iter().zip(still) {
            if let Some(still) = still {
                let certain = still.leaning.is_none();
                debug_assert!(
                    !certain || self.confirms(&mut planner, &mut evaluator, id, &still.outlook),
                    "{still:?}"
                );
                self.note_still(still, &mut probed);
                continue;
            }
            if part.whom.as_ref().is_some_and(|whom| !whom.contains(id)) {
                continue;
            }
            if let Some(outlook) = self.outlooks.get(id.as_str()) {
                planner.known.insert(outlook.identity.clone(), outlook.clone());
            }
            match planner.look_at(&mut evaluator, id) {
                Look::Nobody => {}
                Look::Quiet if self.may_be_quiet(planner.quiet.last(), id) => {}
                Look::Ask(unknown) if unknown.names.is_empty() => {
                    probed.asking.push(id.clone());
                    probed.asked.extend(unknown.identities);
                }
                Look::Quiet => {
                    planner.quiet.pop_if(|last| last.identity == id.as_str());
                    probed.others.push(id.clone());
                }
                Look::Ask(_) | Look::Something => {
                    // What is given out to one is not known to the next.
                    planner.world.names.forget_given();
                    probed.others.push(id.clone());
                }
            }
        }
        probed.quiet.append(&mut planner.quiet);
        planner.next_change_at.into_iter().for_each(|at| probed.note_change_at(at));
        Ok(probed)
    }

    /// Notes those of whom nothing comes, as what was taken for true of others is; the rest ask for these others. A build
    /// for tests returns the former.
    fn settle(&self, probed: &mut Probed, pointed: &Pointed<'_>) -> Vec<(IdentityId, OutlookRecord)> {
        let mut right = Vec::new();
        for Still { mut outlook, next_change_at, leaning } in std::mem::take(&mut probed.leaning) {
            let Some(mut leaning) = leaning else { continue };
            let settled = pointed.settle(&mut leaning, &outlook.on);
            if let Some(settled) = settled.filter(|_| self.linked.is_disjoint(&outlook.on)) {
                outlook.settled = settled;
                if cfg!(debug_assertions) {
                    right.push((leaning.identity, outlook.clone()));
                }
                self.note_certain(outlook, next_change_at, probed);
                continue;
            }
            probed.asking.push(leaning.identity);
            probed.asked.extend(leaning.pointing.into_iter().map(|pointing| pointing.whom));
        }
        right
    }

    /// Whether the planner, who also knows those on whom they depend, finds what was found of some.
    fn confirms_all(
        &self,
        people: &KnownTexts,
        others: &KnownTexts,
        right: &[(IdentityId, OutlookRecord)],
    ) -> Result<bool> {
        let mut evaluator = self.engine.policy.evaluator();
        let mut planner = Planner::new(self.engine, self.world.sibling(), self.now, self.options);
        planner.basis = self.basis.cloned();
        let (mut people, others) = (people.to_known()?, others.to_known()?);
        // Somebody else may have written between the two.
        let later: BTreeSet<String> = others.identities.iter().map(|record| record.id.clone()).collect();
        people.identities.retain(|record| !later.contains(&record.id));
        people.links.retain(|link| !later.contains(&link.identity));
        people.names.retain(|name| !later.contains(&name.identity));
        people.grants.retain(|grant| !later.contains(&grant.identity));
        people.marks.retain(|(id, _)| !later.contains(id));
        planner.world.welcome(people, self.now)?;
        planner.world.welcome(others, self.now)?;
        let mut right = right.iter().filter(|(id, _)| !later.contains(id.as_str()));
        Ok(right.all(|(id, outlook)| self.confirms(&mut planner, &mut evaluator, id, outlook)))
    }

    /// Whether the planner finds what a quick look found.
    fn confirms(
        &self,
        planner: &mut Planner<'_>,
        evaluator: &mut Evaluator<'_>,
        id: &IdentityId,
        found: &OutlookRecord,
    ) -> bool {
        planner.known.extend(self.outlooks.get(id.as_str()).map(|outlook| (id.to_string(), outlook.clone())));
        let known = self.outlooks.get(id.as_str()).cloned();
        let look = planner.look_at(evaluator, id);
        let planned = planner.quiet.pop_if(|last| last.identity == id.as_str()).or(known);
        matches!(look, Look::Quiet) && planned.as_ref() == Some(found)
    }

    fn note_still(&self, still: Still, probed: &mut Probed) {
        if still.leaning.is_some() {
            return probed.leaning.push(still);
        }
        self.note_certain(still.outlook, still.next_change_at, probed);
    }

    fn note_certain(
        &self,
        outlook: OutlookRecord,
        next_change_at: Option<DateTime<Utc>>,
        probed: &mut Probed,
    ) {
        next_change_at.into_iter().for_each(|at| probed.note_change_at(at));
        if self.outlooks.get(&outlook.identity) != Some(&outlook) {
            probed.quiet.push(outlook);
        }
    }

    /// Whether neither somebody nor those on whom they depend get an account linked.
    fn may_be_quiet(&self, found: Option<&OutlookRecord>, id: &IdentityId) -> bool {
        if self.linked.is_empty() {
            return true;
        }
        let found = found.filter(|found| found.identity == id.as_str());
        let found = found.or_else(|| self.outlooks.get(id.as_str()));
        !found.is_some_and(|found| found.on.iter().any(|other| self.linked.contains(other)))
    }
}

/// A look at a part.
enum Looked<'s> {
    Done(Probed),
    Under(ScopedJoinHandle<'s, Result<Probed>>),
}

impl Looked<'_> {
    fn end(self) -> Result<Probed> {
        match self {
            Self::Done(probed) => Ok(probed),
            Self::Under(thread) => joined(thread),
        }
    }
}

impl Probed {
    fn note_change_at(&mut self, at: DateTime<Utc>) {
        self.next_change_at = Some(self.next_change_at.map_or(at, |known| known.min(at)));
    }
}

impl Planner<'_> {
    /// Leaves those over of whom something may come, in the order of their ids.
    pub(super) async fn probe(&mut self, people: Vec<String>) -> Result<Vec<String>> {
        let engine = self.engine;
        let linked: BTreeSet<String> =
            self.new_links.keys().map(|(_, identity)| identity.to_string()).collect();
        let (mut rest, people): (Vec<String>, Vec<String>) =
            people.into_iter().partition(|id| linked.contains(id) || self.is_special(id));
        let mut reads = FuturesOrdered::new();
        let (groups, mut known) = (people.chunks(CHUNK * at_once()), None);
        let mut later = groups.clone().skip(1);
        for group in groups {
            if self.lively {
                rest.extend_from_slice(group);
                continue;
            }
            let here = match known.take() {
                None => read(engine, group).await?,
                Some(known) => known,
            };
            let more = later.by_ref().take(AHEAD - reads.len());
            reads.extend(more.map(|group| read(engine, group)));
            let look = async { self.prober(&linked).look(here) };
            let (more, probed) = join(reads.next(), look).await;
            known = more.transpose()?;
            let before = rest.len();
            let mut asking = Vec::new();
            let mut probed = probed?;
            self.settle(&mut probed, &linked).await?;
            for probed in probed {
                let asked = probed.asked.iter().map(ToString::to_string);
                let ids: BTreeSet<String> =
                    probed.asking.iter().map(ToString::to_string).chain(asked).collect();
                if !probed.asking.is_empty() {
                    let ids: Vec<String> = ids.into_iter().collect();
                    let known = engine.store.known_texts(&ids).await?;
                    asking.push(Part { known, whom: Some(probed.asking.iter().cloned().collect()) });
                }
                rest.extend(self.note_probed(probed));
            }
            for probed in self.prober(&linked).look(asking)? {
                rest.extend(probed.asking.iter().map(ToString::to_string));
                rest.extend(self.note_probed(probed));
            }
            self.lively = (rest.len() - before) * 2 > group.len();
        }
        rest.sort_unstable();
        Ok(rest)
    }

    /// Finds out what was taken for true of those whom accounts point at.
    async fn settle(&self, probed: &mut [Probed], linked: &BTreeSet<String>) -> Result<()> {
        let store = &self.engine.store;
        let on = probed.iter().flat_map(|probed| &probed.leaning).flat_map(|still| &still.outlook.on);
        let on: BTreeSet<&String> = on.collect();
        if on.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = on.into_iter().cloned().collect();
        let known = store.known_texts(&ids).await?;
        let (prober, targets) = (self.prober(linked), self.world.targets.keys().collect::<Vec<_>>());
        let pointed = Pointed::read(&known, &targets);
        for probed in probed {
            let right = prober.settle(probed, &pointed);
            // As with those who ask for nobody, a build for tests looks closely as well, and compares.
            if let Some(people) = &probed.known {
                debug_assert!(prober.confirms_all(people, &known, &right)?, "{right:?}");
            }
        }
        Ok(())
    }

    fn prober<'p>(&'p self, linked: &'p BTreeSet<String>) -> Probe<'p> {
        Probe {
            engine: self.engine,
            now: self.now,
            options: self.options,
            basis: self.basis.as_ref(),
            world: &self.world,
            outlooks: &self.known,
            linked,
        }
    }

    /// Whether more is known of somebody than what is stored of them.
    fn is_special(&self, id: &str) -> bool {
        self.owned.contains_key(id)
            || self.unsettled.contains(id)
            || self.disputed.values().any(|disputed| disputed.contains(id))
    }

    fn note_probed(&mut self, probed: Probed) -> impl Iterator<Item = String> + use<> {
        probed.next_change_at.into_iter().for_each(|at| self.note_change_at(at));
        self.quiet.extend(probed.quiet);
        probed.others.into_iter().map(|id| id.to_string())
    }
}

/// Everything that is known of some people, part by part.
async fn read(engine: &Engine, people: &[String]) -> Result<Vec<Part>> {
    let parts = people
        .chunks(CHUNK)
        .map(|part| async move { Ok(Part { known: engine.store.known_texts(part).await?, whom: None }) });
    try_join_all(parts).await
}
