//! What becomes of what is known of what targets told: it is forgotten with every write that it may not agree with any more.

use std::collections::BTreeMap;

use crate::record::{Print, Told, ToldHeld};
use crate::{ToldRecord, Write};

/// What becomes of it, by target and account.
#[derive(Debug, Default)]
pub(crate) struct Retold<'w> {
    changes: BTreeMap<(&'w str, &'w str), Change>,
    /// Whether anything is noted, which depends on the end of the audit chain.
    pub(crate) notes: bool,
}

/// What becomes of one account's.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Set, or forgotten; nothing, when it stays.
    object: Option<Option<Print>>,
    forgets_held: bool,
    held: Vec<ToldHeld>,
    audit: Option<u64>,
    /// What stays when nothing may be noted.
    forgets_object: bool,
}

impl<'w> Retold<'w> {
    pub(crate) fn by(writes: impl IntoIterator<Item = &'w Write>) -> Self {
        let mut retold = Self::default();
        writes.into_iter().for_each(|write| retold.note(write));
        retold
    }

    pub(crate) fn note(&mut self, write: &'w Write) {
        match write {
            Write::Account(record) => self.change(&record.target, &record.id).forget_object(),
            Write::ForgetAccount { target, account } => {
                let change = self.change(target, account);
                change.forget_object();
                change.forget_held();
            }
            // What an account holds is kept with whose it is.
            Write::Link(record) => self.change(&record.target, &record.account).forget_held(),
            Write::Held { held, .. } | Write::Lost { held, .. } => {
                self.change(&held.target, &held.account).forget_held();
            }
            Write::Told(record) => {
                self.notes = true;
                self.change(&record.target, &record.account).learn(record);
            }
            _ => {}
        }
    }

    fn change(&mut self, target: &'w str, account: &'w str) -> &mut Change {
        self.changes.entry((target, account)).or_default()
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&'w str, &'w str)> {
        self.changes.keys().copied()
    }

    pub(crate) fn into_changes(self) -> impl Iterator<Item = ((&'w str, &'w str), Change)> {
        self.changes.into_iter()
    }
}

impl Change {
    fn forget_object(&mut self) {
        self.object = Some(None);
        self.forgets_object = true;
    }

    fn forget_held(&mut self) {
        self.forgets_held = true;
        self.held.clear();
    }

    fn learn(&mut self, record: &ToldRecord) {
        if let Some(print) = record.object {
            self.object = Some(Some(print));
        }
        if !record.adds && !record.held.is_empty() {
            self.forget_held();
        }
        self.held.extend(&record.held);
        // The oldest of several looks is the one that may know least.
        self.audit = Some(self.audit.map_or(record.audit, |known| known.min(record.audit)));
    }

    /// What is known afterwards, where the audit chain ends here.
    pub(crate) fn applied_to(self, known: Told, audit: u64) -> Told {
        let notes = self.audit.is_none_or(|read| read == audit);
        let object = match self.object {
            Some(set) if notes => set,
            Some(_) if self.forgets_object => None,
            _ => known.object,
        };
        let mut held = if self.forgets_held { Vec::new() } else { known.held };
        if notes {
            held.extend(self.held);
        }
        Told { object, held }
    }
}
