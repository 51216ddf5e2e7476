//! Finding and listing, in the order of the ids.

use tenure_connector::{
    Certainty, ConnectorError, Cursor, ListQuery, Object, ObjectClass, ObjectRef, Page, Result,
};

use crate::account::grant;
use crate::connector::{LinuxConnector, unsupported};
use crate::files::{Account, Group, Host};

impl LinuxConnector {
    /// The account of a reference; nothing for one that is not ours.
    pub(crate) fn account<'a>(&self, host: &'a Host, object: &ObjectRef) -> Result<Option<&'a Account>> {
        let found = match object.id.is_empty() {
            false => object.id.parse().ok().and_then(|uid: u32| host.accounts.get(&uid)),
            true => host.account_named(name_of(object, ObjectRef::USER_NAME)?),
        };
        Ok(found.filter(|account| (self.config.ids.0..=self.config.ids.1).contains(&account.uid)))
    }

    pub(crate) fn group<'a>(&self, host: &'a Host, object: &ObjectRef) -> Result<Option<&'a Group>> {
        let name = if object.id.is_empty() { Some(name_of(object, ObjectRef::DISPLAY_NAME)?) } else { None };
        let mut all = host.our_groups(&self.config);
        Ok(all.find(|group| match name {
            Some(name) => group.name == name,
            None => group.gid.to_string() == object.id,
        }))
    }

    pub(crate) fn one(&self, host: &Host, object: &ObjectRef) -> Result<Option<Object>> {
        Ok(match object.class.as_str() {
            "User" => self.account(host, object)?.map(Account::object),
            "Group" => self.group(host, object)?.map(Group::object),
            "Entitlement" => {
                let gid = object.id.strip_prefix("group:");
                let found = host
                    .grantable(&self.config)
                    .into_iter()
                    .find(|group| Some(group.gid.to_string().as_str()) == gid);
                found.map(Group::entitlement)
            }
            _ => self
                .grants(host)
                .into_iter()
                .map(|(_, grant)| grant)
                .find(|grant| grant.object.id == object.id),
        })
    }

    pub(crate) fn page(&self, host: &Host, query: &ListQuery) -> Result<Page> {
        let schema = self.compiled(&query.class)?;
        if query.sort.is_some() {
            return Err(unsupported("accounts come in the order of their ids"));
        }
        let after = query.cursor.as_ref().map(|cursor| read_cursor(&query.class, cursor)).transpose()?;
        let filter = match &query.filter {
            Some(filter) => Some(filter.compile(schema).map_err(|error| {
                ConnectorError::invalid_input("filter", error.to_string())
                    .with_certainty(Certainty::NotAttempted)
            })?),
            None => None,
        };
        let size = query.page_size.unwrap_or(self.config.page_size).clamp(1, 1_000);
        let room = usize::try_from(size).unwrap_or(usize::MAX);
        let mut items = self.all(host, &query.class);
        items.retain(|(place, object)| {
            after.is_none_or(|after| *place > after)
                && filter.as_ref().is_none_or(|filter| filter.matches(&object.resource))
        });
        let more = items.len() > room;
        items.truncate(room);
        let next = items
            .last()
            .filter(|_| more)
            .map(|((one, other), _)| Cursor::new(format!("after-{}-{one}-{other}", query.class)));
        let shown = items
            .into_iter()
            .map(|(_, object)| Object { resource: query.fields.project(&object.resource, schema), ..object });
        Ok(Page { next, ..Page::last(shown.collect()) })
    }

    fn all(&self, host: &Host, class: &ObjectClass) -> Vec<((u32, u32), Object)> {
        match class.as_str() {
            "User" => host.ours(&self.config).map(|one| ((one.uid, 0), one.object())).collect(),
            "Group" => host.our_groups(&self.config).map(|one| ((one.gid, 0), one.object())).collect(),
            "Entitlement" => host
                .grantable(&self.config)
                .into_iter()
                .map(|one| ((one.gid, 0), one.entitlement()))
                .collect(),
            _ => self.grants(host),
        }
    }

    fn grants(&self, host: &Host) -> Vec<((u32, u32), Object)> {
        let groups = host.grantable(&self.config);
        let mut grants = Vec::new();
        for group in groups {
            let holders = host.ours(&self.config).filter(|account| is_member(account, group));
            grants.extend(holders.map(|account| ((account.uid, group.gid), grant(account, group))));
        }
        grants.sort_by_key(|(place, _)| *place);
        grants
    }
}

pub(crate) fn is_member(account: &Account, group: &Group) -> bool {
    account.gid == group.gid || group.members.contains(&account.name)
}

fn name_of<'a>(object: &'a ObjectRef, key: &str) -> Result<&'a str> {
    object.secondary(key).ok_or_else(|| {
        let detail = format!("`{object}` has no identifier that the host can look up");
        ConnectorError::invalid_input("object", detail)
    })
}

fn read_cursor(class: &ObjectClass, cursor: &Cursor) -> Result<(u32, u32)> {
    let ids = cursor.as_str().strip_prefix(&format!("after-{class}-")).and_then(|ids| ids.split_once('-'));
    ids.and_then(|(one, other)| Some((one.parse().ok()?, other.parse().ok()?))).ok_or_else(|| {
        let detail = format!("expected a cursor of this connector for `{class}`, found `{cursor}`");
        ConnectorError::invalid_input("cursor", detail).with_certainty(Certainty::NotAttempted)
    })
}
