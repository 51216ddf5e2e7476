use serde_json::{Map, Value, json};
use tenure_connector::{Cursor, Object, Sort};
use tenure_scim::filter::{Filter, FilterLimits};
use tenure_scim::{Fired, ResourceSchema, ScimError, uri};

use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::fault::Answer;
use crate::params::Params;
use crate::projection::Projection;
use crate::query::{Slice, Wanted, walk_name};
use crate::reply::Reply;
use crate::server::class_of;

/// `GET /Users` and `POST /Users/.search`.
pub(crate) async fn list(call: &Call<'_>, schema: &ResourceSchema, params: &Params) -> Answer {
    let mut fired = Fired::default();
    let answer = find(call, schema, params, &mut fired).await;
    call.record(ActionKind::List, Some(schema), None, status_of(&answer), &fired);
    answer
}

async fn find(call: &Call<'_>, schema: &ResourceSchema, params: &Params, fired: &mut Fired) -> Answer {
    call.permit(ActionKind::List, Some(schema), None).await?;
    let projection = Projection::of(params);
    let filter = read_filter(call, params, fired)?;
    if let Some(filter) = &filter {
        filter.check(schema).map_err(|error| ScimError::invalid_filter(error.to_string()))?;
    }
    let wanted =
        Wanted { schema, filter, sort: read_sort(call, schema, params)?, fields: projection.fields(schema) };
    let count = page_size(call, params)?;
    let found = match &params.cursor {
        Some(cursor) => by_cursor(call, &wanted, params, cursor, count).await?,
        None => by_index(call, &wanted, params, count).await?,
    };
    let shown: Vec<Value> = found.items.iter().map(|object| call.show(schema, object, &projection)).collect();
    Ok(Reply::ok(found.into_message(shown)))
}

/// One page and what is said about it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) items: Vec<Object>,
    pub(crate) total: Option<u64>,
    pub(crate) start: Option<u64>,
    pub(crate) next: Option<String>,
}

impl Found {
    pub(crate) fn into_message(self, shown: Vec<Value>) -> Value {
        let mut message = Map::new();
        message.insert("schemas".to_owned(), json!([uri::LIST_RESPONSE]));
        if let Some(total) = self.total {
            message.insert("totalResults".to_owned(), total.into());
        }
        message.insert("itemsPerPage".to_owned(), shown.len().into());
        if let Some(start) = self.start {
            message.insert("startIndex".to_owned(), start.into());
        }
        if let Some(next) = self.next {
            message.insert("nextCursor".to_owned(), next.into());
        }
        message.insert("Resources".to_owned(), Value::Array(shown));
        Value::Object(message)
    }
}

async fn by_index(call: &Call<'_>, wanted: &Wanted<'_>, params: &Params, count: usize) -> Answer<Found> {
    // SPEC: RFC 7644 section 3.4.2.4: a startIndex below 1 is read as 1.
    let start = u64::try_from(params.start_index.unwrap_or(1)).unwrap_or(1).max(1);
    let skip = start - 1;
    let slice = if wanted.is_native(call) {
        wanted.by_index(call, skip, count, &walk(call, wanted, params)).await?
    } else {
        looked_through(call, wanted, skip, count).await?
    };
    let mut found = Found { items: slice.items, total: slice.total, start: Some(start), next: None };
    if found.total.is_none()
        && let Some(next) = slice.next
    {
        // SPEC: RFC 9865 section 2.3: where the number is not known, the client goes on by cursor.
        found.start = None;
        found.next = Some(seal(call, wanted, params, next.as_str()));
    }
    Ok(found)
}

async fn by_cursor(
    call: &Call<'_>,
    wanted: &Wanted<'_>,
    params: &Params,
    cursor: &str,
    count: usize,
) -> Answer<Found> {
    if !call.server.features.cursor {
        return Err(ScimError::not_implemented("this service has no paging by cursor").into());
    }
    if params.start_index.is_some() {
        return Err(ScimError::invalid_value("`cursor` and `startIndex` cannot be used together").into());
    }
    let place = if cursor.is_empty() { None } else { Some(unseal(call, wanted, params, cursor)?) };
    if wanted.is_native(call) {
        let slice = wanted.by_cursor(call, place.map(Cursor::new), count).await?;
        let next = slice.next.map(|next| seal(call, wanted, params, next.as_str()));
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
    let next = more.then(|| seal(call, wanted, params, &here.to_string()));
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

/// Reads the filter. One that is there is never left out of account.
pub(crate) fn read_filter(
    call: &Call<'_>,
    params: &Params,
    fired: &mut Fired,
) -> Result<Option<Filter>, ScimError> {
    let Some(text) = &params.filter else { return Ok(None) };
    if !call.server.features.filter {
        return Err(ScimError::not_implemented("this service has no filters"));
    }
    let limits = FilterLimits { max_length: call.server.limits.filter_bytes, ..FilterLimits::default() };
    Filter::parse_with(text, &limits, &call.server.profile, fired)
        .map(Some)
        .map_err(|error| ScimError::invalid_filter(error.to_string()))
}

fn read_sort(call: &Call<'_>, schema: &ResourceSchema, params: &Params) -> Result<Option<Sort>, ScimError> {
    let Some(by) = &params.sort_by else { return Ok(None) };
    if !call.server.features.sort {
        return Err(ScimError::not_implemented("this service does not sort"));
    }
    if schema.attribute(by).is_none() {
        return Err(ScimError::invalid_path(format!(
            "`sortBy` expects an attribute of {}, found `{by}`",
            schema.name()
        )));
    }
    Ok(Some(Sort { by: by.clone(), descending: params.descending }))
}

/// How many resources a page has. A negative count is none, a large one is the largest page.
pub(crate) fn page_size(call: &Call<'_>, params: &Params) -> Result<usize, ScimError> {
    let limits = &call.server.limits;
    let count = match params.count {
        None => i64::from(limits.page_default),
        Some(count) if params.cursor.is_some() && !(0..=i64::from(limits.page_max)).contains(&count) => {
            return Err(ScimError::invalid_count(format!(
                "`count` expects 0 to {}, found {count}",
                limits.page_max
            )));
        }
        Some(count) => count,
    };
    Ok(usize::try_from(count.clamp(0, i64::from(limits.page_max))).unwrap_or_default())
}

/// Everything that has to stay the same from page to page.
fn walk(call: &Call<'_>, wanted: &Wanted<'_>, params: &Params) -> String {
    let attributes = |paths: &[tenure_scim::AttrPath]| {
        paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(",").to_ascii_lowercase()
    };
    let sort = params.sort_by.as_ref().map_or_else(String::new, ToString::to_string);
    walk_name(
        call,
        &class_of(wanted.schema),
        &[
            params.filter.as_deref().unwrap_or_default(),
            &sort,
            if params.descending { "down" } else { "up" },
            &attributes(&params.attributes),
            &attributes(&params.excluded),
        ],
    )
}

fn seal(call: &Call<'_>, wanted: &Wanted<'_>, params: &Params, place: &str) -> String {
    let server = call.server;
    let place = format!("{}/{place}", params.count.unwrap_or(-1));
    server.cursor_key.seal(&place, &walk(call, wanted, params), server.now())
}

fn unseal(call: &Call<'_>, wanted: &Wanted<'_>, params: &Params, cursor: &str) -> Result<String, ScimError> {
    let server = call.server;
    let opened = server.cursor_key.open(
        cursor,
        &walk(call, wanted, params),
        server.now(),
        server.limits.cursor_life,
    )?;
    let (count, place) = opened
        .split_once('/')
        .ok_or_else(|| ScimError::invalid_cursor("the cursor is not one of this query"))?;
    if count != params.count.unwrap_or(-1).to_string() {
        return Err(ScimError::invalid_count("`count` has to be the same on every page"));
    }
    Ok(place.to_owned())
}
