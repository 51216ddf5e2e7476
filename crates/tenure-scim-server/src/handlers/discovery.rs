use serde_json::{Map, Value, json};
use tenure_scim::message::SearchRequest;
use tenure_scim::{ScimError, event, uri};

use crate::fault::Answer;
use crate::message::ListMessage;
use crate::reply::Reply;
use crate::server::Inner;

/// `GET /ServiceProviderConfig`. It says what is served; what it does not say is refused.
pub(crate) fn config(server: &Inner) -> Reply {
    let (features, limits) = (&server.features, &server.limits);
    let schemes: Vec<Value> = server
        .authenticate
        .schemes()
        .into_iter()
        .enumerate()
        .map(|(position, scheme)| {
            json!({"type": scheme.kind, "name": scheme.name, "description": scheme.description, "primary": position == 0})
        })
        .collect();
    let mut pagination = json!({
        "cursor": features.cursor,
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": limits.page_default,
        "maxPageSize": limits.page_max,
    });
    if features.cursor
        && let Some(object) = pagination.as_object_mut()
    {
        object.insert("cursorTimeout".to_owned(), limits.cursor_life.as_secs().into());
    }
    let mut config = json!({
        "schemas": [uri::SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": features.patch},
        "bulk": {
            "supported": features.bulk,
            "maxOperations": limits.bulk_operations,
            "maxPayloadSize": limits.bulk_bytes,
        },
        "filter": {"supported": features.filter, "maxResults": limits.page_max},
        "changePassword": {"supported": false},
        "sort": {"supported": features.sort},
        "etag": {"supported": features.etag},
        "pagination": pagination,
        "authenticationSchemes": schemes,
        "meta": {"resourceType": "ServiceProviderConfig", "location": server.address("/ServiceProviderConfig")},
    });
    // SPEC: RFC 9967 section 4: no `securityEvents` means none.
    if let (Some(_), Some(object)) = (&server.later, config.as_object_mut()) {
        let events = json!({"asyncRequest": "request", "eventUris": [event::ASYNC_RESPONSE]});
        object.insert("securityEvents".to_owned(), events);
    }
    Reply::ok(config)
}

/// `GET /ResourceTypes` and `GET /ResourceTypes/{name}`.
pub(crate) fn resource_types(server: &Inner, name: Option<&str>, query: &SearchRequest) -> Answer {
    let all = server.served().map(|schema| {
        let name = schema.name();
        let location = server.address(&format!("/ResourceTypes/{name}"));
        (name.to_owned(), located(schema.resource_type().to_json(), "ResourceType", &location))
    });
    one_or_all(all, name, query)
}

/// `GET /Schemas` and `GET /Schemas/{urn}`. Messages of the protocol are no schemas of resources and are not listed.
pub(crate) fn schemas(server: &Inner, urn: Option<&str>, query: &SearchRequest) -> Answer {
    let mut all: Vec<(String, Value)> = Vec::new();
    for schema in server.served() {
        let extensions = schema.extensions().map(|(extension, _)| extension);
        for schema in std::iter::once(schema.base()).chain(extensions) {
            let id = schema.id.to_string();
            if all.iter().all(|(known, _)| *known != id) {
                let location = server.address(&format!("/Schemas/{id}"));
                all.push((id, located(schema.to_json(), "Schema", &location)));
            }
        }
    }
    one_or_all(all.into_iter(), urn, query)
}

fn one_or_all(
    mut all: impl Iterator<Item = (String, Value)>,
    name: Option<&str>,
    query: &SearchRequest,
) -> Answer {
    // SPEC: RFC 7644 section 4: a filter on discovery is answered with 403.
    if query.filter.is_some() {
        return Err(ScimError::forbidden("discovery cannot be filtered").into());
    }
    match name {
        None => {
            let shown: Vec<Value> = all.map(|(_, value)| value).collect();
            let total = u64::try_from(shown.len()).ok();
            let message = ListMessage { total, start: Some(1), next: None };
            Ok(message.reply(shown.iter().map(Value::to_string)))
        }
        Some(name) => match all.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, value)) => Ok(Reply::ok(value)),
            None => Err(ScimError::not_found(format!("there is no `{name}`")).into()),
        },
    }
}

fn located(mut value: Value, kind: &str, location: &str) -> Value {
    if let Some(object) = value.as_object_mut() {
        let meta: Map<String, Value> =
            [("resourceType".to_owned(), kind.into()), ("location".to_owned(), location.into())]
                .into_iter()
                .collect();
        object.insert("meta".to_owned(), Value::Object(meta));
    }
    value
}
