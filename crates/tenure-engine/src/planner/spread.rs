//! Spreads quick looks over several threads: each takes a few people as soon as it has done with those before, so that none waits
//! long for the others.

use std::sync::atomic::{AtomicUsize, Ordering};

use tenure_store::PersonTexts;

use super::probe::{Part, Probe};
use super::quick::{Quick, Still};
use super::threads::{at_once, joined};

/// How many people a thread takes at once.
const PIECE: usize = 32;

impl Probe<'_> {
    /// Of everybody in each part what is known, where certainly nothing comes of them. Nothing of a part that cannot be looked at
    /// quickly.
    pub(super) fn look_quickly(&self, parts: &[Part]) -> Vec<Vec<Option<Still>>> {
        let mut found: Vec<Vec<Option<Still>>> = parts.iter().map(|_| Vec::new()).collect();
        let Some(first) = Quick::new(self) else { return found };
        let people: Vec<Vec<PersonTexts<'_>>> =
            parts.iter().map(|part| part.known.people().filter(|_| part.whom.is_none()).collect()).collect();
        let pieces: Vec<(usize, &[PersonTexts<'_>])> = people
            .iter()
            .enumerate()
            .flat_map(|(part, people)| people.chunks(PIECE).map(move |piece| (part, piece)))
            .collect();
        let next = AtomicUsize::new(0);
        let look = |mut quick: Quick<'_>| {
            let mut evaluator = self.engine.policy.evaluator();
            let mut looked = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some((_, piece)) = pieces.get(number) else { return looked };
                let still = piece.iter().map(|person| quick.look(&mut evaluator, *person));
                looked.push((number, still.collect::<Vec<_>>()));
            }
        };
        let mut looked = std::thread::scope(|scope| {
            let others = (1..at_once().min(pieces.len())).filter_map(|_| Quick::new(self));
            let others: Vec<_> = others.map(|quick| scope.spawn(|| look(quick))).collect();
            let mut looked = look(first);
            others.into_iter().for_each(|other| looked.extend(joined(other)));
            looked
        });
        looked.sort_unstable_by_key(|(number, _)| *number);
        for ((part, _), (_, still)) in pieces.iter().zip(looked) {
            if let Some(found) = found.get_mut(*part) {
                found.extend(still);
            }
        }
        found
    }
}
