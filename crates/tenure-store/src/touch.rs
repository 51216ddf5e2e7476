//! Whom writes are about: what was known of them to be settled is known no more.

use std::collections::BTreeSet;

use crate::Write;

/// Those whom writes are about, and the accounts whose owners they are about.
#[derive(Debug, Default)]
pub(crate) struct Touched<'w> {
    pub(crate) identities: BTreeSet<&'w str>,
    /// By target and account.
    pub(crate) accounts: BTreeSet<(&'w str, &'w str)>,
    links: BTreeSet<(&'w str, &'w str)>,
}

impl<'w> Touched<'w> {
    pub(crate) fn by(writes: impl IntoIterator<Item = &'w Write>) -> Self {
        let mut touched = Self::default();
        writes.into_iter().for_each(|write| touched.note(write));
        touched.without_linked()
    }

    /// Leaves out the accounts whose owners are known from links among the writes.
    pub(crate) fn without_linked(mut self) -> Self {
        let Self { accounts, links, .. } = &mut self;
        accounts.retain(|account| !links.contains(account));
        self
    }

    pub(crate) fn note(&mut self, write: &'w Write) {
        match write {
            Write::Identity(record) => drop(self.identities.insert(&record.id)),
            Write::Account(record) => drop(self.accounts.insert((&record.target, &record.id))),
            Write::ForgetAccount { target, account } => drop(self.accounts.insert((target, account))),
            Write::Link(record) => {
                self.identities.insert(&record.identity);
                self.links.insert((&record.target, &record.account));
            }
            Write::Grant(record) => drop(self.identities.insert(&record.identity)),
            Write::Held { held, .. } | Write::Lost { held, .. } => match &held.identity {
                Some(identity) => drop(self.identities.insert(identity)),
                None => drop(self.accounts.insert((&held.target, &held.account))),
            },
            Write::Name(record) => drop(self.identities.insert(&record.identity)),
            _ => {}
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.identities.is_empty() && self.accounts.is_empty()
    }
}
