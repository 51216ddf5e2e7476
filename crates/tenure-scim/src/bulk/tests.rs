use serde_json::{Value, json};

use super::*;
use crate::error::ScimError;

fn request(operations: impl Into<Value>) -> BulkRequest {
    let operations = operations.into();
    let body = json!({"schemas": [crate::uri::BULK_REQUEST], "Operations": operations});
    BulkRequest::from_json(body, BulkLimits::default()).unwrap()
}

fn post(path: &str, id: &str, data: impl Into<Value>) -> Value {
    let data = data.into();
    json!({"method": "POST", "path": path, "bulkId": id, "data": data})
}

/// RFC 7644 section 3.7, figure of a bulk request with all methods, and its errata 5050 and 7916.
#[test]
fn request_and_response_round_trip() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"}},
            {"method": "PUT", "path": "/Users/b7c14771-226c-4d05-8860-134711653041", "version": "W/\"3694e05e9dff591\"", "data": {"userName": "Bob"}},
            {"method": "PATCH", "path": "/Users/5d8d29d3-342c-4b5f-8683-a3cb6763ffcc", "version": "W/\"edac3253e2c0ef2\"",
             "data": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove", "path": "nickName"}]}},
            {"method": "DELETE", "path": "/Users/e9025315-6bea-44e1-899c-1e07454e468b", "version": "W/\"0ee8add0a938e1a\""}
        ]
    });
    let read = BulkRequest::from_json(body.clone(), BulkLimits::default()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), body);
    assert!(!read.stops_after(0) && read.stops_after(1) && !BulkRequest::default().stops_after(9));

    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": [
            {"location": "https://example.com/v2/Users/92b7", "method": "POST", "bulkId": "qwerty", "version": "W/\"4\"", "status": "201"},
            {"location": "https://example.com/v2/Users/b7c1", "method": "PUT", "status": "412",
             "response": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "Failed to update.", "status": "412"}}
        ]
    });
    let read: BulkResponse = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(read.operations.iter().map(BulkOutcome::is_success).collect::<Vec<_>>(), [true, false]);
    assert_eq!(serde_json::to_value(&read).unwrap(), body);
    let older: BulkResponse =
        serde_json::from_value(json!({"Operations": [{"method": "POST", "status": {"code": "201"}}]}))
            .unwrap();
    assert_eq!(older.operations[0].status, 201);
}

/// RFC 7644 sections 3.7 and 3.7.4; statements 51 and 53.
#[test]
fn faulty_requests_are_refused() {
    let read = |operations: Value| {
        let body = json!({"schemas": [crate::uri::BULK_REQUEST], "Operations": operations});
        BulkRequest::from_json(body, BulkLimits { max_operations: 2, max_payload_size: 10 })
            .unwrap_err()
            .to_string()
    };
    let op = json!({"method": "DELETE", "path": "/Users/1"});
    assert_eq!(read(json!([op, op, op])), "413: expected at most 2 operations (`maxOperations`), found 3");
    assert_eq!(
        read(json!([{"method": "POST", "path": "/Users", "data": {}}])),
        "400 invalidSyntax: operation 1: expected `bulkId`"
    );
    assert_eq!(
        read(json!([{"method": "PUT", "path": "/Users/1"}])),
        "400 invalidSyntax: operation 1: expected `data`"
    );
    assert_eq!(
        read(json!([{"method": "PUT", "data": {}}])),
        "400 invalidSyntax: operation 1: expected `path`"
    );
    assert_eq!(
        read(json!([{"method": "GET", "path": "/Users"}])),
        "400 invalidSyntax: operation 1: expected `POST`, `PUT`, `PATCH` or `DELETE` in `method`, found `GET`"
    );
    assert_eq!(
        read(json!([post("/Users", "a", json!({})), post("/Users", "a", json!({}))])),
        "400 invalidSyntax: `bulkId` `a` names two resources"
    );
    let long = BulkRequest::from_slice(&[b' '; 11], BulkLimits { max_operations: 2, max_payload_size: 10 });
    assert_eq!(long.unwrap_err().to_string(), "413: expected at most 10 bytes (`maxPayloadSize`), found 11");
}

fn order(request: &BulkRequest) -> Vec<usize> {
    request.plan().steps.iter().map(BulkStep::operation).collect()
}

/// RFC 7644 section 3.7.2; references in paths, PATCH paths and extensions; statement 51.
#[test]
fn what_is_referred_to_comes_first() {
    let enterprise = crate::uri::ENTERPRISE_USER;
    assert_eq!(
        order(&request(json!([
            post("/Users", "a", json!({"userName": "a"})),
            post("/Users", "b", json!({"userName": "b"}))
        ]))),
        [0, 1]
    );
    assert_eq!(
        order(&request(json!([
            post("/Groups", "g", json!({"members": [{"value": "bulkId:b"}, {"value": "bulkId:a"}]})),
            {"method": "PATCH", "path": "/Groups/bulkId:h", "data": {"Operations": [{"op": "remove", "path": "members[value eq \"bulkId:a\"]"}]}},
            post("/Users", "a", json!({enterprise: {"manager": {"value": "bulkId:b"}}})),
            post("/Users", "b", json!({"userName": "b"})),
            post("/Groups", "h", json!({"displayName": "see bulkId:nobody"}))
        ]))),
        [3, 2, 0, 4, 1]
    );
}

/// RFC 7644 section 3.7.1: circular references.
#[test]
fn a_circle_is_cut_and_completed() {
    let circular = request(json!([
        post(
            "/Groups",
            "a",
            json!({"displayName": "A", "members": [{"type": "Group", "value": "bulkId:b"}]})
        ),
        post(
            "/Groups",
            "b",
            json!({"displayName": "B", "members": [{"type": "Group", "value": "bulkId:a"}]})
        )
    ]));
    assert_eq!(
        circular.plan().steps,
        [
            BulkStep::Run { operation: 1, data: Some(json!({"displayName": "B"})) },
            BulkStep::Run { operation: 0, data: circular.operations[0].data.clone() },
            BulkStep::Complete {
                operation: 1,
                attributes: json!({"members": [{"type": "Group", "value": "bulkId:a"}]})
            }
        ]
    );
    let enterprise = crate::uri::ENTERPRISE_USER;
    let own_boss = request(json!([post(
        "/Users",
        "a",
        json!({"userName": "a", enterprise: {"department": "D", "manager": {"value": "bulkId:a"}}})
    )]));
    assert_eq!(
        own_boss.plan().steps,
        [
            BulkStep::Run {
                operation: 0,
                data: Some(json!({"userName": "a", enterprise: {"department": "D"}}))
            },
            BulkStep::Complete {
                operation: 0,
                attributes: json!({enterprise: {"manager": {"value": "bulkId:a"}}})
            }
        ]
    );
}

#[test]
fn a_reference_to_nothing_fails_its_operation_alone() {
    let plan = request(json!([
        post("/Groups", "g", json!({"members": [{"value": "bulkId:x"}]})),
        post("/Users", "u", json!({"userName": "u"}))
    ]))
    .plan();
    let error = ScimError::conflict("`bulkId:x` refers to no operation of this request");
    assert_eq!(plan.steps[0], BulkStep::Fail { operation: 0, error });
    assert!(matches!(plan.steps[1], BulkStep::Run { operation: 1, .. }));
}

#[test]
fn a_long_chain_needs_no_deep_stack() {
    let operations: Vec<Value> = (0..20_000)
        .map(|n| post("/Users", &format!("{n}"), json!({"manager": format!("bulkId:{}", n + 1)})))
        .chain([post("/Users", "20000", json!({}))])
        .collect();
    let body = json!({"schemas": [crate::uri::BULK_REQUEST], "Operations": operations});
    let limits = BulkLimits { max_operations: 200_000, ..BulkLimits::default() };
    let request = BulkRequest::from_json(body, limits).unwrap();
    assert_eq!(order(&request).first(), Some(&20_000));
}

#[test]
fn ids_are_put_in_place_of_names() {
    let mut ids = BulkIds::default();
    ids.insert("a", "1");
    for (text, expected) in [
        ("bulkId:a", "1"),
        ("/Users/bulkId:a", "/Users/1"),
        ("members[value eq \"bulkId:a\"].display", "members[value eq \"1\"].display"),
        ("a bulkId:a", "a bulkId:a"),
        ("bulkId:", "bulkId:"),
        ("x/bulkId:a/bulkId:a", "x/1/1"),
    ] {
        assert_eq!(ids.resolve_text(text).unwrap(), expected);
    }
    let error = ids.resolve(&mut json!({"a": [{"b": "bulkId:z"}]})).unwrap_err();
    assert_eq!(error.to_string(), "409: `bulkId:z` refers to a resource that was not created");
}
