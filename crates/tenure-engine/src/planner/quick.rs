//! A quick look at somebody of whom nothing is expected: whether everything that is stored of them is as it should be.
//!
//! It goes by the same rules as the planner and builds nothing of a plan: rows are borrowed from their texts, and what is held is
//! compared as sorted numbers. It says "nothing comes of this one" only where that is certain, or hangs on nothing but that those
//! whom accounts point at have the accounts that they are said to have (`pointed`). Whoever asks for somebody else in another
//! way, has something on its way out, or differs in anything is left to the planner, which begins anew.

use std::cell::Cell;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_policy::{
    Apply, Desired, Directory, EntitlementKey, Evaluator, Facts, Grant, Identity, IdentityId, MappedAccount,
    MappedAttribute, Mode, NameOwner, NameRegistry, Outcome, TargetId, Way,
};
use tenure_scim::{AttrPath, Resource};
use tenure_store::{GrantRecord, NameState, OutlookRecord, PersonTexts, TextOf};

use super::Protection;
use super::pointed::{Leaning, Pointing};
use super::probe::Probe;
use super::references::value_path;
use super::rows::{AccountRow, HeldRow, IdentityRow, LinkRow, NameRow, Pairs, Plain, Word};
use super::settled::{fingerprint, glimpsed};
use crate::reconcile::{Holdings, Interned, compare};
use crate::world::TargetWorld;

/// Looks at people, one after the other.
pub(super) struct Quick<'p> {
    probe: &'p Probe<'p>,
    targets: Vec<(&'p TargetId, &'p TargetWorld, Mode)>,
    protection: Protection<'p>,
    names: Interned,
    /// What targets call what the policy names.
    keys: HashMap<EntitlementKey, u32>,
    desired: Holdings,
    held: Holdings,
    text: OriginText,
    /// What is wanted for somebody, written down.
    glimpse: Vec<u8>,
}

/// Nothing comes of somebody; what is known of when to look at them again.
#[derive(Debug, PartialEq)]
pub(super) struct Still {
    pub(super) outlook: OutlookRecord,
    pub(super) next_change_at: Option<DateTime<Utc>>,
    /// What has to be true of others for that.
    pub(super) leaning: Option<Leaning>,
}

/// An origin as it is stored: its JSON, as a text inside of JSON.
#[derive(Default)]
struct OriginText {
    json: Vec<u8>,
    stored: Vec<u8>,
}

/// An account with what it holds.
struct Seen<'a> {
    link: LinkRow<'a>,
    account: AccountRow<'a>,
    /// In the order of its numbers.
    held: Vec<(u32, HeldRow<'a>)>,
}

impl<'p> Quick<'p> {
    /// Nothing, when the plan is not for everything that is known.
    pub(super) fn new(probe: &'p Probe<'p>) -> Option<Self> {
        let options = probe.options;
        let plain = options.orders.is_empty() && options.targets.is_none() && options.identities.is_none();
        if !plain || probe.world.targets.values().any(|world| world.unread.is_some()) {
            return None;
        }
        let policy = &probe.engine.policy;
        let mode = |target| policy.target(target).map_or(Mode::Observe, |found| found.mode.of("account"));
        let targets = probe.world.targets.iter().map(|(target, world)| (target, world, mode(target)));
        Some(Self {
            probe,
            targets: targets.collect(),
            protection: Protection::new(policy),
            names: Interned::default(),
            keys: HashMap::new(),
            desired: Holdings::default(),
            held: Holdings::default(),
            text: OriginText::default(),
            glimpse: Vec::new(),
        })
    }

    /// What is known of somebody of whom certainly nothing comes.
    pub(super) fn look(&mut self, evaluator: &mut Evaluator<'_>, person: PersonTexts<'_>) -> Option<Still> {
        let row: IdentityRow<'_> = person.read(TextOf::Identity).next()?.ok()?;
        let (identity, now) = (row.document, self.probe.now);
        let id = identity.as_person()?.id.clone();
        if id.as_str() != row.id || self.protection.covers_identity(&id) {
            return None;
        }
        let names: Vec<NameRow<'_>> = person.read(TextOf::Name).collect::<Result<_, _>>().ok()?;
        if names.iter().any(|name| matches!(name.state, NameState::Reserved { .. })) {
            return None;
        }
        let grants = grants(person, now)?;
        let own = Own { id: &id, names: &names, asked: Cell::new(false), heard: Cell::new(false) };
        let facts = Facts::new(now).with_grants(&grants).with_directory(&own).with_names(&own);
        let outcome = evaluator.evaluate(&identity, &facts);
        if !outcome.violations().is_empty() {
            return None;
        }
        let found = self.probe.basis.and_then(|basis| glimpsed(&outcome, now, basis, &mut self.glimpse));
        let glimpsed = found.is_some() && !own.heard.get();
        let seen = self.seen(person)?;
        let (mut right, mut wanted, mut pointing) = (true, 0, Vec::new());
        let plain = outcome.mapped(|desired| {
            if let Some(at) = self.place(desired.target.as_str()) {
                let account = seen.get(at).and_then(Option::as_ref);
                right = right
                    && account.is_some_and(|seen| self.is_right(at, &desired, seen, &id, &mut pointing));
                wanted += 1;
            }
        });
        // Nothing is left over that nobody wants.
        right = right && plain && wanted == seen.iter().flatten().count() && !own.asked.get();
        if !right || !self.holdings_are_right(&outcome, &seen) {
            return None;
        }
        Some(self.still(&outcome, glimpsed, pointing))
    }

    /// The live accounts that are there, in the order of the targets.
    fn seen<'a>(&mut self, person: PersonTexts<'a>) -> Option<Vec<Option<Seen<'a>>>> {
        let mut found: Vec<Option<Seen<'a>>> =
            std::iter::repeat_with(|| None).take(self.targets.len()).collect();
        let mut accounts: Vec<AccountRow<'a>> =
            person.read(TextOf::Account).collect::<Result<_, _>>().ok()?;
        for link in person.read::<LinkRow<'a>>(TextOf::Link) {
            let link = link.ok()?;
            let Some(at) = self.place(&link.target) else { continue };
            if link.deleted.is_some() {
                continue;
            }
            let of = |account: &AccountRow<'a>| account.target == link.target && account.id == link.account;
            let account = accounts.swap_remove(accounts.iter().position(of)?);
            let place = found.get_mut(at)?;
            if place.is_some() {
                return None;
            }
            *place = Some(Seen { link, account, held: Vec::new() });
        }
        for held in person.read::<HeldRow<'a>>(TextOf::Held) {
            let held = held.ok()?;
            let Some(at) = self.place(&held.target) else { continue };
            let number = self.names.number(&[&held.target, &held.kind, &held.value]);
            let seen = found.get_mut(at)?.as_mut().filter(|seen| seen.link.account == held.account)?;
            seen.held.push((number, held));
        }
        found.iter_mut().flatten().for_each(|seen| seen.held.sort_unstable_by_key(|(number, _)| *number));
        Some(found)
    }

    fn place(&self, target: &str) -> Option<usize> {
        self.targets.binary_search_by(|(found, ..)| found.as_str().cmp(target)).ok()
    }

    /// Whether an account is as it should be, if others have those that they are said to have.
    fn is_right(
        &self,
        at: usize,
        desired: &MappedAccount<'_>,
        seen: &Seen<'_>,
        id: &IdentityId,
        pointing: &mut Vec<Pointing>,
    ) -> bool {
        let Some((target, _, mode)) = self.targets.get(at) else { return false };
        let account = &seen.account.resource;
        *mode != Mode::Observe
            && seen.link.unwanted.is_none()
            && !self.protection.covers_account(target, account)
            && is_active(account) == desired.enabled
            && attributes_are_right(account, desired.attributes.iter().map(Writes::from), &seen.link.written)
            && desired.references.iter().all(|reference| match reference.identity {
                None => account.get(reference.to).is_none(),
                Some(whom) if whom == id => false,
                Some(whom) => {
                    let there = account.get(&value_path(reference.to));
                    let there = there.and_then(|value| value.as_str().map(str::to_owned));
                    let known = there.is_some();
                    pointing.extend(there.map(|account| Pointing { at, whom: whom.clone(), account }));
                    known
                }
            })
    }

    /// Whether everybody's accounts hold what they should, for the reasons for which they should.
    fn holdings_are_right(&mut self, outcome: &Outcome<'_>, seen: &[Option<Seen<'_>>]) -> bool {
        let mut wanted: Vec<(usize, u32, Desired<'_>)> = Vec::with_capacity(outcome.len());
        for desired in outcome.entitlements() {
            let key = desired.key();
            let Some(at) = self.place(key.target.as_str()).filter(|_| !key.is_account()) else { continue };
            let Some(number) = self.number(at, key) else { return false };
            wanted.push((at, number, desired));
        }
        wanted.sort_unstable_by_key(|(at, number, _)| (*at, *number));
        self.desired.clear();
        self.held.clear();
        for list in wanted.chunk_by(|(at, ..), (other, ..)| at == other) {
            let at = list.first().map_or(0, |(at, ..)| *at);
            self.desired.push(at as u64, list.iter().map(|(_, number, _)| *number));
        }
        for (at, seen) in seen.iter().enumerate() {
            if let Some(seen) = seen.as_ref().filter(|seen| !seen.held.is_empty()) {
                self.held.push(at as u64, seen.held.iter().map(|(number, _)| *number));
            }
        }
        let mut same = true;
        compare(&self.desired, &self.held, |_| same = false);
        if !same {
            return false;
        }
        let held = seen.iter().flatten().flat_map(|seen| &seen.held);
        let text = &mut self.text;
        wanted.iter().zip(held).all(|((.., desired), (_, held))| is_held_for(held, desired, text))
    }

    /// The number of what a target calls what the policy names.
    fn number(&mut self, at: usize, key: &EntitlementKey) -> Option<u32> {
        if let Some(known) = self.keys.get(key) {
            return Some(*known);
        }
        let (target, world, _) = self.targets.get(at)?;
        let found = world.entitlement(key);
        let number = self.names.number(&[target.as_str(), &found.kind, &found.id]);
        self.keys.insert(key.clone(), number);
        Some(number)
    }

    /// With what was found where a glimpse would find the same.
    fn still(&mut self, outcome: &Outcome<'_>, glimpsed: bool, pointing: Vec<Pointing>) -> Still {
        let next_change_at = outcome.next_change_at().filter(|at| *at > self.probe.now);
        let identity = outcome.identity().id();
        let mut outlook = OutlookRecord {
            identity: identity.to_string(),
            due: next_change_at,
            on: pointing.iter().map(|pointing| pointing.whom.to_string()).collect(),
            marks: self.probe.outlooks.get(identity.as_str()).map_or(0, |before| before.marks),
            settled: None,
        };
        if pointing.is_empty() {
            outlook.settled = glimpsed.then(|| fingerprint(&mut self.glimpse, std::iter::empty()));
            return Still { outlook, next_change_at, leaning: None };
        }
        let wanted = glimpsed.then(|| self.glimpse.clone());
        let leaning = Some(Leaning { identity: identity.clone(), pointing, wanted });
        Still { outlook, next_change_at, leaning }
    }
}

/// The grants that were not taken back. Nothing, when how long one is given follows from since when it is held.
fn grants(person: PersonTexts<'_>, now: DateTime<Utc>) -> Option<Vec<Grant>> {
    let mut grants = Vec::new();
    for record in person.read::<GrantRecord>(TextOf::Grant) {
        let record = record.ok()?;
        if record.revoked.is_none_or(|at| at > now) {
            let grant: Grant = serde_json::from_value(record.document).ok()?;
            grant.from?;
            grants.push((record.id, grant));
        }
    }
    grants.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(grants.into_iter().map(|(_, grant)| grant).collect())
}

fn is_active(account: &Resource) -> bool {
    account.attr("active").and_then(tenure_scim::ValueRef::as_bool).unwrap_or(true)
}

/// What a mapping writes.
struct Writes<'a> {
    mapping: &'a str,
    to: &'a AttrPath,
    value: Option<&'a Value>,
    apply: Apply,
}

impl<'a> From<&'a MappedAttribute<'_>> for Writes<'a> {
    fn from(one: &'a MappedAttribute<'_>) -> Self {
        Self { mapping: one.mapping.as_str(), to: one.to, value: one.value.as_ref(), apply: one.apply }
    }
}

/// Whether mappings would write what is there, and have written what they would note.
fn attributes_are_right<'m>(
    account: &Resource,
    mappings: impl IntoIterator<Item = Writes<'m>>,
    written: &Pairs<'_>,
) -> bool {
    let mut noted = 0;
    for mapping in mappings {
        let last = written.get(mapping.mapping);
        match is_settled(account, &mapping, last) {
            Some(true) => noted += 1,
            Some(false) => {}
            None => return false,
        }
    }
    // A mapping that is gone, or of two with one id, leaves something over.
    noted == written.0.len()
}

/// Whether a mapping notes what it noted before and changes nothing (true), or notes nothing (false).
fn is_settled(account: &Resource, mapping: &Writes<'_>, last: Option<&Plain<'_>>) -> Option<bool> {
    let there = account.get(mapping.to);
    let Some(value) = mapping.value else {
        return (last.is_none() && there.is_none()).then_some(false);
    };
    // Lists and objects are laid over what is there, and empty ones clear it.
    if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
        return None;
    }
    let noted = last.is_some_and(|last| last == value);
    let same = || match (value, there?) {
        (Value::String(text), there) => (there.as_str() == Some(text)).then_some(()),
        (value, there) => (there.to_json() == *value).then_some(()),
    };
    match mapping.apply {
        Apply::Always | Apply::IfEmpty if noted => same().map(|()| true),
        Apply::OnChange if noted => Some(true),
        // Somebody else's stays.
        Apply::IfEmpty if last.is_none() => {
            (!matches!(there?.to_json(), Value::Null | Value::Array(_) | Value::Object(_))).then_some(false)
        }
        Apply::OnCreate => Some(last.is_some()),
        _ => None,
    }
}

/// Whether what is held is held for the same reasons, by the same name and with parameters that do not differ.
fn is_held_for(held: &HeldRow<'_>, desired: &Desired<'_>, text: &mut OriginText) -> bool {
    if held.lost.is_some() || desired.in_grace() {
        return false;
    }
    let named = held.named.as_ref().map(|named| named.0.as_ref());
    let name = desired.key().value();
    if named != (name != held.value).then_some(name) {
        return false;
    }
    if !held.parameters.0.is_empty() {
        let wanted = desired.parameters();
        let same = |(name, value): &(Word<'_>, Plain<'_>)| {
            let wanted = wanted.get(name.0.as_ref());
            wanted.is_some_and(|wanted| matches!(value, Plain::Text(text) if text == wanted))
        };
        let all = || held.parameters.0.len() == wanted.len() && held.parameters.0.iter().all(same);
        if !wanted.is_empty() && !all() {
            return false;
        }
    }
    let mut ways = 0;
    let known = desired.ways().all(|way| {
        ways += 1;
        text.write(&way).is_some_and(|text| held.origins.iter().any(|known| known.get().as_bytes() == text))
    });
    // What takes the place of something else has no ways of its own.
    known && ways > 0 && ways == held.origins.len()
}

impl OriginText {
    fn write(&mut self, way: &Way<'_>) -> Option<&[u8]> {
        self.json.clear();
        self.stored.clear();
        serde_json::to_writer(&mut self.json, way).ok()?;
        serde_json::to_writer(&mut self.stored, std::str::from_utf8(&self.json).ok()?).ok()?;
        Some(&self.stored)
    }
}

/// Knows somebody's own names and nobody, and notes that it was asked for more.
struct Own<'a> {
    id: &'a IdentityId,
    names: &'a [NameRow<'a>],
    asked: Cell<bool>,
    /// Whether it was asked for anything, its own names included.
    heard: Cell<bool>,
}

impl Directory for Own<'_> {
    fn identity(&self, _: &IdentityId) -> Option<&Identity> {
        self.asked.set(true);
        self.heard.set(true);
        None
    }
}

impl NameRegistry for Own<'_> {
    fn owner(&self, namespace: &str, key: &str) -> Option<NameOwner> {
        self.heard.set(true);
        let found = self.names.iter().find(|name| name.space == namespace && name.key == key);
        if found.is_none() {
            self.asked.set(true);
        }
        let retired = found?.state == NameState::Retired;
        Some(NameOwner { identity: self.id.clone(), retired })
    }

    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String> {
        self.heard.set(true);
        let mut here = self.names.iter().filter(|name| name.space == namespace);
        let name = here.next();
        // Which of several counts follows from their order and state.
        if identity != self.id || here.next().is_some() {
            self.asked.set(true);
        }
        Some(name?.value.clone().into_owned())
    }
}

#[cfg(test)]
mod tests;
