//! Whom accounts point at, a manager above all, and whether those have the accounts that are pointed at.
//!
//! A quick look at somebody does not know others. What it takes for true of them is found out afterwards, for many at once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{KnownTexts, PersonTexts, TextOf};

use super::settled::fingerprint;

/// An account that somebody's account points at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pointing {
    /// The target, by its place in their order.
    pub(super) at: usize,
    /// Whose it is said to be.
    pub(super) whom: IdentityId,
    pub(super) account: String,
}

/// What a quick look at somebody takes for true of others.
#[derive(Debug, PartialEq)]
pub(super) struct Leaning {
    /// Who was looked at.
    pub(super) identity: IdentityId,
    pub(super) pointing: Vec<Pointing>,
    /// What is wanted for them, if they are settled with that.
    pub(super) wanted: Option<Vec<u8>>,
}

/// What is known of those whom others point at.
#[derive(Debug)]
pub(super) struct Pointed<'a> {
    /// The live account, by whose it is and the place of the target.
    accounts: BTreeMap<(Cow<'a, str>, usize), Cow<'a, str>>,
    marks: BTreeMap<&'a str, u64>,
}

impl<'a> Pointed<'a> {
    pub(super) fn read(known: &'a KnownTexts, targets: &[&TargetId]) -> Self {
        let marks = known.marks.iter().map(|(id, marks)| (id.as_str(), *marks)).collect();
        let accounts = known.people().flat_map(|person| live(person, targets));
        Self { accounts: accounts.collect(), marks }
    }

    /// What somebody is settled with; nothing, where what was taken for true of others is not.
    pub(super) fn settle(&self, leaning: &mut Leaning, on: &BTreeSet<String>) -> Option<Option<String>> {
        let holds = |pointing: &Pointing| {
            let key = (Cow::Borrowed(pointing.whom.as_str()), pointing.at);
            self.accounts.get(&key).is_some_and(|account| *account == pointing.account)
        };
        let others = on.iter().map(|on| (on.as_str(), self.marks.get(on.as_str()).copied()));
        let settled = || leaning.wanted.as_mut().map(|wanted| fingerprint(wanted, others));
        leaning.pointing.iter().all(holds).then(settled)
    }
}

/// The accounts of somebody that are linked and there, one in a target at most. Of what cannot be read nothing is known.
fn live<'a>(
    person: PersonTexts<'a>,
    targets: &[&TargetId],
) -> impl Iterator<Item = ((Cow<'a, str>, usize), Cow<'a, str>)> {
    let accounts: BTreeSet<AccountRow<'a>> = person.read(TextOf::Account).flatten().collect();
    let links = person.read::<LinkRow<'a>>(TextOf::Link).flatten().filter(|link| link.deleted.is_none());
    links.filter_map(move |LinkRow { identity, target, account: id, .. }| {
        let at = targets.binary_search_by(|found| found.as_str().cmp(&target)).ok()?;
        let account = AccountRow { target, id };
        accounts.contains(&account).then_some(((identity, at), account.id))
    })
}

#[derive(Deserialize)]
struct LinkRow<'a> {
    #[serde(borrow)]
    identity: Cow<'a, str>,
    #[serde(borrow)]
    target: Cow<'a, str>,
    #[serde(borrow)]
    account: Cow<'a, str>,
    deleted: Option<IgnoredAny>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct AccountRow<'a> {
    #[serde(borrow)]
    target: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
}
