use tenure_connector::{ObjectClass, ObjectRef, Result};
use tenure_scim::{AttrPath, CompareOp, Filter, Resource, ValueRef};
use tenure_scim_client::{Client, ErrorKind, Projection, Query};

use super::absent;
use crate::ScimConnector;
use crate::error::translate;
use crate::read::find;

impl ScimConnector {
    /// Whether an account holds an entitlement now.
    pub(crate) async fn holds(&self, client: &Client, user: &str, kind: &str, id: &str) -> Result<bool> {
        let only = ["groups", "roles", "entitlements"].iter().filter_map(|path| AttrPath::parse(path).ok());
        let read = client.get_with("User", user, &Projection::Only(only.collect())).await;
        match absent(read)? {
            Some(reply) => self.holds_now(client, &reply.value, user, kind, id).await,
            None => Ok(false),
        }
    }

    /// As [`holds`](Self::holds), for an account that was read with `groups`, `roles` and `entitlements`.
    pub(super) async fn holds_now(
        &self,
        client: &Client,
        account: &Resource,
        user: &str,
        kind: &str,
        id: &str,
    ) -> Result<bool> {
        match kind {
            "group" if has(account, "groups", id, None) => Ok(true),
            "group" => self.is_member(client, id, user).await,
            "role" => Ok(has(account, "roles", id, None)),
            kind => Ok(has(account, "entitlements", id, Some(kind))),
        }
    }

    /// Asks for the group with this member; reads the group itself where the peer cannot be asked so.
    async fn is_member(&self, client: &Client, group: &str, user: &str) -> Result<bool> {
        let equal = |path: &str, value: &str| {
            let path = AttrPath::parse(path).ok()?;
            Some(Filter::compare(path, CompareOp::Eq, value))
        };
        let filter = Filter::and(equal("id", group).into_iter().chain(equal("members.value", user)));
        let only = Projection::Only(AttrPath::parse("displayName").into_iter().collect());
        let query = Query::new().filtered(filter).projected(only).with_page_size(2);
        match client.list("Group", &query).await {
            // More than one group with an id: the filter was ignored.
            Ok(page) if page.resources.len() == 1 && page.total.is_none_or(|total| total == 1) => {
                return Ok(page.resources.first().and_then(Resource::id) == Some(group));
            }
            Ok(page) if page.resources.is_empty() => return Ok(false),
            Ok(_) => {}
            Err(error) if matches!(error.status(), Some(400 | 403 | 501)) => {}
            Err(error) => return Err(translate(&error)),
        }
        let only = Projection::Only(AttrPath::parse("members").into_iter().collect());
        let read = absent(client.get_with("Group", group, &only).await)?;
        Ok(read.is_some_and(|reply| has(&reply.value, "members", user, None)))
    }

    /// The id of the group that an entitlement names by its id or its display name.
    pub(super) async fn group_id(&self, client: &Client, named: &str) -> Result<Option<String>> {
        let only = Projection::Only(AttrPath::parse("displayName").into_iter().collect());
        // A display name can hold what no address takes as an id.
        let by_id = match client.get_with("Group", named, &only).await {
            Err(error) if error.kind() == ErrorKind::Config || error.status() == Some(400) => None,
            read => absent(read)?,
        };
        if let Some(reply) = by_id {
            return Ok(Some(reply.value.id().unwrap_or(named).to_owned()));
        }
        let wanted = ObjectRef::by(ObjectClass::GROUP, ObjectRef::DISPLAY_NAME, named);
        Ok(find(client, &wanted, &only).await?.and_then(|group| group.id().map(str::to_owned)))
    }
}

fn has(resource: &Resource, path: &str, id: &str, kind: Option<&str>) -> bool {
    let values = resource.attr(path).and_then(ValueRef::as_array);
    values.is_some_and(|values| {
        values.iter().filter_map(ValueRef::as_object).any(|value| {
            let text = |name: &str| value.get(name).and_then(ValueRef::as_str);
            text("value") == Some(id) && kind.is_none_or(|kind| text("type").unwrap_or("entitlement") == kind)
        })
    })
}
