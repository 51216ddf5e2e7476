//! Pages, by key: no row is read twice, however deep the walk is.

use tenure_connector::{
    Certainty, ConnectorError, Cursor, ListQuery, MemberPatch, Object, ObjectClass, Page, Result,
};
use tenure_scim::ResourceSchema;

use super::grants::{grant, grant_ids};
use super::{Wanted, entitlement, members};
use crate::capabilities::MOST;
use crate::connector::SqlConnector;
use crate::db::Session;
use crate::error::unsupported;

impl SqlConnector {
    pub(crate) async fn page(&self, query: &ListQuery) -> Result<Page> {
        let schema = self.compiled(&query.class)?;
        if query.sort.is_some() {
            return Err(unsupported("rows come in the order of their keys"));
        }
        let size = query.page_size.unwrap_or(self.page_size).clamp(1, MOST);
        let room = usize::try_from(size).unwrap_or(usize::MAX);
        let after = query.cursor.as_ref().map(|cursor| read_cursor(&query.class, cursor)).transpose()?;
        let mut session = self.backend.session().await?;
        // One further, to know whether there is more.
        let mut items = self.items(&mut *session, schema, query, after, room + 1).await?;
        let more = items.len() > room;
        items.truncate(room);
        let next = items.last().filter(|_| more).map(|last| {
            let key = last.object.id.strip_prefix("group:").unwrap_or(&last.object.id);
            Cursor::new(format!("{}{key}", prefix(&query.class)))
        });
        let left_out =
            query.class == ObjectClass::GROUP && self.links.is_some() && MemberPatch::wanted(&query.fields);
        let mut shown = Vec::with_capacity(items.len());
        for mut object in items {
            object.resource = query.fields.project(&object.resource, schema);
            if left_out {
                object.partial.insert(members()?);
            }
            shown.push(object);
        }
        Ok(Page { next, ..Page::last(shown) })
    }

    async fn items(
        &self,
        session: &mut dyn Session,
        schema: &ResourceSchema,
        query: &ListQuery,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Object>> {
        if query.class != ObjectClass::GRANT && query.class != ObjectClass::ENTITLEMENT {
            let rows = self.rows(&query.class)?;
            let wanted = Wanted { filter: query.filter.as_ref(), after, ..Wanted::default() };
            let found = self.fetch(session, rows, wanted, limit).await?;
            return Ok(found.into_iter().map(|found| found.object(rows)).collect());
        }
        let filter = match &query.filter {
            Some(filter) => Some(filter.compile(schema).map_err(|error| {
                ConnectorError::invalid_input("filter", error.to_string())
                    .with_certainty(Certainty::NotAttempted)
            })?),
            None => None,
        };
        let (mut after, mut items) = (after, Vec::new());
        loop {
            let batch = self.derived(session, query, after.as_deref(), limit).await?;
            let whole = batch.len() == limit;
            after = batch
                .last()
                .map(|last| last.object.id.strip_prefix("group:").unwrap_or(&last.object.id).to_owned());
            items.extend(
                batch
                    .into_iter()
                    .filter(|item| filter.as_ref().is_none_or(|filter| filter.matches(&item.resource))),
            );
            if !whole || items.len() >= limit {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }

    async fn derived(
        &self,
        session: &mut dyn Session,
        query: &ListQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Object>> {
        if query.class == ObjectClass::GRANT {
            let after = after.and_then(grant_ids).map(|(user, group)| (user.to_owned(), group.to_owned()));
            let pairs = self.grants(session, query.filter.as_ref(), after.as_ref(), limit).await?;
            return Ok(pairs.into_iter().map(|(user, group)| grant(user, group)).collect());
        }
        let groups = self.rows(&ObjectClass::GROUP)?;
        let wanted = Wanted { after: after.map(str::to_owned), ..Wanted::default() };
        Ok(self.fetch(session, groups, wanted, limit).await?.iter().map(entitlement).collect())
    }
}

fn prefix(class: &ObjectClass) -> String {
    format!("after-{class}-")
}

fn read_cursor(class: &ObjectClass, cursor: &Cursor) -> Result<String> {
    cursor.as_str().strip_prefix(prefix(class).as_str()).map(str::to_owned).ok_or_else(|| {
        let detail = format!("expected a cursor of this connector for `{class}`, found `{cursor}`");
        ConnectorError::invalid_input("cursor", detail).with_certainty(Certainty::NotAttempted)
    })
}
