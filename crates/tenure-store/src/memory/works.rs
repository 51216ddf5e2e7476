use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::state::Pair;
use crate::{Claim, Result, Take, Ticket, WorkCount, WorkRecord, rules};

/// The queues of workers, in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Works {
    items: BTreeMap<i64, Item>,
    /// The number of a work by run and id.
    numbers: BTreeMap<Pair, i64>,
    /// Those that come after a work, by its run and id.
    dependants: BTreeMap<Pair, Vec<i64>>,
    /// Those that nothing but their group keeps out of their queue.
    ready: BTreeMap<String, BTreeSet<i64>>,
    /// Groups that have a work in a queue.
    busy: BTreeSet<String>,
    queues: BTreeMap<String, BTreeSet<i64>>,
}

#[derive(Debug, Clone)]
struct Item {
    work: WorkRecord,
    blockers: usize,
    stand: Stand,
}

#[derive(Debug, Clone)]
enum Stand {
    Waiting,
    Queued { visible: DateTime<Utc>, taken: u32 },
    Ended(String),
}

impl Works {
    pub(super) fn insert(&mut self, works: Vec<WorkRecord>) {
        let mut new = Vec::new();
        for work in works {
            let key = (work.run.clone(), work.id.clone());
            if self.numbers.contains_key(&key) {
                continue;
            }
            let number = self.items.last_key_value().map_or(0, |(last, _)| *last) + 1;
            self.numbers.insert(key, number);
            self.items.insert(number, Item { work, blockers: 0, stand: Stand::Waiting });
            new.push(number);
        }
        for number in new {
            let Some(item) = self.items.get(&number) else { continue };
            let open: Vec<Pair> = item
                .work
                .after
                .iter()
                .map(|before| (item.work.run.clone(), before.clone()))
                .filter(|before| self.outcome(before).is_none() && self.numbers.contains_key(before))
                .collect();
            let blockers = open.len();
            for before in open {
                self.dependants.entry(before).or_default().push(number);
            }
            if let Some(item) = self.items.get_mut(&number) {
                item.blockers = blockers;
            }
            if blockers == 0 {
                self.offer(number);
            }
        }
    }

    /// Fails when the ticket is void.
    pub(super) fn check(&self, ticket: &Ticket) -> Result<()> {
        match self.items.get(&ticket.message).map(|item| &item.stand) {
            Some(Stand::Queued { taken, .. }) if *taken == ticket.taken => Ok(()),
            _ => Err(rules::taken_over(ticket)),
        }
    }

    pub(super) fn end(&mut self, ticket: &Ticket, outcome: String) {
        let Some(item) = self.items.get_mut(&ticket.message) else { return };
        item.stand = Stand::Ended(outcome);
        let (group, queue) = (item.work.group.clone(), item.work.queue.clone());
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.remove(&ticket.message);
        }
        if let Some(group) = group {
            self.busy.remove(&group);
            self.next_of(&group);
        }
        let key = (ticket.run.clone(), ticket.work.clone());
        for next in self.dependants.remove(&key).unwrap_or_default() {
            let Some(item) = self.items.get_mut(&next) else { continue };
            item.blockers = item.blockers.saturating_sub(1);
            if item.blockers == 0 {
                self.offer(next);
            }
        }
    }

    pub(super) fn show_again(&mut self, ticket: &Ticket, at: DateTime<Utc>) {
        if let Some(Stand::Queued { visible, .. }) =
            self.items.get_mut(&ticket.message).map(|item| &mut item.stand)
        {
            *visible = at;
        }
    }

    pub(super) fn take(&mut self, ask: &Take) -> Vec<Claim> {
        let mut claims = Vec::new();
        for number in self.queues.get(&ask.queue).into_iter().flatten() {
            if claims.len() >= ask.limit {
                break;
            }
            let Some(Item { work, stand: Stand::Queued { visible, taken }, .. }) = self.items.get_mut(number)
            else {
                continue;
            };
            if *visible <= ask.now {
                *visible = ask.now + ask.lease;
                *taken += 1;
                let ticket = Ticket {
                    run: work.run.clone(),
                    work: work.id.clone(),
                    queue: work.queue.clone(),
                    message: *number,
                    taken: *taken,
                    stamp: 0,
                };
                claims.push(Claim { ticket, work: work.clone(), ended: BTreeMap::new() });
            }
        }
        for claim in &mut claims {
            let run = &claim.work.run;
            let ended = claim.work.after.iter().filter_map(|before| {
                Some((before.clone(), self.outcome(&(run.clone(), before.clone()))?.to_owned()))
            });
            claim.ended = ended.collect();
        }
        claims
    }

    pub(super) fn keep(&mut self, tickets: &[Ticket], now: DateTime<Utc>, lease: TimeDelta) -> Vec<Ticket> {
        let kept: Vec<Ticket> = tickets.iter().filter(|ticket| self.check(ticket).is_ok()).cloned().collect();
        for ticket in &kept {
            self.show_again(ticket, now + lease);
        }
        kept
    }

    pub(super) fn count(&self, run: &str) -> WorkCount {
        let mut count = WorkCount::default();
        for item in self.items.values().filter(|item| item.work.run == run) {
            match item.stand {
                Stand::Waiting => count.waiting += 1,
                Stand::Queued { .. } => count.queued += 1,
                Stand::Ended(_) => count.ended += 1,
            }
        }
        count
    }

    pub(super) fn ended(&self, run: &str) -> Vec<(String, String)> {
        let mut ended: Vec<_> = self
            .items
            .values()
            .filter(|item| item.work.run == run)
            .filter_map(|item| match &item.stand {
                Stand::Ended(outcome) => Some((item.work.id.clone(), outcome.clone())),
                _ => None,
            })
            .collect();
        ended.sort();
        ended
    }

    fn outcome(&self, key: &Pair) -> Option<&str> {
        match &self.items.get(self.numbers.get(key)?)?.stand {
            Stand::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    fn offer(&mut self, number: i64) {
        match self.items.get(&number).and_then(|item| item.work.group.clone()) {
            Some(group) => {
                self.ready.entry(group.clone()).or_default().insert(number);
                self.next_of(&group);
            }
            None => self.queue(number),
        }
    }

    fn next_of(&mut self, group: &str) {
        if self.busy.contains(group) {
            return;
        }
        if let Some(number) = self.ready.get_mut(group).and_then(BTreeSet::pop_first) {
            self.busy.insert(group.to_owned());
            self.queue(number);
        }
    }

    fn queue(&mut self, number: i64) {
        if let Some(item) = self.items.get_mut(&number) {
            item.stand = Stand::Queued { visible: DateTime::UNIX_EPOCH, taken: 0 };
            self.queues.entry(item.work.queue.clone()).or_default().insert(number);
        }
    }
}
