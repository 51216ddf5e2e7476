//! Names that no standard schema has, or that are spelled in another case.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::known;
use crate::name::fold;

/// A name as a number: below [`known::COUNT`] a standard name in its standard spelling, above it a name of the resource.
pub(crate) type Key = u32;

/// The names of one resource beyond the standard ones.
#[derive(Debug, Default, Clone)]
pub(super) struct Names {
    entries: Vec<Entry>,
    text: String,
    /// Only for many names; a scan is faster for few.
    lookup: Option<Box<Lookup>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    end: u32,
    /// The key that all spellings of the name share.
    canon: Key,
}

#[derive(Debug, Default, Clone)]
struct Lookup {
    hasher: RandomState,
    /// From the hash of the folded name to the first entry; equal hashes are probed upwards.
    first: HashMap<u64, Key>,
}

const SCAN: usize = 24;

impl Names {
    pub(super) fn any(&self) -> bool {
        !self.entries.is_empty()
    }

    pub(super) fn text(&self, key: Key) -> &str {
        self.entry(key).and_then(|e| self.text.get(e.start as usize..e.end as usize)).unwrap_or_default()
    }

    pub(super) fn canon(&self, key: Key) -> Key {
        self.entry(key).map_or(key, |e| e.canon)
    }

    /// The shared key of a name that is not standard, if the resource has it.
    pub(super) fn find(&self, name: &str) -> Option<Key> {
        match &self.lookup {
            None => self.scan(|text| text.eq_ignore_ascii_case(name)).map(|key| self.canon(key)),
            Some(lookup) => lookup.find(name, |key| self.text(key)),
        }
    }

    /// The key of a name; a new one when the name was not there in this spelling.
    pub(super) fn intern(&mut self, name: &str) -> Key {
        let standard = known::find(name).map(|k| k.key);
        if (standard.is_some() || self.lookup.is_none())
            && let Some(key) = self.scan(|text| text == name)
        {
            return key;
        }
        let canon = standard.or_else(|| self.find(name));
        if let Some(key) = canon.filter(|key| self.text(*key) == name) {
            return key;
        }
        self.add(name, canon)
    }

    fn add(&mut self, name: &str, canon: Option<Key>) -> Key {
        let key = key_of(self.entries.len());
        let start = super::index_u32(self.text.len());
        self.text.push_str(name);
        let end = super::index_u32(self.text.len());
        self.entries.push(Entry { start, end, canon: canon.unwrap_or(key) });
        if canon.is_none() {
            if let Some(lookup) = &mut self.lookup {
                lookup.add(name, key);
            } else if self.entries.len() > SCAN {
                let mut lookup = Box::<Lookup>::default();
                for at in 0..self.entries.len() {
                    let key = key_of(at);
                    if self.canon(key) == key {
                        lookup.add(self.text(key), key);
                    }
                }
                self.lookup = Some(lookup);
            }
        }
        key
    }

    fn scan(&self, is: impl Fn(&str) -> bool) -> Option<Key> {
        let found = self
            .entries
            .iter()
            .take(SCAN * 2)
            .position(|e| self.text.get(e.start as usize..e.end as usize).is_some_and(&is));
        found.map(key_of)
    }

    fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.get(key.checked_sub(known::COUNT)? as usize)
    }
}

impl Lookup {
    fn hash(&self, name: &str) -> u64 {
        let mut state = self.hasher.build_hasher();
        fold::hash(name, &mut state);
        std::hash::Hasher::finish(&state)
    }

    fn add(&mut self, name: &str, key: Key) {
        let mut hash = self.hash(name);
        while self.first.contains_key(&hash) {
            hash = hash.wrapping_add(1);
        }
        self.first.insert(hash, key);
    }

    fn find<'a>(&self, name: &str, text: impl Fn(Key) -> &'a str) -> Option<Key> {
        let mut hash = self.hash(name);
        loop {
            let key = *self.first.get(&hash)?;
            if text(key).eq_ignore_ascii_case(name) {
                return Some(key);
            }
            hash = hash.wrapping_add(1);
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "2^28 names and their hashes take more than 10 GiB, which parsing refuses"
)]
fn key_of(position: usize) -> Key {
    u32::try_from(position)
        .ok()
        .and_then(|p| p.checked_add(known::COUNT))
        .filter(|key| *key < 1 << 28)
        .expect("fewer than 2^28 names")
}
