use std::collections::{BTreeMap, VecDeque};

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tenure_connector::{Object, ObjectClass, Result};
use tenure_scim::AttrPath;

use crate::connector::LdapConnector;
use crate::dn;
use crate::entry::Entry;
use crate::session::{Search, Session};
use crate::value::filter_text;

/// An entry that is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) dn: String,
    pub(crate) id: String,
    pub(crate) group: bool,
}

/// How many entries are asked for at the same time.
const AT_ONCE: usize = 32;
/// From this many names on, reading all accounts is cheaper than asking for each.
pub(super) const MANY: usize = 2_000;
pub(super) const SCAN_PAGE: u32 = 1_000;

impl LdapConnector {
    /// The names in a group, without the placeholder; asks again as long as the server sends only a part.
    pub(crate) async fn member_names(&self, session: &Session, group: &str) -> Result<VecDeque<String>> {
        let dialect = &self.model.dialect;
        let mut names = VecDeque::new();
        let mut asked = dialect.members_asked();
        loop {
            let search = Search::entry(group, "(objectClass=*)", vec![asked]);
            let Some(mut entry) = session.few(&search).await?.pop() else { return Ok(names) };
            let next = self.take_names(&mut entry, &mut names);
            match next {
                Some(from) => asked = format!("{};range={from}-*", dialect.member),
                None => return Ok(names),
            }
        }
    }

    /// Takes the names out of an entry that was read with its members; the second part begins where it says.
    pub(crate) fn take_names(&self, entry: &mut Entry, names: &mut VecDeque<String>) -> Option<u64> {
        let dialect = &self.model.dialect;
        let placeholder = dialect.placeholder.as_deref().map(dn::key);
        let (values, next) = entry.take_range(&dialect.member);
        let texts = values.into_iter().filter_map(|value| String::from_utf8(value).ok());
        names.extend(texts.filter(|name| {
            !name.is_empty() && placeholder.as_ref().is_none_or(|placeholder| dn::key(name) != *placeholder)
        }));
        next
    }

    /// Who the names stand for, in their order; nothing for a name without an entry of ours.
    pub(crate) async fn resolve(&self, session: &Session, names: Vec<String>) -> Result<Vec<Option<Member>>> {
        if names.len() >= MANY {
            return self.resolve_by_scan(session, &names).await;
        }
        let asked: Vec<_> = names.into_iter().map(|name| self.resolve_one(session, name).boxed()).collect();
        stream::iter(asked).buffered(AT_ONCE).try_collect().await
    }

    async fn resolve_one(&self, session: &Session, name: String) -> Result<Option<Member>> {
        // Whatever else lies beside accounts and groups is neither.
        let groups = self.model.dialect.groups.as_ref().map_or("", |shape| shape.filter.as_str());
        let ours = format!("(|{}{groups})", self.model.dialect.people.filter);
        let search = Search::entry(&name, &ours, self.model.identity());
        let found = session.few(&search).await?.pop();
        Ok(found.and_then(|entry| self.member(&entry)))
    }

    async fn resolve_by_scan(&self, session: &Session, names: &[String]) -> Result<Vec<Option<Member>>> {
        let mut wanted: BTreeMap<String, Option<Member>> =
            names.iter().map(|name| (dn::key(name), None)).collect();
        for class in [ObjectClass::USER, ObjectClass::GROUP] {
            let Ok((shape, _)) = self.model.shape(&class) else { continue };
            for base in self.model.bases(&class) {
                let search = Search::below(&base, shape.filter.clone(), self.model.identity())
                    .on_active_directory(self.model.dialect.active_directory);
                self.scan(session, &search, |entry| {
                    if let Some(place) = wanted.get_mut(&dn::key(&entry.dn)) {
                        *place = self.member(&entry);
                    }
                })
                .await?;
            }
        }
        Ok(names.iter().map(|name| wanted.get(&dn::key(name)).cloned().flatten()).collect())
    }

    /// Looks at every entry of a search, a page at a time.
    pub(crate) async fn scan(
        &self,
        session: &Session,
        search: &Search,
        mut look: impl FnMut(Entry),
    ) -> Result<()> {
        let mut cookie = Vec::new();
        loop {
            let found = session.page(search, SCAN_PAGE, cookie).await?;
            found.entries.into_iter().for_each(&mut look);
            if !found.complete {
                return Err(super::walk::cut_off());
            }
            if found.cookie.is_empty() {
                return Ok(());
            }
            cookie = found.cookie;
        }
    }

    /// An entry as a member, when it is an account or a group of ours.
    pub(crate) fn member(&self, entry: &Entry) -> Option<Member> {
        let group = self.model.is_group(entry);
        let class = if group { ObjectClass::GROUP } else { ObjectClass::USER };
        let ours = self.model.bases(&class).iter().any(|base| dn::is_within(&entry.dn, base));
        let id = self.model.id(entry).filter(|_| ours)?;
        Some(Member { dn: entry.dn.clone(), id, group })
    }

    /// Adds who is in a group to the object that shows it.
    pub(crate) async fn put_members(&self, session: &Session, dn: &str, object: &mut Object) -> Result<()> {
        let members = match self.model.dialect.member_of {
            true => self.members_by_back_link(session, dn).await?,
            false => {
                let names = self.member_names(session, dn).await?;
                self.resolve(session, names.into()).await?.into_iter().flatten().collect()
            }
        };
        let values: Vec<Value> = members.into_iter().map(|member| member_value(&member)).collect();
        if let Ok(path) = AttrPath::parse("members")
            && !values.is_empty()
        {
            object.resource.set(&path, Value::Array(values));
        }
        Ok(())
    }

    async fn members_by_back_link(&self, session: &Session, dn: &str) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        for class in [ObjectClass::USER, ObjectClass::GROUP] {
            let (shape, _) = self.model.shape(&class)?;
            for base in self.model.bases(&class) {
                let filter = format!("(&{}(memberOf={}))", shape.filter, filter_text(dn));
                let search = Search::below(&base, filter, self.model.identity())
                    .on_active_directory(self.model.dialect.active_directory);
                self.scan(session, &search, |entry| members.extend(self.member(&entry))).await?;
            }
        }
        Ok(members)
    }
}

fn member_value(member: &Member) -> Value {
    json!({ "value": member.id, "type": if member.group { "Group" } else { "User" } })
}
