use std::collections::BTreeSet;

use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{EntitlementRef, ListQuery, Object, Page, Result};
use tenure_scim::{AttrPath, Resource, ValueRef};
use tenure_scim_client::{Client, ListPage, Projection, Query};

use super::{Derived, base, read_cursor, walk_on, write_cursor};
use crate::ScimConnector;
use crate::error::translate;

/// How many pages without a grant are read on for one call.
const EMPTY_PAGES: usize = 50;
/// The smallest page of groups or users that is worth a request.
const SMALLEST_PAGE: u32 = 50;

impl ScimConnector {
    /// Lists who holds what: first the members of all groups, then the roles and entitlements of all users.
    pub(super) async fn grants(&self, client: &Client, query: &ListQuery) -> Result<Page> {
        let mut state = match &query.cursor {
            Some(cursor) => read_cursor::<Derived>(cursor)?,
            None => Derived { users: !has(client, "Group"), ..Derived::default() },
        };
        // Most groups and users can be empty; a caller wants pages that hold something.
        for _ in 0..EMPTY_PAGES {
            let (page, next) = self.grants_at(client, query, state).await?;
            match next {
                Some(next) if page.items.is_empty() => state = next,
                next => return Ok(Page { next: next.as_ref().map(write_cursor).transpose()?, ..page }),
            }
        }
        let (page, next) = self.grants_at(client, query, state).await?;
        Ok(Page { next: next.as_ref().map(write_cursor).transpose()?, ..page })
    }

    /// The grants of one page of groups or users, and where the walk goes on.
    async fn grants_at(
        &self,
        client: &Client,
        query: &ListQuery,
        mut state: Derived,
    ) -> Result<(Page, Option<Derived>)> {
        let (resource_type, paths): (_, &[&str]) = match state.users {
            true => ("User", &["roles", "entitlements"]),
            false => ("Group", &["members", "displayName"]),
        };
        let paths = paths.iter().filter_map(|path| AttrPath::parse(path).ok()).collect();
        let wanted = Query {
            projection: Projection::Only(paths),
            page_size: self.config.page_size.or(query.page_size.map(|size| size.max(SMALLEST_PAGE))),
            ..Query::new()
        };
        let mut page = walk_on(client, resource_type, &wanted, state.walk.as_ref()).await?;
        let grants = match state.users {
            true => page.resources.iter().flat_map(of_user).collect(),
            false => self.of_groups(client, &page).await?,
        };
        // A set, so that the same page gives the same order when it is read again for the next part of it.
        let room = query.page_size.map_or(usize::MAX, |size| size.max(1) as usize);
        let items: Vec<_> = grants.iter().skip(state.given).take(room).map(Object::from).collect();
        state.given += items.len();
        let left = grants.len() > state.given;
        let (after, complete) = (page.next.take(), page.complete && !state.missed);
        let next = match (left, after) {
            (true, _) => Some(state),
            (false, Some(walk)) => Some(Derived { walk: Some(walk), given: 0, ..state }),
            (false, None) if !state.users && self.config.read_roles && has(client, "User") => {
                Some(Derived { users: true, missed: !complete, ..Derived::default() })
            }
            (false, None) => None,
        };
        Ok((Page { items, complete, total: None, ..base(page) }, next))
    }

    async fn of_groups(&self, client: &Client, page: &ListPage) -> Result<BTreeSet<Held>> {
        let mut held = BTreeSet::new();
        for group in &page.resources {
            if !self.config.read_groups_singly {
                held.extend(of_group(group));
                continue;
            }
            let id = group.id().unwrap_or_default();
            let group = client.get("Group", id).await.map_err(|error| translate(&error))?;
            held.extend(of_group(&group.value));
        }
        Ok(held)
    }
}

fn has(client: &Client, resource_type: &str) -> bool {
    client.peer().is_some_and(|peer| peer.resource_type(resource_type).is_some())
}

/// An account and what it holds.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    principal: String,
    entitlement: EntitlementRef,
}

impl From<&Held> for Object {
    fn from(held: &Held) -> Self {
        Self::from(&GrantRecord::new(held.principal.as_str(), held.entitlement.clone()))
    }
}

fn of_group(group: &Resource) -> Vec<Held> {
    let entitlement = EntitlementRef::new("group", group.id().unwrap_or_default());
    let members = values(group, "members").into_iter().filter(|member| !is_group(*member));
    let held = members.filter_map(|member| {
        let principal = text(member, "value")?.to_owned();
        Some(Held { principal, entitlement: entitlement.clone() })
    });
    held.collect()
}

fn of_user(user: &Resource) -> Vec<Held> {
    let principal = user.id().unwrap_or_default();
    let roles = values(user, "roles").into_iter().map(|role| ("role", role));
    let others =
        values(user, "entitlements").into_iter().map(|one| (text(one, "type").unwrap_or("entitlement"), one));
    let held = roles.chain(others).filter_map(|(kind, value)| {
        let entitlement = EntitlementRef::new(kind, text(value, "value")?);
        Some(Held { principal: principal.to_owned(), entitlement })
    });
    held.collect()
}

fn values<'a>(resource: &'a Resource, path: &str) -> Vec<ValueRef<'a>> {
    resource.attr(path).and_then(ValueRef::as_array).map(|list| list.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: ValueRef<'a>, name: &str) -> Option<&'a str> {
    value.as_object()?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Whether a member is a group itself, by its type or by its address.
fn is_group(member: ValueRef<'_>) -> bool {
    match (text(member, "type"), text(member, "$ref")) {
        (Some(kind), _) => kind.eq_ignore_ascii_case("group"),
        (None, Some(address)) => address.contains("/Groups/"),
        (None, None) => false,
    }
}
