//! What there is of a kind, and who holds it.

use http::Method;
use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, ExclusiveGroup, Object, ObjectClass, ObjectRef, Result};
use tenure_scim::Resource;

use super::{Catalogue, Kind};
use crate::system::path::{To, request};
use crate::system::{List, Listing, id_text, items, moment, number, text};

/// Where it stands who holds what.
#[derive(Debug, Clone)]
pub(super) enum Holders {
    OfEach {
        address: String,
        at: &'static str,
        account: &'static str,
    },
    Rows {
        list: Listing,
        id: &'static str,
        account: &'static str,
    },
    Inside {
        at: &'static str,
        account: &'static str,
    },
    OfAccounts {
        accounts: Listing,
        account: &'static str,
        address: String,
        id: &'static str,
    },
    InAccounts {
        accounts: Listing,
        account: &'static str,
        held: fn(&Value) -> Vec<String>,
    },
    Made(Listing),
    /// The list with this number is one that the system has to give.
    Asked(usize),
}

/// A list of grants, or the number of one that the system has to give.
pub(in crate::system) enum Grants {
    List(Box<List>),
    Asked(usize),
}

/// How an id is marked on the way from an outer list to its inner one.
const OWN: char = '+';
const FIXED: char = '-';

impl Kind {
    /// What there is; `None`, when the system has to say.
    pub(in crate::system) async fn entitlements(&self, ctx: &Context) -> Result<Option<List>> {
        Ok(match self.catalogue() {
            Some(List::Paged(list)) if self.single || !self.besides.is_empty() => {
                let mut all: Vec<Object> = self.besides.iter().map(|one| self.shown(one.clone())).collect();
                all.extend(list.objects(&list.all(ctx).await?)?);
                Some(List::Given(all))
            }
            list => list,
        })
    }

    fn catalogue(&self) -> Option<List> {
        match &self.catalogue {
            _ if self.counted => None,
            Catalogue::Asked => None,
            Catalogue::Given(all) => {
                Some(List::Given(all.iter().map(|one| self.shown(one.clone())).collect()))
            }
            Catalogue::Listed { list, id, name } => {
                let (kind, id, name) = (self.clone(), *id, *name);
                let shown = move |item: &Value| {
                    if !(kind.exists)(item) {
                        return Ok(Vec::new());
                    }
                    let mut found = Entitlement::new(kind.name, &id_text(item, id)?);
                    found.display = text(item, name).map(str::to_owned);
                    found.immutable = kind.immutable.is_some() || kind.is_fixed(item).is_some();
                    if let Some((capacity, used)) = kind.seats {
                        (found.capacity, found.used) = (number(item, capacity), number(item, used));
                    }
                    Ok(vec![kind.shown(found)])
                };
                Some(Listing::clone(list).each(shown).into())
            }
        }
    }

    pub(in crate::system) fn shown(&self, mut one: Entitlement) -> Object {
        if self.single {
            one = one.exclusive_in(self.name);
        }
        Object::from(&one)
    }

    /// What is told without a request.
    pub(in crate::system) fn given_ones(&self) -> &[Entitlement] {
        match &self.catalogue {
            Catalogue::Given(all) => all,
            _ => &[],
        }
    }

    /// The groups of which an account holds one at most, as far as what is given says so.
    pub(in crate::system) fn exclusive(&self) -> Vec<ExclusiveGroup> {
        let all = self.given_ones();
        let mut groups: Vec<ExclusiveGroup> = Vec::new();
        for one in all {
            let Some(name) = &one.exclusive_group else { continue };
            let member = one.entitlement.clone();
            match groups.iter_mut().find(|group| group.name == *name) {
                Some(group) => group.members.push(member),
                None => {
                    groups.push(ExclusiveGroup { name: name.clone(), members: vec![member], fallback: None });
                }
            }
        }
        groups
    }

    /// How many lists of grants there are.
    pub(in crate::system) fn count(&self) -> usize {
        self.holders.len()
    }

    /// One of the lists of grants.
    pub(in crate::system) fn holders(&self, number: usize) -> Result<Grants> {
        let kind = self.clone();
        let list: List = match self.holders.get(number) {
            None => none(),
            Some(Holders::Asked(number)) => return Ok(Grants::Asked(*number)),
            Some(Holders::Made(list)) => list.clone().into(),
            Some(Holders::InAccounts { accounts, account, held }) => {
                let (account, held) = (*account, *held);
                let grants = move |user: &Value| {
                    let owner = id_text(user, account)?;
                    let ids = held(user);
                    Ok(ids.iter().flat_map(|id| kind.grant(user, id, Some(owner.clone()), false)).collect())
                };
                accounts.clone().each(grants).into()
            }
            Some(Holders::OfEach { address, at, account }) => {
                let Some(outer) = self.marked() else { return Ok(Grants::List(Box::new(none()))) };
                let (address, at, account) = (address.clone(), *at, *account);
                List::of_each(outer, move |marked| {
                    let (fixed, id) = unmark(marked);
                    let asked = request(&kind.client, Method::GET, &address, To::id(id))?;
                    let (id, own) = (id.to_owned(), kind.clone());
                    let held = move |row: &Value| Ok(own.grant(row, &id, account_of(row, account), fixed));
                    Ok(kind.client.list_by(asked, at).each(held))
                })
            }
            Some(Holders::Rows { list, id, account }) => {
                let (id, account) = (*id, *account);
                let held = move |row: &Value| {
                    Ok(kind.grant(row, &id_text(row, id)?, account_of(row, account), false))
                };
                list.clone().each(held).into()
            }
            Some(Holders::Inside { at, account }) => {
                let Catalogue::Listed { list, id, .. } = &self.catalogue else {
                    return Ok(Grants::List(Box::new(none())));
                };
                let (at, account, id) = (*at, *account, *id);
                let held = move |item: &Value| {
                    let (own, fixed) = (id_text(item, id)?, kind.is_fixed(item).is_some());
                    let members = items(item, at)?.iter();
                    Ok(members
                        .flat_map(|row| kind.grant(row, &own, account_of(row, account), fixed))
                        .collect())
                };
                Listing::clone(list).each(held).into()
            }
            Some(Holders::OfAccounts { accounts, account, address, id }) => {
                let (address, id) = (address.clone(), *id);
                List::of_each(accounts.clone().ids(account), move |owner| {
                    let asked = request(&kind.client, Method::GET, &address, To::account(owner))?;
                    let (owner, own) = (owner.to_owned(), kind.clone());
                    let held =
                        move |row: &Value| Ok(own.grant(row, &id_text(row, id)?, Some(owner.clone()), false));
                    Ok(Listing::new(&kind.client, asked, "").each(held))
                })
            }
        };
        Ok(Grants::List(Box::new(list)))
    }

    /// The entitlements as the outer list of their members; `None` for those that stand in no list.
    fn marked(&self) -> Option<Listing> {
        let Catalogue::Listed { list, id, .. } = &self.catalogue else { return None };
        let (kind, id) = (self.clone(), *id);
        Some(Listing::clone(list).each(move |item| {
            if (kind.everybody)(item) {
                return Ok(Vec::new());
            }
            let mark = if kind.is_fixed(item).is_some() { FIXED } else { OWN };
            let marked = ObjectRef::new(ObjectClass::ENTITLEMENT, format!("{mark}{}", id_text(item, id)?));
            Ok(vec![Object::new(marked, Resource::default())])
        }))
    }

    /// Why nobody gives or takes an entitlement.
    pub(super) fn is_fixed(&self, entitlement: &Value) -> Option<&'static str> {
        self.fixed.filter(|(is, _)| is(entitlement)).map(|(_, why)| why)
    }

    fn grant(&self, row: &Value, id: &str, account: Option<String>, fixed: bool) -> Vec<Object> {
        let Some(account) = account.filter(|_| (self.only)(row)) else { return Vec::new() };
        let mut grant = GrantRecord::new(account, EntitlementRef::new(self.name, id));
        let inherited = self.inherited.is_some_and(|(is, _)| is(row));
        grant.immutable = fixed || inherited || self.immutable.is_some();
        grant.since = self.since.and_then(|at| moment(row, at));
        vec![Object::from(&grant)]
    }
}

fn unmark(marked: &str) -> (bool, &str) {
    match marked.strip_prefix(FIXED) {
        Some(id) => (true, id),
        None => (false, marked.strip_prefix(OWN).unwrap_or(marked)),
    }
}

/// Who has no id there is no account.
fn account_of(row: &Value, at: &str) -> Option<String> {
    id_text(row, at).ok()
}

fn none() -> List {
    List::Given(Vec::new())
}
