use tenure_connector::{Cursor, Object, Sort};
use tenure_scim::filter::Filter;
use tenure_scim::message::{SearchRequest, SortOrder};
use tenure_scim::{Fired, ResourceSchema, ScimError};

use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::fault::Answer;
use crate::message::ListMessage;
use crate::projection::fields;
use crate::query::{Slice, Wanted, place_name, walk_name};
use crate::references::without_addresses;
use crate::server::class_of;

/// `GET /Users` and `POST /Users/.search`.
pub(crate) async fn list(call: &Call<'_>, schema: &ResourceSchema, query: &SearchRequest) -> Answer {
    let answer = find(call, schema, query).await;
    call.record(ActionKind::List, Some(schema), None, status_of(&answer), &Fired::default());
    answer
}

async fn find(call: &Call<'_>, schema: &ResourceSchema, query: &SearchRequest) -> Answer {
    call.permit(ActionKind::List, Some(schema), None).await?;
    let projection = &query.projection;
    let filter = check_filter(call, query)?.map(|filter| as_meant(call, schema, filter));
    if let Some(filter) = &filter {
        filter.check(schema).map_err(|error| ScimError::invalid_filter(error.to_string()))?;
    }
    let filter = filter.map(|filter| without_addresses(call.server, schema, filter)).transpose()?;
    let wanted =
        Wanted { schema, filter, sort: read_sort(call, schema, query)?, fields: fields(projection, schema) };
    let count = page_size(call, query)?;
    let found = match &query.cursor {
        Some(cursor) => by_cursor(call, &wanted, query, cursor, count).await?,
        None => by_index(call, &wanted, query, count).await?,
    };
    let (items, message) = found.into_parts();
    let shown =
        items.into_iter().map(|object| call.show(schema, object, projection, &Default::default()).to_text());
    Ok(message.reply(shown))
}

/// One page and what is said about it.
#[derive(Debug, Default)]
struct Found {
    items: Vec<Object>,
    total: Option<u64>,
    start: Option<u64>,
    next: Option<String>,
}

impl Found {
    fn into_parts(self) -> (Vec<Object>, ListMessage) {
        (self.items, ListMessage { total: self.total, start: self.start, next: self.next })
    }
}

async fn by_index(
    call: &Call<'_>,
    wanted: &Wanted<'_>,
    query: &SearchRequest,
    count: usize,
) -> Answer<Found> {
    // SPEC: RFC 7644 section 3.4.2.4: a startIndex below 1 is read as 1.
    let start = query.start_index.unwrap_or(1).max(1);
    let skip = start - 1;
    let slice = if wanted.is_native(call) {
        wanted.by_index(call, skip, count, &walk_name(call, &class_of(wanted.schema), query)).await?
    } else {
        looked_through(call, wanted, skip, count).await?
    };
    let mut found = Found { items: slice.items, total: slice.total, start: Some(start), next: None };
    if found.total.is_none() {
        // SPEC: RFC 9865 section 2.3: where the number is not known, the client goes on by cursor.
        let next = slice.next.filter(|_| call.server.features.cursor).ok_or_else(uncounted)?;
        found.start = None;
        found.next = Some(seal(call, wanted, query, next.as_str())?);
    }
    Ok(found)
}

async fn by_cursor(
    call: &Call<'_>,
    wanted: &Wanted<'_>,
    query: &SearchRequest,
    cursor: &str,
    count: usize,
) -> Answer<Found> {
    if !call.server.features.cursor {
        return Err(ScimError::not_implemented("this service has no paging by cursor").into());
    }
    if query.start_index.is_some() {
        return Err(ScimError::invalid_value("`cursor` and `startIndex` cannot be used together").into());
    }
    let place = if cursor.is_empty() { None } else { Some(unseal(call, wanted, query, cursor)?) };
    if wanted.is_native(call) {
        let slice = wanted.by_cursor(call, place.map(Cursor::new), count).await?;
        let next = slice.next.map(|next| seal(call, wanted, query, next.as_str())).transpose()?;
        return Ok(Found { items: slice.items, total: slice.total, start: None, next });
    }
    let skip = match place {
        None => 0,
        Some(place) => {
            place.parse().map_err(|_| ScimError::invalid_cursor("the cursor is not one of this query"))?
        }
    };
    let slice = looked_through(call, wanted, skip, count).await?;
    let here = skip.saturating_add(u64::try_from(slice.items.len()).unwrap_or(u64::MAX));
    let more = count > 0 && slice.total.is_some_and(|total| here < total);
    let next = more.then(|| seal(call, wanted, query, &here.to_string())).transpose()?;
    Ok(Found { items: slice.items, total: slice.total, start: None, next })
}

/// The answer of the server itself, where the connector cannot filter or sort.
async fn looked_through(call: &Call<'_>, wanted: &Wanted<'_>, skip: u64, count: usize) -> Answer<Slice> {
    let filter = match &wanted.filter {
        None => None,
        Some(filter) => Some(
            filter.compile(wanted.schema).map_err(|error| ScimError::invalid_filter(error.to_string()))?,
        ),
    };
    let all = wanted.scan(call, filter.as_ref()).await?;
    let total = u64::try_from(all.len()).ok();
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    Ok(Slice { items: all.into_iter().skip(skip).take(count).collect(), total, next: None })
}

/// The filter. One that is there is never left out of account.
pub(crate) fn check_filter(call: &Call<'_>, query: &SearchRequest) -> Result<Option<Filter>, ScimError> {
    match &query.filter {
        Some(_) if !call.server.features.filter => {
            Err(ScimError::not_implemented("this service has no filters"))
        }
        filter => Ok(filter.clone()),
    }
}

/// The filter with what the peer writes in its own way, where the profile allows it.
pub(crate) fn as_meant(call: &Call<'_>, schema: &ResourceSchema, mut filter: Filter) -> Filter {
    let mut fired = Fired::default();
    filter.normalise(schema, &call.server.profile, &mut fired);
    call.server.count_tolerances(&fired);
    filter
}

fn read_sort(
    call: &Call<'_>,
    schema: &ResourceSchema,
    query: &SearchRequest,
) -> Result<Option<Sort>, ScimError> {
    let Some(by) = &query.sort_by else { return Ok(None) };
    if !call.server.features.sort {
        return Err(ScimError::not_implemented("this service does not sort"));
    }
    if schema.attribute(by).is_none() {
        return Err(ScimError::invalid_path(format!(
            "`sortBy` expects an attribute of {}, found `{by}`",
            schema.name()
        )));
    }
    Ok(Some(Sort { by: by.clone(), descending: query.sort_order == SortOrder::Descending }))
}

/// An answer by index has to say how many match (RFC 7644 section 3.4.2), which here nobody knows.
pub(crate) fn uncounted() -> ScimError {
    ScimError::too_many("there are too many resources to count")
}

/// How many resources a page has. A negative count is none, a large one is the largest page, unless a walk by cursor
/// begins with it: then it is refused. Behind a cursor it is the one that the walk began with.
pub(crate) fn page_size(call: &Call<'_>, query: &SearchRequest) -> Result<usize, ScimError> {
    let limits = &call.server.limits;
    let most = u64::from(limits.page_max);
    let count = query.count.unwrap_or(u64::from(limits.page_default));
    if query.cursor.as_deref() == Some("") && count > most {
        return Err(ScimError::invalid_count(format!("`count` expects 0 to {most}, found {count}")));
    }
    Ok(usize::try_from(count.min(most)).unwrap_or_default())
}

/// Whom a cursor is for, besides its query.
fn context(call: &Call<'_>, wanted: &Wanted<'_>) -> String {
    place_name(call, &class_of(wanted.schema))
}

fn seal(
    call: &Call<'_>,
    wanted: &Wanted<'_>,
    query: &SearchRequest,
    place: &str,
) -> Result<String, ScimError> {
    let server = call.server;
    server.cursor_key.seal(place.as_bytes(), query, &context(call, wanted), server.now())
}

fn unseal(
    call: &Call<'_>,
    wanted: &Wanted<'_>,
    query: &SearchRequest,
    cursor: &str,
) -> Result<String, ScimError> {
    let server = call.server;
    let place = server.cursor_key.open(cursor, query, &context(call, wanted), server.now())?;
    String::from_utf8(place).map_err(|_| ScimError::invalid_cursor("the cursor is not one of this query"))
}
