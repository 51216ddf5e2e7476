mod entitlements;
mod grants;
mod one;

pub(crate) use self::one::find;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tenure_connector::{
    Certainty, ConnectorError, Cursor, ErrorKind, ListQuery, ObjectClass, Page, RejectedItem, Result,
};
use tenure_scim_client::{Client, ListPage, Query, Walk};

use crate::error::translate;
use crate::object::{object, projection};
use crate::{ScimConnector, ignored};

impl ScimConnector {
    pub(crate) async fn read_page(&self, client: &Client, query: &ListQuery) -> Result<Page> {
        let class = &query.class;
        if *class == ObjectClass::ENTITLEMENT || *class == ObjectClass::GRANT {
            if query.filter.is_some() || query.sort.is_some() {
                let detail = format!("SCIM cannot filter or sort the class `{class}`");
                return Err(
                    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
                );
            }
            return match *class == ObjectClass::GRANT {
                true => self.grants(client, query).await,
                false => self.entitlements(client, query).await,
            };
        }
        let resource_type = Self::resource_type(client, class)?;
        let wanted = Query {
            filter: query.filter.clone(),
            projection: projection(&query.fields, class),
            sort_by: query.sort.as_ref().map(|sort| sort.by.clone()),
            descending: query.sort.as_ref().is_some_and(|sort| sort.descending),
            page_size: query.page_size.or(self.config.page_size),
            post: false,
        };
        let walk = query.cursor.as_ref().map(read_cursor::<Walk>).transpose()?;
        let mut page = walk_on(client, &resource_type, &wanted, walk.as_ref()).await?;
        if let Some(filter) = &query.filter {
            ignored::check(filter, &page.resources)?;
        }
        let resources = std::mem::take(&mut page.resources);
        let next = page.next.as_ref().map(write_cursor).transpose()?;
        Ok(Page {
            items: resources.into_iter().map(|resource| object(class, resource)).collect(),
            next,
            ..base(page)
        })
    }
}

/// Reads the page on which a walk stands, or the first one.
async fn walk_on(
    client: &Client,
    resource_type: &str,
    query: &Query,
    walk: Option<&Walk>,
) -> Result<ListPage> {
    let page = match walk {
        Some(walk) => client.list_next(resource_type, query, walk).await,
        None => client.list(resource_type, query).await,
    };
    page.map_err(|error| translate(&error))
}

/// A page without items and without an end.
fn base(page: ListPage) -> Page {
    let rejected = page.rejected.into_iter().map(|(position, why)| {
        RejectedItem::new(format!("entry {position} of the list"), "a SCIM resource", why)
    });
    Page {
        items: Vec::new(),
        next: None,
        total: page.total,
        complete: page.complete,
        rejected: rejected.collect(),
        rate: tenure_connector_rest::rate_signal(&page.headers),
    }
}

fn read_cursor<T: DeserializeOwned>(cursor: &Cursor) -> Result<T> {
    serde_json::from_str(cursor.as_str()).map_err(|_| {
        ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
            .with_attribute("cursor")
            .with_detail("expected a cursor that this connector made")
    })
}

fn write_cursor<T: Serialize>(state: &T) -> Result<Cursor> {
    serde_json::to_string(state).map(Cursor::new).map_err(|error| {
        ConnectorError::new(ErrorKind::Unexpected, Certainty::NotAttempted)
            .with_detail("the state of the walk cannot be written")
            .with_source(error)
    })
}

/// Where a walk stands whose items are made from parts of resources.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Derived {
    /// Which resources are read now.
    #[serde(default)]
    users: bool,
    /// The page that is read now; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
    /// How many items of this page were given out already.
    #[serde(default)]
    given: usize,
    /// Something was missed earlier.
    #[serde(default)]
    missed: bool,
}
