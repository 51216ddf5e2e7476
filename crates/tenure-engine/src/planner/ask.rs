use std::cell::RefCell;

use tenure_policy::{Directory, Evaluation, Identity, IdentityId, NameOwner, NameRegistry};

use crate::world::{Names, Unknown, World};

/// Answers the questions of the policy from what is known, and notes what is not known and whom it asked about.
pub(super) struct Asked<'a> {
    world: &'a World,
    names: &'a Names,
    unknown: RefCell<Unknown>,
    about: RefCell<Vec<IdentityId>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(world: &'a World, names: &'a Names) -> Self {
        Self { world, names, unknown: RefCell::default(), about: RefCell::default() }
    }

    /// What was not known, and whom an identity's answer follows from besides itself.
    pub(super) fn finish(self, evaluation: &Evaluation) -> (Unknown, Vec<IdentityId>) {
        let (mut unknown, mut about) = (self.unknown.into_inner(), self.about.into_inner());
        let pointed = evaluation.accounts.values().flat_map(|account| {
            let references = account.references.iter().filter_map(|reference| reference.identity.as_ref());
            references.chain(account.ladder.iter().filter_map(|rung| rung.recipient.as_ref()))
        });
        for identity in pointed {
            about.push(identity.clone());
            if !self.world.knows(identity) {
                unknown.identities.insert(identity.clone());
            }
        }
        about.sort();
        about.dedup();
        about.retain(|other| *other != evaluation.identity);
        (unknown, about)
    }
}

impl Directory for Asked<'_> {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.about.borrow_mut().push(id.clone());
        let found = self.world.identities.get(id);
        if found.is_none() && !self.world.knows(id) {
            self.unknown.borrow_mut().identities.insert(id.clone());
        }
        found
    }
}

impl NameRegistry for Asked<'_> {
    fn owner(&self, namespace: &str, key: &str) -> Option<NameOwner> {
        if !self.names.knows(namespace, key) {
            self.unknown.borrow_mut().names.insert((namespace.to_owned(), key.to_owned()));
        }
        self.names.owner(namespace, key)
    }

    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String> {
        if !self.world.knows(identity) {
            self.unknown.borrow_mut().identities.insert(identity.clone());
        }
        self.names.name_of(namespace, identity)
    }
}
