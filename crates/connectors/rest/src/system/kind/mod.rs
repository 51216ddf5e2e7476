//! Kinds of entitlements, told as data.

mod change;
mod holders;
mod write;

use std::fmt;

use serde_json::Value;
use tenure_connector::entitlement::Entitlement;
use tenure_connector::{ErrorKind, Result};

pub(super) use self::holders::Grants;
use self::holders::Holders;
pub use self::write::{Write, delete, patch, post, put};
use super::{Found, Listing};
use crate::RestClient;

/// A kind of entitlement: what there is of it, who holds it, and how it is given and taken.
///
/// What all kinds have alike is done here: an entitlement that does not exist is refused, one that is held already or gone
/// already is no change, and one that nobody can give or take is shown as such and refused. What is not told as data is
/// asked of the [`System`](super::System): its `entitlements`, `grants`, `grant` and `revoke` get the kinds that are more
/// than this, and no others.
///
/// An address has places for the entitlement and the account: `groups/{id}/users/{account}`.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use tenure_connector::Secret;
/// use tenure_connector_rest::system::{Kind, delete, is, post};
/// use tenure_connector_rest::{Auth, Paging, RestClient};
///
/// let base = "https://api.example.com/v2".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let client = client.with_lists(Paging::Link, "per_page", 100);
///
/// let team = Kind::new("team", &client)
///     .listed(client.list(&["teams"], "")?, "/id", "/name")
///     .fixed_when(|team| is(team, "/synced"), "the team comes from the directory")
///     .members("teams/{id}/members", "", "/user_id")
///     .held_in("users/{account}/teams", "", "/id")
///     .granted(post("teams/{id}/members").json(|to| json!({ "user_id": to.account })))
///     .revoked(delete("teams/{id}/members/{account}"));
/// # drop(team);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Kind {
    name: &'static str,
    client: RestClient,
    catalogue: Catalogue,
    counted: bool,
    single: bool,
    besides: Vec<Entitlement>,
    seats: Option<(&'static str, &'static str)>,
    exists: Test,
    searched: bool,
    numbered: bool,
    missing: Option<ErrorKind>,
    read_at: Option<String>,
    fixed: Option<(Test, &'static str)>,
    inherited: Option<(Test, &'static str)>,
    immutable: Option<&'static str>,
    holders: Vec<Holders>,
    everybody: Test,
    only: Test,
    since: Option<&'static str>,
    held: Held,
    trusting: bool,
    for_whom: Option<fn(Found<'_>) -> Result<()>>,
    granted: Option<Write>,
    revoked: Option<Write>,
}

type Test = fn(&Value) -> bool;

/// What there is of a kind.
#[derive(Debug, Clone)]
enum Catalogue {
    /// The system has to say.
    Asked,
    Given(Vec<Entitlement>),
    Listed {
        list: Box<Listing>,
        id: &'static str,
        name: &'static str,
    },
}

/// How it is found out whether an account holds an entitlement.
#[derive(Debug, Clone)]
enum Held {
    /// The write itself says whether it was so.
    Told,
    /// By an element of a list, which is the entitlement's or the account's.
    Listed { address: String, at: &'static str, same: &'static str, of: Of },
    /// By an address that only a holder has.
    At(String),
    /// By the account's own JSON.
    Own(fn(&Value, &str) -> bool),
    /// By the ids in the account's own JSON.
    Ids(fn(&Value) -> Vec<String>),
    /// By the entitlement's own JSON.
    Inside { at: &'static str, same: &'static str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Account,
    Entitlement,
}

impl Kind {
    /// A kind by its name. The requests go through this client.
    #[must_use]
    pub fn new(name: &'static str, client: &RestClient) -> Self {
        Self {
            name,
            client: client.clone(),
            catalogue: Catalogue::Asked,
            counted: false,
            single: false,
            besides: Vec::new(),
            seats: None,
            exists: |_| true,
            searched: false,
            numbered: false,
            missing: None,
            read_at: None,
            fixed: None,
            inherited: None,
            immutable: None,
            holders: Vec::new(),
            everybody: |_| false,
            only: |_| true,
            since: None,
            held: Held::Told,
            trusting: false,
            for_whom: None,
            granted: None,
            revoked: None,
        }
    }

    /// There are these, and no others.
    #[must_use]
    pub fn given(mut self, all: impl IntoIterator<Item = Entitlement>) -> Self {
        self.catalogue = Catalogue::Given(all.into_iter().collect());
        self
    }

    /// How many are taken of what is [given](Self::given) is counted for the list of them, by
    /// [`System::taken`](super::System::taken), or by a [`System::entitlements`](super::System::entitlements) of its own.
    #[must_use]
    pub fn counted(mut self) -> Self {
        self.counted = true;
        self
    }

    /// They are the items of a list, with their ids and names at these JSON pointers.
    #[must_use]
    pub fn listed(mut self, list: Listing, id: &'static str, name: &'static str) -> Self {
        self.catalogue = Catalogue::Listed { list: Box::new(list), id, name };
        self
    }

    /// Leaves out the items of the list that are no entitlements.
    #[must_use]
    pub fn listing_only(mut self, is_one: fn(&Value) -> bool) -> Self {
        self.exists = is_one;
        self
    }

    /// How many are bought and taken stands at these JSON pointers of the items of the list.
    #[must_use]
    pub fn seats(mut self, capacity: &'static str, used: &'static str) -> Self {
        self.seats = Some((capacity, used));
        self
    }

    /// There are these besides those of the list, before them. The list is short: it is read as a whole.
    #[must_use]
    pub fn besides(mut self, all: impl IntoIterator<Item = Entitlement>) -> Self {
        self.besides = all.into_iter().collect();
        self
    }

    /// An account holds one of them at most, of all that there are. They are few: a list of them is read as a whole.
    #[must_use]
    pub fn single(mut self) -> Self {
        self.single = true;
        self
    }

    /// One is read at this address: before it is given, to refuse what does not exist.
    #[must_use]
    pub fn read_at(mut self, address: impl Into<String>) -> Self {
        self.read_at = Some(address.into());
        self
    }

    /// One is looked for in the list before it is given, for systems in which it cannot be read by itself.
    #[must_use]
    pub fn looked_for(mut self) -> Self {
        self.searched = true;
        self
    }

    /// Ids are numbers: there is no entitlement with another one.
    #[must_use]
    pub fn numbered(mut self) -> Self {
        self.numbered = true;
        self
    }

    /// The system refuses with this to give what does not exist.
    #[must_use]
    pub fn missing_when(mut self, kind: ErrorKind) -> Self {
        self.missing = Some(kind);
        self
    }

    /// Nobody gives or takes those of which this is true, and why. Their grants are shown as immutable.
    #[must_use]
    pub fn fixed_when(mut self, is: fn(&Value) -> bool, why: &'static str) -> Self {
        self.fixed = Some((is, why));
        self
    }

    /// A grant of which this is true came another way, such as by a group, and why it cannot be taken. It is shown as
    /// immutable.
    #[must_use]
    pub fn inherited_when(mut self, is: fn(&Value) -> bool, why: &'static str) -> Self {
        self.inherited = Some((is, why));
        self
    }

    /// Nobody gives or takes any of them, and why.
    #[must_use]
    pub fn immutable(mut self, why: &'static str) -> Self {
        self.immutable = Some(why);
        self
    }

    /// Who holds one stands in a list at this address below each entitlement, with the account's id at `account`.
    #[must_use]
    pub fn members(self, address: impl Into<String>, at: &'static str, account: &'static str) -> Self {
        self.held_by(Holders::OfEach { address: address.into(), at, account })
    }

    /// Who holds what stands in one list, with the ids of the entitlement and of the account at these JSON pointers.
    #[must_use]
    pub fn assignments(self, list: Listing, id: &'static str, account: &'static str) -> Self {
        self.held_by(Holders::Rows { list, id, account })
    }

    /// Who holds one stands in the entitlement itself: a list at `at`, with the account's id at `account`. It is there that
    /// a write looks who holds it, too.
    #[must_use]
    pub fn members_inside(mut self, at: &'static str, account: &'static str) -> Self {
        self.held = Held::Inside { at, same: account };
        self.held_by(Holders::Inside { at, account })
    }

    /// What somebody holds stands in a list below each account: of the accounts in this list, with their ids at `account`.
    #[must_use]
    pub fn of_each(
        self,
        accounts: Listing,
        account: &'static str,
        address: impl Into<String>,
        id: &'static str,
    ) -> Self {
        self.held_by(Holders::OfAccounts { accounts, account, address: address.into(), id })
    }

    /// Who holds what is what this list [makes of its items](Listing::each).
    #[must_use]
    pub fn grants(self, list: Listing) -> Self {
        self.held_by(Holders::Made(list))
    }

    /// What somebody holds stands in the accounts themselves: in those of this list, with their ids at `account`. It is there
    /// that a write looks who holds it, too.
    #[must_use]
    pub fn in_accounts(
        mut self,
        accounts: Listing,
        account: &'static str,
        held: fn(&Value) -> Vec<String>,
    ) -> Self {
        self.held = Held::Ids(held);
        self.held_by(Holders::InAccounts { accounts, account, held })
    }

    /// Who holds what stands in so many lists, which [`System::grants`](super::System::grants) gives.
    #[must_use]
    pub fn grants_in(mut self, count: usize) -> Self {
        self.holders.extend((0..count).map(Holders::Asked));
        self
    }

    /// Does not list the members of those of which this is true: everybody is one.
    #[must_use]
    pub fn everybody_in(mut self, is: fn(&Value) -> bool) -> Self {
        self.everybody = is;
        self
    }

    /// Leaves out what is no account of ours: groups within groups, people from elsewhere.
    #[must_use]
    pub fn only(mut self, is_account: fn(&Value) -> bool) -> Self {
        self.only = is_account;
        self
    }

    /// Where a grant tells since when it is held.
    #[must_use]
    pub fn since(mut self, at: &'static str) -> Self {
        self.since = Some(at);
        self
    }

    /// Whether an account holds one is seen in a list of what it holds, by the id at `same`. The element that is found is the
    /// row of the addresses after it.
    #[must_use]
    pub fn held_in(mut self, address: impl Into<String>, at: &'static str, same: &'static str) -> Self {
        self.held = Held::Listed { address: address.into(), at, same, of: Of::Account };
        self
    }

    /// Whether an account holds one is seen in a list of who holds it, by the account's id at `same`.
    #[must_use]
    pub fn held_among(mut self, address: impl Into<String>, at: &'static str, same: &'static str) -> Self {
        self.held = Held::Listed { address: address.into(), at, same, of: Of::Entitlement };
        self
    }

    /// Whether an account holds one is seen at an address that is not found otherwise.
    #[must_use]
    pub fn held_at(mut self, address: impl Into<String>) -> Self {
        self.held = Held::At(address.into());
        self
    }

    /// Whether an account holds one stands in the account itself.
    #[must_use]
    pub fn held_when(mut self, holds: fn(&Value, &str) -> bool) -> Self {
        self.held = Held::Own(holds);
        self
    }

    /// A write says itself whether it was so already: who holds what is looked up only for what is fixed.
    #[must_use]
    pub fn trusting(mut self) -> Self {
        self.trusting = true;
        self
    }

    /// Who can hold one: anybody of whom this is no error.
    #[must_use]
    pub fn for_whom(mut self, can: fn(Found<'_>) -> Result<()>) -> Self {
        self.for_whom = Some(can);
        self
    }

    /// The request that gives one. A refusal because it exists already is no change.
    #[must_use]
    pub fn granted(mut self, write: Write) -> Self {
        self.granted = Some(write);
        self
    }

    /// The request that takes one. Not found is no change.
    #[must_use]
    pub fn revoked(mut self, write: Write) -> Self {
        self.revoked = Some(write);
        self
    }

    /// Whether the account's own JSON says that it holds one; nothing, when that is not where it is seen.
    fn own(&self, account: &Value, id: &str) -> Option<bool> {
        match self.held {
            Held::Own(holds) => Some(holds(account, id)),
            Held::Ids(held) => Some(held(account).iter().any(|own| own == id)),
            _ => None,
        }
    }

    pub(super) fn is_counted(&self) -> bool {
        self.counted
    }

    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    fn held_by(mut self, holders: Holders) -> Self {
        self.holders.push(holders);
        self
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).finish_non_exhaustive()
    }
}
