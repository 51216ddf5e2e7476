use tenure_connector::{ListQuery, Object, Page, Result};
use tenure_scim::AttrPath;
use tenure_scim_client::{Client, Projection, Query, Walk};

use super::one::of_group;
use super::{base, read_cursor, walk_on, write_cursor};
use crate::ScimConnector;

impl ScimConnector {
    /// Lists what accounts can hold: the groups.
    pub(super) async fn entitlements(&self, client: &Client, query: &ListQuery) -> Result<Page> {
        let wanted =
            Query::new().projected(Projection::Only(AttrPath::parse("displayName").into_iter().collect()));
        let wanted = Query { page_size: query.page_size.or(self.config.page_size), ..wanted };
        let walk = query.cursor.as_ref().map(read_cursor::<Walk>).transpose()?;
        let mut page = walk_on(client, "Group", &wanted, walk.as_ref()).await?;
        let groups = std::mem::take(&mut page.resources);
        let next = page.next.as_ref().map(write_cursor).transpose()?;
        Ok(Page {
            items: groups.iter().map(|group| Object::from(&of_group(group))).collect(),
            next,
            ..base(page)
        })
    }
}
