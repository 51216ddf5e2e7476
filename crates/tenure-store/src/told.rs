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
    /// Whether the end of the audit chain moves, so that whoever compared before notes nothing.
    audited: bool,
}

/// What becomes of one account's.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Set, or forgotten; nothing, when it stays.
    object: Option<Option<Print>>,
    forgets_held: bool,
    held: Vec<ToldHeld>,
    audit: Option<u64>,
    /// How often what is stored was written when it was compared; of several comparisons the first.
    marks: Option<u64>,
    /// Whether several comparisons contradict each other in that.
    torn: bool,
    /// What stays when nothing may be noted.
    forgets_object: bool,
    /// Whether what is stored of what it holds is written.
    writes_held: bool,
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
                change.write_held();
            }
            // What an account holds is kept with whose it is.
            Write::Link(record) => self.change(&record.target, &record.account).write_held(),
            Write::Held { held, .. } | Write::Lost { held, .. } => {
                self.change(&held.target, &held.account).write_held();
            }
            Write::Told(record) => {
                self.notes = true;
                self.change(&record.target, &record.account).learn(record);
            }
            Write::Audit(_) => self.audited = true,
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

    /// What is known of each account afterwards, by what was known before, where the audit chain ends here.
    pub(crate) fn into_changes(
        self,
        audit: u64,
    ) -> impl Iterator<Item = ((&'w str, &'w str), impl FnOnce(Told) -> Told)> {
        let audited = self.audited;
        self.changes
            .into_iter()
            .map(move |(account, change)| (account, move |known| change.applied_to(known, audit, audited)))
    }
}

impl Change {
    fn forget_object(&mut self) {
        self.object = Some(None);
        self.forgets_object = true;
    }

    fn write_held(&mut self) {
        self.writes_held = true;
        self.forget_held();
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
        self.torn |= *self.marks.get_or_insert(record.marks) != record.marks;
    }

    fn applied_to(self, known: Told, audit: u64, audited: bool) -> Told {
        let notes = self.audit.is_none_or(|read| read == audit)
            && self.marks.is_none_or(|read| read == known.marks)
            && !self.torn;
        let object = match self.object {
            Some(set) if notes => set,
            Some(_) if self.forgets_object => None,
            _ => known.object,
        };
        let mut held = if self.forgets_held { Vec::new() } else { known.held };
        if notes {
            held.extend(self.held);
        }
        let writes = self.forgets_object || self.writes_held;
        let marks = match audited {
            // Nobody who compared before is heard any more: nothing has to be kept for them.
            true if object.is_none() && held.is_empty() => 0,
            true => known.marks,
            false => known.marks + u64::from(writes),
        };
        Told { object, held, marks }
    }
}
