//! An independent judge: what accounts there should be after a series of wishes, whatever went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{Connector, ConnectorExt, Context, EntitlementRef, ListQuery, ObjectClass, Result};
use tenure_scim::ValueRef;

/// What somebody wants of the target system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// There is a working account with this user name.
    Join(String),
    /// There is no working account with this user name.
    Leave(String),
    /// The account holds the entitlement.
    Hold(String, EntitlementRef),
    /// The account does not hold the entitlement.
    Drop(String, EntitlementRef),
}

/// The state that follows from the wishes so far. It shares no code with any connector.
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::Context;
/// use tenure_testkit::model::{Model, Wish};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mut model = Model::default();
/// model.wish(&Wish::Join("anna".to_owned()));
/// let differences = model.judge(&Context::new("example"), &MemoryConnector::new("desk")).await?;
/// assert_eq!(differences[0].to_string(), "`anna`: expected a working account, found none");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    accounts: BTreeMap<String, Account>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Account {
    works: bool,
    holds: BTreeSet<EntitlementRef>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    account: String,
    expected: String,
    found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: expected {}, found {}", self.account, self.expected, self.found)
    }
}

impl Model {
    /// Takes a wish into account.
    pub fn wish(&mut self, wish: &Wish) {
        match wish {
            Wish::Join(name) => self.accounts.entry(name.clone()).or_default().works = true,
            Wish::Leave(name) => {
                self.accounts.insert(name.clone(), Account::default());
            }
            Wish::Hold(name, entitlement) => {
                self.accounts.entry(name.clone()).or_default().holds.insert(entitlement.clone());
            }
            Wish::Drop(name, entitlement) => {
                self.accounts.entry(name.clone()).or_default().holds.remove(entitlement);
            }
        }
    }

    /// Compares the target system with what should be: every account by name, each only once, with what it holds.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Connector::list); judge without chaos in between.
    pub async fn judge(&self, ctx: &Context, target: &impl Connector) -> Result<Vec<Difference>> {
        let mut found: BTreeMap<String, Vec<Account>> = BTreeMap::new();
        let mut holds: BTreeMap<String, BTreeSet<EntitlementRef>> = BTreeMap::new();
        for item in target.list_all(ctx, ListQuery::new(ObjectClass::GRANT), usize::MAX).await?.items {
            if let Ok(grant) = GrantRecord::try_from(&item.resource) {
                holds.entry(grant.principal).or_default().insert(grant.entitlement);
            }
        }
        for item in target.list_all(ctx, ListQuery::new(ObjectClass::USER), usize::MAX).await?.items {
            let name = item.resource.text("userName").unwrap_or_default().to_owned();
            let works = item.resource.attr("active").and_then(ValueRef::as_bool).unwrap_or(true);
            found
                .entry(name)
                .or_default()
                .push(Account { works, holds: holds.remove(&item.object.id).unwrap_or_default() });
        }
        let everybody: BTreeSet<_> = self.accounts.keys().chain(found.keys()).collect();
        let mut differences = Vec::new();
        for name in everybody {
            let expected = self.accounts.get(name).cloned().unwrap_or_default();
            differences.extend(compare(name, &expected, found.get(name).map_or(&[], Vec::as_slice)));
        }
        let strays = holds
            .into_keys()
            .map(|id| difference(&id, "no grant of an account that is gone", "one".to_owned()));
        Ok(differences.into_iter().chain(strays).collect())
    }
}

fn compare(name: &str, expected: &Account, found: &[Account]) -> Vec<Difference> {
    let works = match (expected.works, found) {
        (_, [_, _, ..]) => return vec![difference(name, "one account", format!("{}", found.len()))],
        (true, []) => return vec![difference(name, "a working account", "none".to_owned())],
        (true, [account]) if !account.works => {
            Some(difference(name, "a working account", "a stopped one".to_owned()))
        }
        (false, [account]) if account.works => Some(difference(name, "no working account", "one".to_owned())),
        _ => None,
    };
    let held = found.first().map(|account| account.holds.clone()).unwrap_or_default();
    let list = |holds: &BTreeSet<EntitlementRef>| {
        let texts: Vec<_> = holds.iter().map(ToString::to_string).collect();
        format!("[{}]", texts.join(", "))
    };
    let holds = (held != expected.holds).then(|| difference(name, &list(&expected.holds), list(&held)));
    works.into_iter().chain(holds).collect()
}

fn difference(account: &str, expected: &str, found: String) -> Difference {
    Difference { account: account.to_owned(), expected: expected.to_owned(), found }
}
