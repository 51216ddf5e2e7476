//! A look at everybody: closely only at those who are not settled.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures_util::future::{join, join3};
use tenure_policy::{Evaluator, Grant, Identity, IdentityId};
use tenure_store::{Batch, Glance, Glimpse, Known, OutlookRecord, PageRequest, Whom, Write};

use super::outlook::Scope;
use super::settled::{fingerprint, glimpse};
use super::threads::{at_once, joined};
use super::{CHUNK, Planner};
use crate::world::load::{decode, identity_id};
use crate::{Engine, Result};

/// How many people are glanced at in one go.
const PAGE: usize = 8_000;
/// Fewer people than this are not worth a thread.
const LEAST: usize = 500;

/// What a glance at somebody told.
enum Told {
    /// Nothing is left to do, as when they were settled; when to look again, where that is new.
    Settled {
        next: Option<DateTime<Utc>>,
        news: Option<OutlookRecord>,
    },
    Close(String, Option<OutlookRecord>),
}

/// What everybody on a page is seen with.
struct Eye<'e> {
    engine: &'e Engine,
    now: DateTime<Utc>,
    basis: &'e str,
    grants: BTreeMap<String, Vec<Grant>>,
    marks: BTreeMap<String, u64>,
    owned: &'e BTreeMap<IdentityId, BTreeSet<IdentityId>>,
    /// To whom this plan links an account.
    linked: BTreeSet<String>,
}

impl Planner<'_> {
    /// Reads some people while those before them are evaluated.
    pub(super) async fn look_at_everybody(&mut self, scope: &Scope) -> Result<()> {
        let store = &self.engine.store;
        let mut page = store.glance(&PageRequest::first(PAGE)).await?;
        while let Some(last) = page.identities.last() {
            let next = PageRequest::after(last.id.clone(), PAGE);
            // What came of the page before is written down meanwhile.
            let quiet = note_quiet(self.engine, scope, std::mem::take(&mut self.quiet));
            let (read, noted, looked) = join3(store.glance(&next), quiet, self.look_at_page(page)).await;
            noted?;
            looked?;
            page = read?;
        }
        note_quiet(self.engine, scope, std::mem::take(&mut self.quiet)).await
    }

    async fn look_at_page(&mut self, page: Glance) -> Result<()> {
        let mut close = Vec::new();
        self.known.clear();
        for told in self.glance(page)? {
            match told {
                Told::Settled { next, news } => {
                    next.into_iter().for_each(|at| self.note_change_at(at));
                    self.quiet.extend(news);
                }
                Told::Close(id, outlook) => {
                    self.known.extend(outlook.map(|outlook| (id.clone(), outlook)));
                    close.push(id);
                }
            }
        }
        let (was_lively, before) = (self.lively, self.seen.len());
        let close = self.probe(close).await?;
        let store = &self.engine.store;
        let mut chunks = close.chunks(CHUNK).map(|chunk| Whom::These(chunk.to_vec()));
        let mut next = chunks.next();
        let mut known = match &next {
            Some(whom) => store.known_of(whom).await?,
            None => Known::default(),
        };
        while next.is_some() {
            next = chunks.next();
            let read = async {
                match &next {
                    Some(whom) => store.known_of(whom).await,
                    None => Ok(Known::default()),
                }
            };
            let (read, looked) = join(read, self.look_at_part(known)).await;
            looked?;
            known = read?;
        }
        if was_lively {
            self.lively = (self.seen.len() - before) * 2 > close.len();
        }
        Ok(())
    }

    /// Tells those apart who are settled.
    fn glance(&self, page: Glance) -> Result<Vec<Told>> {
        let Some(basis) = self.basis.as_deref().filter(|_| !self.options.closely) else {
            return Ok(page.identities.into_iter().map(|one| Told::Close(one.id, one.outlook)).collect());
        };
        let mut grants: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
        for record in page.grants {
            if record.revoked.is_none_or(|at| at > self.now) {
                grants.entry(record.identity).or_default().push(decode("grant", record.document)?);
            }
        }
        let eye = Eye {
            engine: self.engine,
            now: self.now,
            basis,
            grants,
            marks: page.marks.into_iter().collect(),
            owned: &self.owned,
            linked: self.new_links.keys().map(|(_, identity)| identity.to_string()).collect(),
        };
        eye.look(page.identities)
    }

    async fn look_at_part(&mut self, known: Known) -> Result<()> {
        self.world.forget_people();
        let ids = known.identities.iter().map(|record| identity_id(&record.id));
        let ids: Vec<IdentityId> = ids.collect::<Result<_>>()?;
        self.world.welcome(known, self.now)?;
        self.link_again(&ids).await?;
        self.evaluate(&ids).await
    }
}

/// Notes when those have to be looked at again of whom nothing came, where that is new.
pub(super) async fn note_quiet(engine: &Engine, scope: &Scope, quiet: Vec<OutlookRecord>) -> Result<()> {
    if scope.notes() && !quiet.is_empty() {
        let batch = Batch { conditions: Vec::new(), writes: quiet.into_iter().map(Write::Outlook).collect() };
        engine.store.commit(batch).await?;
    }
    Ok(())
}

impl Eye<'_> {
    /// Each of several threads reads and evaluates a part: nobody's answer follows from that of somebody else.
    fn look(&self, mut people: Vec<Glimpse>) -> Result<Vec<Told>> {
        let size = people.len().div_ceil(at_once()).max(LEAST);
        let mut parts = Vec::new();
        while people.len() > size {
            parts.push(people.split_off(people.len() - size));
        }
        let rest = std::thread::scope(|scope| {
            let others: Vec<_> = parts.into_iter().map(|part| scope.spawn(|| self.look_at(part))).collect();
            let first = self.look_at(people);
            let others = others.into_iter().rev().map(joined);
            std::iter::once(first).chain(others).collect::<Result<Vec<_>>>()
        })?;
        Ok(rest.into_iter().flatten().collect())
    }

    fn look_at(&self, people: Vec<Glimpse>) -> Result<Vec<Told>> {
        let mut evaluator = self.engine.policy.evaluator();
        let mut text = Vec::new();
        people.into_iter().map(|one| self.tell(one, &mut evaluator, &mut text)).collect()
    }

    fn tell(&self, one: Glimpse, evaluator: &mut Evaluator<'_>, text: &mut Vec<u8>) -> Result<Told> {
        let Some(outlook) = one.outlook.as_ref().filter(|outlook| self.may_be_settled(outlook)) else {
            return Ok(Told::Close(one.id, one.outlook));
        };
        let identity: Identity = one.document()?;
        if self.owned.contains_key(identity.id()) {
            return Ok(Told::Close(one.id, one.outlook));
        }
        let grants = self.grants.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let others = outlook.on.iter().map(|id| (id.as_str(), self.marks.get(id).copied()));
        let found = glimpse(evaluator, &identity, grants, self.now, self.basis, text);
        Ok(match found.filter(|_| outlook.settled.as_ref() == Some(&fingerprint(text, others))) {
            None => Told::Close(one.id, one.outlook),
            Some(found) => {
                let next = found.next_change_at;
                let news = (next != outlook.due).then(|| OutlookRecord { due: next, ..outlook.clone() });
                Told::Settled { next, news }
            }
        })
    }

    fn may_be_settled(&self, outlook: &OutlookRecord) -> bool {
        let linked = |id: &String| self.linked.contains(id);
        let now = !self.linked.is_empty() && (linked(&outlook.identity) || outlook.on.iter().any(linked));
        outlook.settled.is_some() && !now
    }
}
