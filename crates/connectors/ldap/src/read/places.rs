use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher as _;

use tenure_connector::Result;

use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::session::{Search, Session};

/// Several places that a walk searches one after the other, while entries may move between them.
///
/// Whoever moves to a place that was searched already would be seen nowhere, so all but the last are searched once more
/// at the end, for those who were not seen; who moves the other way is seen twice and counts once.
#[derive(Debug)]
pub(super) struct Places {
    /// How many of the last searches are such second looks.
    second: usize,
    /// What is read of an entry that only a second look finds.
    attributes: Vec<String>,
    /// Who was seen: of each id 128 bits, as there may be millions.
    seen: HashSet<[u64; 2]>,
    hashers: [RandomState; 2],
}

/// The searches of some places. Those of people begin with the former ones, who are looked at twice, as they are fewer.
pub(super) fn searches(
    places: &[String],
    search: impl Fn(&str) -> Search,
    identity: &[String],
) -> (VecDeque<Search>, Option<Places>) {
    let second = places.len().saturating_sub(1);
    let first: Vec<Search> = places.iter().rev().map(|base| search(base)).collect();
    let known = (second > 0).then(|| Places {
        second,
        attributes: first.first().map(|search| search.attributes.clone()).unwrap_or_default(),
        seen: HashSet::new(),
        hashers: Default::default(),
    });
    let again =
        first.iter().take(second).map(|search| Search { attributes: identity.to_vec(), ..search.clone() });
    (first.iter().cloned().chain(again).collect(), known)
}

impl Places {
    /// Whether nobody with this id was seen before.
    fn is_new(&mut self, id: &str) -> bool {
        self.seen.insert(self.hashers.each_ref().map(|hasher| hasher.hash_one(id)))
    }
}

impl LdapConnector {
    /// Of a page of a search those who were not seen before, with all that is wanted of them. `left` is how many searches
    /// there are still, with this one.
    pub(super) async fn unseen(
        &self,
        session: &Session,
        places: &mut Places,
        (search, left): (&Search, usize),
        mut entries: Vec<Entry>,
    ) -> Result<Vec<Entry>> {
        entries.retain(|entry| self.model.id(entry).is_none_or(|id| places.is_new(&id)));
        if left > places.second {
            return Ok(entries);
        }
        let mut whole = Vec::with_capacity(entries.len());
        for entry in entries {
            let read = Search::entry(&entry.dn, &search.filter, places.attributes.clone());
            whole.extend(session.few(&read).await?);
        }
        Ok(whole)
    }
}
