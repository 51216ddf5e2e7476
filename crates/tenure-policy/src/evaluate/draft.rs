//! What one evaluation has found so far, in small numbers. It is emptied and filled again, so that it allocates nothing once it has grown.

use chrono::{DateTime, Utc};

use crate::compile::{Dense, NONE, Parts};
use crate::desired::{OpenTask, Violation};
use crate::entitlement::EntitlementKey;
use crate::id::TargetId;

/// What is given, before it is put into words.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Entitlements that the policy does not name: of grants, of what is held, of scopes. They are numbered after those it does.
    extra: Vec<EntitlementKey>,
    extra_targets: Vec<TargetId>,
    /// For each numbered entitlement its place in `wanted`, plus one.
    places: Vec<u32>,
    pub(super) wanted: Vec<Wanted>,
    /// For each numbered target its place in `accounts`, plus one.
    account_places: Vec<u32>,
    pub(super) accounts: Vec<Account>,
    reasons: Vec<Reason>,
    /// Since when and until when a source gives.
    pub(super) spans: Vec<Term>,
    pub(super) deny: Vec<(u32, Refused)>,
    /// What was refused, and by which rule.
    pub(super) denied: Vec<(u32, u32)>,
    /// What gave way, and to what.
    pub(super) superseded: Vec<(u32, u32)>,
    /// Explicit grants that begin later, for constraints that look ahead.
    pub(super) future: Vec<Later>,
    pub(super) grace: Vec<InGrace>,
    pub(super) violations: Vec<Violation>,
    pub(super) tasks: Vec<OpenTask>,
    /// Roles that somebody has, for constraints that name roles.
    pub(super) roles: Vec<bool>,
}

/// A wanted entitlement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) key: u32,
    /// Its account, by place.
    pub(super) account: u32,
    pub(super) reasons: List,
    /// Refused, or it gave way.
    pub(super) gone: bool,
    /// Held by its account alone: the fallback of an exclusive group.
    pub(super) fallback: bool,
    /// Its place among what is in grace.
    pub(super) grace: u32,
}

/// A wanted account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) target: u32,
    pub(super) enabled: bool,
    pub(super) gone: bool,
    /// Reasons for the account beyond those of its entitlements.
    pub(super) reasons: List,
}

/// Reasons in the order in which they came.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    first: u32,
    last: u32,
}

impl List {
    const EMPTY: Self = Self { first: NONE, last: NONE };
}

/// One way by which something came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reason {
    pub(super) source: Source,
    /// The role it came by, and which of what the role (or the rule) gives it is.
    pub(super) role: u32,
    pub(super) at: u32,
    pub(super) span: u32,
    next: u32,
    /// Refused.
    pub(super) dropped: bool,
}

/// Where a way begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Rule {
        rule: u32,
        engagement: u32,
    },
    /// By its place among the explicit grants.
    Grant(u32),
    Scope,
}

/// Since when and until when a source gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    Key(u32),
    Role(u32),
}

/// An entitlement of an explicit grant that has not begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Later {
    pub(super) key: u32,
    pub(super) from: DateTime<Utc>,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) reason: Reason,
}

/// What is held without an origin, for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct InGrace {
    /// Its place among what is held.
    pub(super) held: usize,
    pub(super) lost: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
}

impl Reason {
    pub(super) fn new(source: Source, role: u32, at: u32, span: u32) -> Self {
        Self { source, role, at, span, next: NONE, dropped: false }
    }

    /// The same way, not yet in any list.
    pub(super) fn anew(self) -> Self {
        Self { next: NONE, dropped: false, ..self }
    }

    /// The roles it came through, the outermost first.
    pub(super) fn path<'p>(&self, parts: &'p Parts) -> &'p [u32] {
        let role = parts.roles.get(self.role as usize);
        role.and_then(|role| role.flat.get(self.at as usize)).map(|give| &*give.path).unwrap_or_default()
    }

    /// True when the other one is the same way: from the same source through the same roles.
    pub(super) fn same_way(&self, other: &Self, parts: &Parts) -> bool {
        self.source == other.source
            && (self.role == NONE) == (other.role == NONE)
            && self.path(parts) == other.path(parts)
    }
}

impl Draft {
    /// Empties it for another identity.
    pub(super) fn clear(&mut self, dense: &Dense) {
        for wanted in &self.wanted {
            if let Some(place) = self.places.get_mut(wanted.key as usize) {
                *place = 0;
            }
        }
        for account in &self.accounts {
            if let Some(place) = self.account_places.get_mut(account.target as usize) {
                *place = 0;
            }
        }
        self.places.truncate(dense.keys.len());
        self.places.resize(dense.keys.len(), 0);
        self.account_places.truncate(dense.targets.len());
        self.account_places.resize(dense.targets.len(), 0);
        self.extra.clear();
        self.extra_targets.clear();
        self.wanted.clear();
        self.accounts.clear();
        self.reasons.clear();
        self.spans.clear();
        self.deny.clear();
        self.denied.clear();
        self.superseded.clear();
        self.future.clear();
        self.grace.clear();
        self.violations.clear();
        self.tasks.clear();
    }

    /// The number of an entitlement; a new one where the policy does not name it.
    pub(super) fn number(&mut self, dense: &Dense, key: &EntitlementKey) -> u32 {
        if let Some(known) = dense.id(key) {
            return known;
        }
        let at = self.extra.iter().position(|known| known == key).unwrap_or_else(|| {
            self.extra.push(key.clone());
            self.places.push(0);
            self.extra.len() - 1
        });
        u32::try_from(dense.keys.len() + at).unwrap_or(NONE)
    }

    /// The number of an entitlement that has been met.
    pub(super) fn find(&self, dense: &Dense, key: &EntitlementKey) -> Option<u32> {
        dense.id(key).or_else(|| {
            let at = self.extra.iter().position(|known| known == key)?;
            u32::try_from(dense.keys.len() + at).ok()
        })
    }

    pub(super) fn key<'a>(&'a self, dense: &'a Dense, number: u32) -> Option<&'a EntitlementKey> {
        let number = number as usize;
        dense.keys.get(number).or_else(|| self.extra.get(number.checked_sub(dense.keys.len())?))
    }

    pub(super) fn target_id<'a>(&'a self, dense: &'a Dense, number: u32) -> Option<&'a TargetId> {
        let number = number as usize;
        dense.targets.get(number).or_else(|| self.extra_targets.get(number.checked_sub(dense.targets.len())?))
    }

    fn target_of(&mut self, dense: &Dense, key: u32) -> u32 {
        if let Some(known) = dense.known.get(key as usize) {
            return known.target;
        }
        let Some(target) = self.key(dense, key).map(|key| key.target.clone()) else { return NONE };
        if let Some(known) = dense.target(&target) {
            return known;
        }
        let at = self.extra_targets.iter().position(|known| *known == target).unwrap_or_else(|| {
            self.extra_targets.push(target);
            self.account_places.push(0);
            self.extra_targets.len() - 1
        });
        u32::try_from(dense.targets.len() + at).unwrap_or(NONE)
    }

    /// The place of the account of an entitlement, made where there is none.
    pub(super) fn account(&mut self, dense: &Dense, key: u32) -> u32 {
        let target = self.target_of(dense, key);
        let Some(place) = self.account_places.get_mut(target as usize) else { return NONE };
        if *place == 0 {
            self.accounts.push(Account { target, enabled: false, gone: false, reasons: List::EMPTY });
            *place = u32::try_from(self.accounts.len()).unwrap_or(NONE);
        }
        *place - 1
    }

    /// The place of an account by its target, where it is wanted.
    pub(super) fn account_in(&self, target: u32) -> Option<u32> {
        self.account_places.get(target as usize)?.checked_sub(1)
    }

    /// The place of an entitlement that was given, gone or not.
    pub(super) fn place(&self, key: u32) -> Option<usize> {
        self.places.get(key as usize)?.checked_sub(1).map(|place| place as usize)
    }

    /// The wanted entitlement with this number, where it has not gone.
    pub(super) fn live(&self, key: u32) -> Option<&Wanted> {
        self.wanted.get(self.place(key)?).filter(|wanted| !wanted.gone)
    }

    /// The place of an entitlement, made where it was not given before.
    pub(super) fn want(&mut self, key: u32, account: u32) -> usize {
        if let Some(known) = self.place(key) {
            return known;
        }
        let reasons = List::EMPTY;
        self.wanted.push(Wanted { key, account, reasons, gone: false, fallback: false, grace: NONE });
        if let Some(place) = self.places.get_mut(key as usize) {
            *place = u32::try_from(self.wanted.len()).unwrap_or(NONE);
        }
        self.wanted.len() - 1
    }

    /// Adds a reason to a wanted entitlement.
    pub(super) fn give(&mut self, place: usize, reason: Reason) {
        let Some(mut list) = self.wanted.get(place).map(|wanted| wanted.reasons) else { return };
        self.append(&mut list, reason);
        if let Some(wanted) = self.wanted.get_mut(place) {
            wanted.reasons = list;
        }
    }

    /// Adds a reason to an account.
    pub(super) fn give_account(&mut self, place: u32, reason: Reason) {
        let Some(mut list) = self.accounts.get(place as usize).map(|account| account.reasons) else { return };
        self.append(&mut list, reason);
        if let Some(account) = self.accounts.get_mut(place as usize) {
            account.reasons = list;
        }
    }

    fn append(&mut self, list: &mut List, reason: Reason) {
        let Ok(at) = u32::try_from(self.reasons.len()) else { return };
        match self.reasons.get_mut(list.last as usize) {
            None => *list = List { first: at, last: at },
            Some(last) => (last.next, list.last) = (at, at),
        }
        self.reasons.push(reason);
    }

    /// The reasons of a list that were not refused.
    pub(super) fn reasons(&self, list: List) -> impl Iterator<Item = &Reason> {
        let mut at = list.first;
        let all = std::iter::from_fn(move || {
            let reason = self.reasons.get(at as usize)?;
            at = reason.next;
            Some(reason)
        });
        all.filter(|reason| !reason.dropped)
    }

    /// Refuses reasons of a list.
    pub(super) fn drop_reasons(&mut self, list: List, refused: impl Fn(&Reason) -> bool) {
        let mut at = list.first;
        while let Some(reason) = self.reasons.get_mut(at as usize) {
            reason.dropped |= refused(reason);
            at = reason.next;
        }
    }

    /// Every reason there is.
    pub(super) fn all_reasons(&mut self) -> &mut [Reason] {
        &mut self.reasons
    }

    /// The reasons for an account: its own and those of what it holds.
    pub(super) fn reasons_of_account(&self, place: u32) -> impl Iterator<Item = &Reason> {
        let own = self.accounts.get(place as usize).map_or(List::EMPTY, |account| account.reasons);
        let held = self.wanted.iter().filter(move |wanted| wanted.account == place);
        self.reasons(own).chain(held.flat_map(|wanted| self.reasons(wanted.reasons)))
    }

    /// Since when and until when an entitlement is wanted: from the first beginning to the last end.
    pub(super) fn term(&self, wanted: &Wanted) -> Term {
        if let Some(grace) = self.grace.get(wanted.grace as usize) {
            return Term { since: None, until: Some(grace.until) };
        }
        let mut spans =
            self.reasons(wanted.reasons).filter_map(|reason| self.spans.get(reason.span as usize));
        let Some(first) = spans.next() else { return Term { since: None, until: None } };
        spans.fold(*first, |known, other| Term {
            since: known.since.min(other.since),
            until: known.until.zip(other.until).map(|(a, b)| a.max(b)),
        })
    }
}
