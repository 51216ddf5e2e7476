use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    Certainty, ConnectorError, EntitlementRef, ErrorKind, Fields, Object, ObjectClass, ObjectRef, Result,
};
use tenure_scim::{AttrPath, CompareOp, Filter, Resource};
use tenure_scim_client::{Client, Projection, Query};

use crate::error::translate;
use crate::object::{object, of_reply, projection};
use crate::{ScimConnector, ignored};

impl ScimConnector {
    pub(crate) async fn read_one(
        &self,
        client: &Client,
        wanted: &ObjectRef,
        fields: &Fields,
    ) -> Result<Object> {
        match &wanted.class {
            class if *class == ObjectClass::ENTITLEMENT => self.entitlement(client, wanted).await,
            class if *class == ObjectClass::GRANT => self.grant_of(client, wanted).await,
            class => {
                let resource_type = Self::resource_type(client, class)?;
                let projection = projection(fields, class);
                if wanted.id.is_empty() {
                    let found = find(client, wanted, &projection).await?;
                    return found
                        .map(|found| object(class, found))
                        .ok_or_else(|| ConnectorError::not_found(wanted));
                }
                let read = client.get_with(&resource_type, &wanted.id, &projection).await;
                read.map(|reply| of_reply(class, reply)).map_err(|error| translate(&error))
            }
        }
    }

    async fn entitlement(&self, client: &Client, wanted: &ObjectRef) -> Result<Object> {
        let missing = || ConnectorError::not_found(wanted);
        let (kind, id) = wanted.id.split_once(':').ok_or_else(missing)?;
        if kind != "group" {
            return Err(missing());
        }
        let projection = Projection::Only(AttrPath::parse("displayName").into_iter().collect());
        let group = client.get_with("Group", id, &projection).await.map_err(|error| translate(&error))?;
        Ok(Object::from(&of_group(&group.value)))
    }

    async fn grant_of(&self, client: &Client, wanted: &ObjectRef) -> Result<Object> {
        let missing = || ConnectorError::not_found(wanted);
        // The kind has no colon and no slash; the ids of account and entitlement may have either.
        let parts = wanted.id.match_indices('/').find_map(|(at, _)| {
            let (kind, id) = wanted.id.get(at + 1..)?.split_once(':')?;
            (!kind.contains('/')).then_some((wanted.id.get(..at)?, kind, id))
        });
        let (principal, kind, id) = parts.ok_or_else(missing)?;
        let held = self.holds(client, principal, kind, id).await?;
        match held {
            true => Ok(Object::from(&GrantRecord::new(principal, EntitlementRef::new(kind, id)))),
            false => Err(missing()),
        }
    }
}

/// A group as what an account can hold.
pub(crate) fn of_group(group: &Resource) -> Entitlement {
    let entitlement = Entitlement::new("group", group.id().unwrap_or_default());
    match group.text("displayName") {
        Some(name) => entitlement.with_display(name),
        None => entitlement,
    }
}

/// Finds a resource by the names that are known of it; `None` when there is none.
pub(crate) async fn find(
    client: &Client,
    wanted: &ObjectRef,
    projection: &Projection,
) -> Result<Option<Resource>> {
    let resource_type = ScimConnector::resource_type(client, &wanted.class)?;
    let names = [
        (ObjectRef::USER_NAME, "userName"),
        (ObjectRef::EXTERNAL_ID, "externalId"),
        (ObjectRef::DISPLAY_NAME, "displayName"),
        (ObjectRef::EMAIL, "emails.value"),
    ];
    let Some((path, value)) = names.iter().find_map(|(name, path)| Some((*path, wanted.secondary(name)?)))
    else {
        let detail = format!("expected an id, or a name to look for, of `{wanted}`");
        return Err(ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted).with_detail(detail));
    };
    let path = AttrPath::parse(path).map_err(|error| {
        ConnectorError::new(ErrorKind::Unexpected, Certainty::NotAttempted).with_source(error)
    })?;
    let filter = Filter::compare(path, CompareOp::Eq, value);
    let query = Query::new().filtered(filter.clone()).projected(projection.clone()).with_page_size(2);
    let page = client.list(&resource_type, &query).await.map_err(|error| translate(&error))?;
    ignored::check(&filter, &page.resources)?;
    let mut found = page.resources.into_iter();
    match (found.next(), found.next()) {
        (found, None) => Ok(found),
        (_, Some(_)) => {
            let detail = format!("expected one object for `{wanted}`, found several");
            Err(ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted).with_detail(detail))
        }
    }
}
