use std::collections::{BTreeSet, VecDeque};

use tenure_connector::{Context, ObjectClass, Result};

use super::grants::grant;
use super::members::SCAN_PAGE;
use super::walk::{Walk, cut_off};
use crate::connector::LdapConnector;
use crate::dn;
use crate::session::{Search, Session};

/// A large group: its members are told from others while all accounts go by, so that only their names are held.
pub(super) struct Crowd {
    group: String,
    names: BTreeSet<String>,
    /// Where the accounts are. The connection is its own: a server keeps the state of one paged search with a connection.
    scan: Option<(Session, VecDeque<Search>, Vec<u8>)>,
}

impl Crowd {
    pub(super) fn new(group: String, names: impl Iterator<Item = String>) -> Self {
        Self { group, names: names.map(|name| dn::key(&name)).collect(), scan: None }
    }
}

impl LdapConnector {
    /// The grants of the next page of accounts in the first of the large groups.
    pub(super) async fn grants_of_crowd(&self, ctx: &Context, walk: &mut Walk) -> Result<()> {
        let Some(mut crowd) = walk.crowds.pop_front() else { return Ok(()) };
        let (session, mut searches, cookie) = match crowd.scan.take() {
            Some((session, searches, cookie)) => (session.limited(self.limit(ctx)), searches, cookie),
            None => (self.link.open(ctx).await?, self.accounts()?, Vec::new()),
        };
        let Some(search) = searches.front() else { return Ok(()) };
        let found = session.page(search, SCAN_PAGE, cookie).await?;
        if !found.complete {
            return Err(cut_off());
        }
        for entry in found.entries {
            let member = self.member(&entry).filter(|member| !member.group);
            if let Some(member) = member
                && crowd.names.remove(&dn::key(&member.dn))
            {
                walk.ready.push_back(grant(&member.id, &crowd.group));
            }
        }
        if found.cookie.is_empty() {
            searches.pop_front();
        }
        if !searches.is_empty() && !crowd.names.is_empty() {
            crowd.scan = Some((session, searches, found.cookie));
            walk.crowds.push_front(crowd);
        }
        Ok(())
    }

    fn accounts(&self) -> Result<VecDeque<Search>> {
        let (shape, _) = self.model.shape(&ObjectClass::USER)?;
        let bases = self.model.bases(&ObjectClass::USER).into_iter();
        let searches = bases.map(|base| {
            Search::below(&base, shape.filter.clone(), self.model.identity())
                .on_active_directory(self.model.dialect.active_directory)
        });
        Ok(searches.collect())
    }
}
