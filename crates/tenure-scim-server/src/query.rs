//! Answering a list from a connector, whatever the connector itself can do.

use tenure_connector::{
    Connector, Cursor, ErrorKind, Fields, FilterSupport, ListQuery, Object, ObjectClass, Result, Sort,
};
use tenure_scim::filter::{CompareOp, CompiledFilter, Filter};
use tenure_scim::message::{SearchRequest, SortOrder};
use tenure_scim::{AttrPath, ResourceSchema, ScimError};

use crate::call::Call;
use crate::fault::Answer;
use crate::server::class_of;

/// What a client asks of one resource type.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub(crate) schema: &'a ResourceSchema,
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<Sort>,
    pub(crate) fields: Fields,
}

/// A part of the resources that match.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) items: Vec<Object>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<Cursor>,
}

impl Wanted<'_> {
    fn query(&self) -> ListQuery {
        ListQuery {
            filter: self.filter.clone(),
            sort: self.sort.clone(),
            ..ListQuery::new(class_of(self.schema)).with_fields(self.fields.clone())
        }
    }

    /// Whether the connector answers this by itself.
    pub(crate) fn is_native(&self, call: &Call<'_>) -> bool {
        let class = class_of(self.schema);
        let Some(list) = call.server.capabilities.class(&class).and_then(|class| class.list.as_ref()) else {
            return false;
        };
        let filters = self.filter.as_ref().is_none_or(|filter| match &list.filter {
            FilterSupport::Full => true,
            FilterSupport::Equality(paths) => is_equality_of(filter, paths),
            _ => false,
        });
        filters && (self.sort.is_none() || list.sort)
    }

    /// Whether the connector finds a place by its number.
    fn skips(&self, call: &Call<'_>) -> bool {
        call.server.capabilities.class(&class_of(self.schema)).is_some_and(|class| class.skips)
    }

    /// Up to `count` resources from a connector's cursor on.
    pub(crate) async fn by_cursor(
        &self,
        call: &Call<'_>,
        cursor: Option<Cursor>,
        count: usize,
    ) -> Answer<Slice> {
        Ok(self.page(call, cursor, 0, count).await?)
    }

    async fn page(&self, call: &Call<'_>, cursor: Option<Cursor>, skip: u64, count: usize) -> Result<Slice> {
        let mut slice = Slice { next: cursor, ..Slice::default() };
        loop {
            let missing = count.saturating_sub(slice.items.len());
            let mut query = self.query().with_page_size(u32::try_from(missing.max(1)).unwrap_or(u32::MAX));
            query.cursor = slice.next.take();
            query.skip = if query.cursor.is_none() { skip } else { 0 };
            let page = call.server.connector.list(&call.ctx, &query).await?;
            slice.total = page.total.or(slice.total);
            if missing == 0 {
                // Only the number was wanted.
                slice.next = None;
                return Ok(slice);
            }
            let empty = page.items.is_empty();
            slice.items.extend(page.items);
            slice.next = page.next;
            if slice.next.is_none() || slice.items.len() >= count || empty {
                return Ok(slice);
            }
        }
    }

    /// Up to `count` resources behind the first `skip`, from where an earlier page ended if that is known.
    pub(crate) async fn by_index(
        &self,
        call: &Call<'_>,
        skip: u64,
        count: usize,
        walk: &str,
    ) -> Answer<Slice> {
        let kept = match call.server.walks.find(walk, skip) {
            Some(kept) => self.page_at_kept(call, kept, count).await?,
            None => None,
        };
        let native = kept.is_none() && skip > 0 && self.skips(call);
        let mut slice = match kept {
            Some(slice) => slice,
            None if skip == 0 || native => self.page(call, None, skip, count).await?,
            None => match self.skip(call, skip).await? {
                (found, None) if found <= skip => {
                    return Ok(Slice { total: Some(found), ..Slice::default() });
                }
                (_, cursor) => self.page(call, cursor, 0, count).await?,
            },
        };
        let mut total = None;
        let here = skip.saturating_add(u64::try_from(slice.items.len()).unwrap_or(u64::MAX));
        if let Some(next) = &slice.next {
            call.server.walks.keep(walk, here, next.clone());
        } else if count > 0 && !(native && slice.items.is_empty()) {
            total = Some(here);
        }
        slice.total = slice.total.or(total);
        if slice.total.is_none() {
            slice.total = self.count(call).await?;
        }
        Ok(slice)
    }

    /// The page at a cursor that was kept; `None` when the connector does not know the cursor any more.
    async fn page_at_kept(&self, call: &Call<'_>, kept: Cursor, count: usize) -> Result<Option<Slice>> {
        match self.page(call, Some(kept), 0, count).await {
            Ok(slice) => Ok(Some(slice)),
            // What is wrong with the query itself is told of the query that begins anew.
            Err(error) if matches!(error.kind(), ErrorKind::TokenExpired | ErrorKind::InvalidInput) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Walks over `skip` resources. A cursor may belong to the whole query, so they are read as those that are shown.
    async fn skip(&self, call: &Call<'_>, skip: u64) -> Result<(u64, Option<Cursor>)> {
        let mut passed = 0_u64;
        let mut query = self.query();
        loop {
            let missing = skip.saturating_sub(passed).min(u64::from(STEP));
            query.page_size = u32::try_from(missing).ok();
            let page = call.server.connector.list(&call.ctx, &query).await?;
            passed = passed.saturating_add(u64::try_from(page.items.len()).unwrap_or(u64::MAX));
            query.cursor = page.next;
            if query.cursor.is_none() || passed >= skip {
                return Ok((passed, query.cursor));
            }
        }
    }

    /// How many match, for a connector that does not say; `None` when there are more than the server looks through.
    async fn count(&self, call: &Call<'_>) -> Answer<Option<u64>> {
        let mut query = self.query().with_fields(id_only()).with_page_size(STEP);
        let mut seen = 0_u64;
        loop {
            let page = call.server.connector.list(&call.ctx, &query).await?;
            seen = seen.saturating_add(u64::try_from(page.items.len()).unwrap_or(u64::MAX));
            query.cursor = page.next;
            if query.cursor.is_none() {
                return Ok(Some(seen));
            }
            if seen > call.server.limits.scan {
                return Ok(None);
            }
        }
    }

    /// Every match, found by looking through all resources, for a connector that cannot filter or sort.
    pub(crate) async fn scan(&self, call: &Call<'_>, filter: Option<&CompiledFilter>) -> Answer<Vec<Object>> {
        // The filter and the order may look at attributes that the answer does not show.
        let mut query = ListQuery::new(class_of(self.schema)).with_page_size(STEP);
        let (mut found, mut seen) = (Vec::new(), 0_u64);
        loop {
            let page = call.server.connector.list(&call.ctx, &query).await?;
            for object in page.items {
                seen += 1;
                if filter.is_none_or(|filter| filter.matches(&object.resource)) {
                    found.push(object);
                }
            }
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
            if seen >= call.server.limits.scan {
                return Err(ScimError::too_many(format!(
                    "the system behind this service cannot answer this by itself, and it has more than {} resources",
                    call.server.limits.scan
                ))
                .into());
            }
        }
        if let Some(sort) = &self.sort {
            let order = if sort.descending { SortOrder::Descending } else { SortOrder::Ascending };
            let sort = tenure_scim::Sort::new(&sort.by, order, self.schema)?;
            found.sort_by(|a, b| sort.compare(&a.resource, &b.resource));
        }
        Ok(found)
    }
}

/// Whether a filter is a comparison by `eq` of one of these attributes, or several of them joined by `and`.
fn is_equality_of(filter: &Filter, paths: &[String]) -> bool {
    match filter {
        Filter::Compare(comparison) => {
            let path = comparison.path.without_schema().to_string();
            comparison.op == CompareOp::Eq && paths.iter().any(|known| known.eq_ignore_ascii_case(&path))
        }
        _ => false,
    }
}

fn id_only() -> Fields {
    AttrPath::parse("id").map(|path| Fields::Only([path].into())).unwrap_or_default()
}

/// How many resources one call of a walk reads.
const STEP: u32 = 500;

/// Names whose cursors of a class these are.
pub(crate) fn place_name(call: &Call<'_>, class: &ObjectClass) -> String {
    format!("{}\u{0}{class}", call.principal.name)
}

/// Names a walk by index: everything that it depends on.
pub(crate) fn walk_name(call: &Call<'_>, class: &ObjectClass, query: &SearchRequest) -> String {
    let mut name = place_name(call, class);
    for (key, value) in query.to_pairs() {
        if !matches!(key, "startIndex" | "count") {
            name.extend(["\u{0}", key, "=", &*value]);
        }
    }
    name
}
