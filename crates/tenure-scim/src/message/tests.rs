use serde_json::json;

use super::*;
use crate::filter::FilterLimits;
use crate::profile::{Fired, Profile, Tolerance};
use crate::resource::Resource;

/// RFC 7644 section 3.4.2, figure of a query for two users.
#[test]
fn a_list_response_round_trips() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 2,
        "Resources": [
            {"id": "2819c223-7f76-453a-919d-413861904646", "userName": "bjensen"},
            {"id": "c75ad752-64ae-4823-840d-ffa80929976c", "userName": "jsmith"}
        ]
    });
    let list: ListResponse = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(list.resources.iter().filter_map(Resource::id).count(), 2);
    assert_eq!(serde_json::to_value(list).unwrap(), body);
}

/// RFC 7644 section 3.4.2, statement 29; Entra expects 200 with no results.
#[test]
fn an_empty_result_may_lack_its_resources() {
    let list: ListResponse = serde_json::from_value(json!({"totalResults": 0})).unwrap();
    assert_eq!(serde_json::to_value(list).unwrap()["Resources"], json!([]));
    for body in
        [json!({}), json!({"totalResults": "2"}), json!({"totalResults": 1, "Resources": {}}), json!([])]
    {
        assert!(serde_json::from_value::<ListResponse>(body).is_err());
    }
}

/// RFC 9865 section 2, statements 63 and 65.
#[test]
fn cursor_pages_end_without_a_next_cursor() {
    let middle = ListResponse::cursor_page(vec![1, 2], None, Some("YkU3OF86Pz0rGv".to_owned()));
    assert_eq!(
        serde_json::to_value(&middle).unwrap(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "itemsPerPage": 2, "nextCursor": "YkU3OF86Pz0rGv", "Resources": [1, 2]
        })
    );
    let last: ListResponse<u8> = serde_json::from_value(json!({"Resources": [3], "nextCursor": ""})).unwrap();
    assert_eq!((last.next_cursor, last.total_results), (None, None));
}

/// RFC 7644 section 3.4.3, figure 5.
#[test]
fn a_search_request_round_trips() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": ["displayName", "userName"],
        "filter": "displayName sw \"smith\"",
        "startIndex": 1,
        "count": 10
    });
    let read = |body| {
        SearchRequest::from_json(body, &FilterLimits::default(), &Profile::strict(), &mut Fired::default())
    };
    let query = read(body.clone()).unwrap();
    assert_eq!(query.projection.attributes().len(), 2);
    assert_eq!(serde_json::to_value(&query).unwrap(), body);
    let pairs = query.to_pairs();
    let again = SearchRequest::from_pairs(pairs.iter().map(|(n, v)| (*n, v.as_str()))).unwrap();
    assert_eq!(again, query);

    for (body, expected) in [
        (
            json!({"filter": "a pr"}),
            "400 invalidSyntax: expected `urn:ietf:params:scim:api:messages:2.0:SearchRequest` in `schemas`",
        ),
        (
            json!([]),
            "400 invalidSyntax: expected a message of schema `urn:ietf:params:scim:api:messages:2.0:SearchRequest`",
        ),
        (
            json!({"schemas": body["schemas"], "filter": "a"}),
            "400 invalidFilter: expected an operator after `a`, found the end at byte 1",
        ),
        (
            json!({"schemas": body["schemas"], "count": {}}),
            "400 invalidValue: `count` has a value that it cannot have",
        ),
        (
            json!({"schemas": body["schemas"], "sortOrder": "up"}),
            "400 invalidValue: `sortOrder` has a value that it cannot have",
        ),
        (
            json!({"schemas": body["schemas"], "attributes": ["a", 1]}),
            "400 invalidValue: `attributes` has a value that it cannot have",
        ),
        (
            json!({"schemas": body["schemas"], "attributes": ["a b"]}),
            "400 invalidValue: `attributes`: `a b` is no attribute name: expected a letter, then letters, digits, `-`, `_` or `$`",
        ),
    ] {
        assert_eq!(read(body).unwrap_err().to_string(), expected);
    }
}

/// RFC 9865 section 4, statement 67: an empty cursor in a body asks for the first page.
#[test]
fn an_empty_cursor_asks_for_the_first_page() {
    let body = json!({"schemas": [crate::uri::SEARCH_REQUEST], "cursor": "", "count": 5});
    let query =
        SearchRequest::from_json(body, &FilterLimits::default(), &Profile::strict(), &mut Fired::default())
            .unwrap();
    assert_eq!((query.cursor.as_deref(), query.count), (Some(""), Some(5)));
}

/// RFC 7643 section 8.5.
#[test]
fn the_configuration_of_the_rfc_is_read_and_written() {
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "http://example.com/help/scim.html",
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": 1000, "maxPayloadSize": 1048576},
        "filter": {"supported": true, "maxResults": 200},
        "changePassword": {"supported": true},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "authenticationSchemes": [
            {"name": "OAuth Bearer Token", "description": "Authentication scheme using the OAuth Bearer Token Standard",
             "specUri": "http://www.rfc-editor.org/info/rfc6750", "documentationUri": "http://example.com/help/oauth.html",
             "type": "oauthbearertoken", "primary": true},
            {"name": "HTTP Basic", "description": "Authentication scheme using the HTTP Basic Standard",
             "specUri": "http://www.rfc-editor.org/info/rfc2617", "documentationUri": "http://example.com/help/httpBasic.html",
             "type": "httpbasic"}
        ],
        "meta": {"resourceType": "ServiceProviderConfig"}
    });
    let mut fired = Fired::default();
    let config = ServiceProviderConfig::from_json(document.clone(), &Profile::strict(), &mut fired).unwrap();
    assert_eq!(config.to_json(), document);
    assert!(fired.is_empty());
}

/// RFC 9865 section 4, figure of a provider with both methods.
#[test]
fn pagination_is_part_of_the_configuration() {
    let mut config = ServiceProviderConfig::default().to_json();
    config["pagination"] = json!({
        "cursor": true, "index": true, "defaultPaginationMethod": "cursor",
        "defaultPageSize": 100, "maxPageSize": 250, "cursorTimeout": 3600
    });
    let read =
        ServiceProviderConfig::from_json(config.clone(), &Profile::strict(), &mut Fired::default()).unwrap();
    assert_eq!(read.pagination.unwrap().default_pagination_method, Some(PaginationMethod::Cursor));
    assert_eq!(read.to_json(), config);
}

/// Google Cloud, reference quirk 36.
#[test]
fn config_incomplete() {
    let mut document = ServiceProviderConfig::default().to_json();
    document["bulk"] = json!({"supported": false});
    document["patch"] = json!({"supported": true});
    let mut fired = Fired::default();
    let error =
        ServiceProviderConfig::from_json(document.clone(), &Profile::strict(), &mut fired).unwrap_err();
    assert_eq!(error.to_string(), "400 invalidSyntax: expected `bulk.maxOperations`, `bulk.maxPayloadSize`");
    let profile = Profile::strict().with(Tolerance::ConfigIncomplete);
    let config = ServiceProviderConfig::from_json(document, &profile, &mut fired).unwrap();
    assert!(config.patch.supported && !config.bulk.supported && fired.contains(Tolerance::ConfigIncomplete));
}
