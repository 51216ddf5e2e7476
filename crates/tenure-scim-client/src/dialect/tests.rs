use serde_json::{Value, json};

use super::*;

#[track_caller]
fn check(dialect: &Dialect, operations: &Value, expected: &[Value]) {
    let operations = operations.as_array().unwrap().clone();
    let bodies = dialect.bodies(operations).unwrap();
    let parts: Vec<_> = bodies.iter().map(|body| body["Operations"].clone()).collect();
    assert_eq!(parts, expected);
    assert!(bodies.iter().all(|body| body["schemas"] == json!([tenure_scim::uri::PATCH_OP])));
}

#[test]
fn the_rfc_dialect_leaves_operations_alone() {
    let operations = json!([
        { "op": "replace", "value": { "displayName": "A", "name": { "givenName": "B" } } },
        { "op": "remove", "path": "members[value eq \"1\"]" },
    ]);
    check(&Dialect::rfc(), &operations, std::slice::from_ref(&operations));
}

#[test]
fn aws_gets_one_operation_for_each_path_and_the_last_value_counts() {
    check(
        &Dialect::aws(),
        &json!([
            { "op": "replace", "value": {
                "displayName": "A", "userName": "a",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "IT" },
            } },
            { "op": "replace", "path": "username", "value": "b" },
        ]),
        &[json!([
            { "op": "replace", "path": "displayName", "value": "A" },
            { "op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "IT" },
            { "op": "replace", "path": "userName", "value": "b" },
        ])],
    );
}

/// draft-zollner-scim-interop-profile: a path in each operation, one operation for each attribute.
#[test]
fn the_interoperability_profile_has_a_path_in_each_operation() {
    check(
        &Dialect::interop(),
        &json!([
            { "op": "replace", "value": { "displayName": "A", "active": false } },
            { "op": "replace", "path": "displayName", "value": "B" },
        ]),
        &[json!([
            { "op": "replace", "path": "active", "value": false },
            { "op": "replace", "path": "displayName", "value": "B" },
        ])],
    );
}

#[test]
fn aws_gets_at_most_100_members_in_a_request() {
    let members: Vec<_> = (0..250).map(|i| json!({ "value": i.to_string() })).collect();
    let bodies = Dialect::aws()
        .bodies(vec![
            json!({ "op": "add", "path": "members", "value": members }),
            json!({ "op": "remove", "path": "members[value eq \"x\"]" }),
        ])
        .unwrap();
    let sizes: Vec<Vec<usize>> = bodies
        .iter()
        .map(|body| {
            let operations = body["Operations"].as_array().unwrap();
            operations.iter().map(|o| o["value"].as_array().map_or(1, Vec::len)).collect()
        })
        .collect();
    assert_eq!(sizes, [vec![100], vec![100], vec![50, 1]]);
    assert_eq!(bodies[1]["Operations"][0]["value"][0]["value"], "100");
}

#[test]
fn aws_refuses_what_it_cannot_do_before_anything_is_sent() {
    for operation in [
        json!({ "op": "replace", "path": "members", "value": [] }),
        json!({ "op": "remove", "path": "members" }),
    ] {
        let error = Dialect::aws().bodies(vec![operation]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "not supported by the peer: the dialect `aws` cannot replace or remove all members at once; add and \
             remove single ones"
        );
    }
}

#[test]
fn entra_writes_capitals_text_booleans_and_removals_with_values() {
    check(
        &Dialect::entra(),
        &json!([
            { "op": "replace", "path": "active", "value": false },
            { "op": "remove", "path": "members[value eq \"1\"]" },
            { "op": "remove", "path": "members[value eq \"2\"]" },
        ]),
        &[json!([
            { "op": "Replace", "path": "active", "value": "False" },
            { "op": "Remove", "path": "members", "value": [{ "value": "1" }, { "value": "2" }] },
        ])],
    );
}

#[test]
fn a_removal_with_values_becomes_one_with_filters_for_other_peers() {
    check(
        &Dialect::rfc(),
        &json!([{ "op": "remove", "path": "members", "value": [{ "value": "a\"b" }, { "value": "2" }] }]),
        &[json!([
            { "op": "remove", "path": "members[value eq \"a\\\"b\"]" },
            { "op": "remove", "path": "members[value eq \"2\"]" },
        ])],
    );
}

#[test]
fn a_large_replace_goes_on_as_add() {
    let members: Vec<_> = (0..5).map(|i| json!({ "value": i.to_string() })).collect();
    let dialect = Dialect { max_member_changes: Some(2), ..Dialect::rfc() };
    let bodies =
        dialect.bodies(vec![json!({ "op": "replace", "path": "members", "value": members })]).unwrap();
    let ops: Vec<_> = bodies.iter().map(|body| body["Operations"][0]["op"].clone()).collect();
    assert_eq!(ops, ["replace", "add", "add"]);
}

#[test]
fn operations_are_counted() {
    let dialect = Dialect { max_operations: Some(2), ..Dialect::rfc() };
    let one = json!({ "op": "remove", "path": "title" });
    let bodies = dialect.bodies(vec![one.clone(), one.clone(), one]).unwrap();
    let sizes: Vec<_> = bodies.iter().map(|b| b["Operations"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 1]);
}

#[test]
fn a_dialect_is_configuration() {
    for dialect in Dialect::all() {
        let text = serde_json::to_string(&dialect).unwrap();
        assert_eq!(serde_json::from_str::<Dialect>(&text).unwrap(), dialect);
        assert_eq!(Dialect::named(&dialect.name), Some(dialect));
    }
    assert!(serde_json::from_str::<Dialect>(r#"{ "updates": "put" }"#).is_err());
}
