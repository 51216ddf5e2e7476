use tenure_scim::message::SearchRequest;
use tenure_scim::{Fired, ScimError};

use super::list::{as_meant, check_filter, page_size, uncounted};
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::fault::Answer;
use crate::message::ListMessage;
use crate::projection::fields;
use crate::query::{Wanted, walk_name};
use crate::references::without_addresses;
use crate::server::class_of;

/// `GET /` and `POST /.search`: one search over every resource type (RFC 7644 section 3.4.2.1).
pub(crate) async fn search(call: &Call<'_>, query: &SearchRequest) -> Answer {
    let answer = find(call, query).await;
    call.record(ActionKind::List, None, None, status_of(&answer), &Fired::default());
    answer
}

async fn find(call: &Call<'_>, query: &SearchRequest) -> Answer {
    call.permit(ActionKind::List, None, None).await?;
    if query.cursor.is_some() || query.sort_by.is_some() {
        let error = "a search over all resource types has no paging by cursor and no order";
        return Err(ScimError::not_implemented(error).into());
    }
    let filter = check_filter(call, query)?;
    if let Some(filter) = &filter {
        let fits =
            call.server.served().any(|schema| as_meant(call, schema, filter.clone()).check(schema).is_ok());
        if !fits {
            return Err(ScimError::invalid_filter("the filter fits no resource type of this service").into());
        }
    }
    let projection = &query.projection;
    let count = page_size(call, query)?;
    let start = query.start_index.unwrap_or(1).max(1);
    let mut skip = start - 1;
    let mut shown = Vec::new();
    let mut total = 0_u64;
    for schema in call.server.served() {
        let filter = filter.clone().map(|filter| as_meant(call, schema, filter));
        let fits = filter.as_ref().is_none_or(|filter| filter.check(schema).is_ok());
        let filter = filter.map(|filter| without_addresses(call.server, schema, filter)).transpose()?;
        let mut wanted = Wanted { schema, filter, sort: None, fields: fields(projection, schema) };
        let missing = count.saturating_sub(shown.len());
        let (items, found) = if fits && wanted.is_native(call) {
            let name = walk_name(call, &class_of(schema), query);
            let slice = wanted.by_index(call, skip, missing, &name).await?;
            let total = slice.total.ok_or_else(uncounted)?;
            (slice.items, total)
        } else {
            // An attribute that a type does not have is one without a value there.
            let compiled = wanted.filter.take().map(|filter| filter.compile_open());
            let all = wanted.scan(call, compiled.as_ref()).await?;
            let found = u64::try_from(all.len()).unwrap_or(u64::MAX);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            (all.into_iter().skip(skip).take(missing).collect(), found)
        };
        shown.extend(
            items
                .into_iter()
                .map(|object| call.show(schema, object, projection, &Default::default()).to_text()),
        );
        skip = skip.saturating_sub(found);
        total = total.saturating_add(found);
    }
    Ok(ListMessage { total: Some(total), start: Some(start), next: None }.reply(shown))
}
