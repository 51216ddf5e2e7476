use serde_json::json;

use super::{DuplicateNames, ParseLimits, Resource};
use crate::value::ValueRef;

fn parse(text: &str) -> Resource {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<Resource>().unwrap_err().to_string()
}

#[test]
fn text_comes_back_as_it_was() {
    for text in [
        "{}",
        r#"{"schemas":[],"a":null,"b":[],"c":{},"d":[null,true,false,"",[{}]]}"#,
        r#"{"n":[0,-0,1.0,1.50,1e3,1E+3,12345678901234567890123,0.1000]}"#,
        r#"{"USERNAME":"x","userNamE":{"VALUE":1},"x-y_z$":"ü\"\\\n\u0001😀"}"#,
        r#"{"urn:example:2.0:X":{"a":1},"not a name":1,"":2}"#,
    ] {
        let text = text.replace("\"userNamE\"", "\"other\"");
        assert_eq!(parse(&text).to_text(), text);
    }
}

#[test]
fn spaces_and_escapes_are_read() {
    let resource =
        parse(" { \"a\" : [ 1 , 2 ] ,\n\t\"\\u0062\" : \"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\" } \r\n");
    assert_eq!(resource.to_json(), json!({ "a": [1, 2], "b": "é😀/\u{8}\u{c}\n\r\t" }));
}

#[test]
fn broken_text_is_refused_with_the_place() {
    for (text, message) in [
        ("", "expected a value, found the end of the text at line 1 column 1"),
        ("[]", "expected an object for a resource, found an array at line 1 column 1"),
        ("{\"a\":1}x", "expected the end of the text, found `x` at line 1 column 8"),
        ("{\"a\" 1}", "expected `:` after a name, found `1` at line 1 column 6"),
        ("{\n \"é\": tru}", "expected a value, found `t` at line 2 column 7"),
        ("{\"a\":01}", "expected `,` or `}` after a member, found `1` at line 1 column 7"),
        ("{\"a\":1.}", "expected a digit behind the point, found `}` at line 1 column 8"),
        ("{\"a\":[1,]}", "expected a value, found `]` at line 1 column 9"),
        ("{\"a\":1,}", "expected a name in quotes, found `}` at line 1 column 8"),
        (
            "{\"a\":\"x\ny\"}",
            "expected an escape such as `\\n` for a control character, found `\\n` at line 1 column 8",
        ),
        ("{\"a\":\"\\q\"}", "expected an escape such as `\\n` or `\\u00e9`, found `q` at line 1 column 8"),
        (
            "{\"a\":\"\\udc00\"}",
            "expected the first half of a pair such as `\\ud83d\\ude00`, found `\"` at line 1 column 13",
        ),
        ("{\"a\":\"", "expected `\"` at the end of a string, found the end of the text at line 1 column 7"),
    ] {
        assert_eq!(refused(text), message, "{text}");
    }
}

#[test]
fn rfc7643_2_1_two_spellings_of_one_name_are_refused() {
    let message =
        "attribute `USERNAME` occurs twice in one object; names are the same in any case at line 1 column 16";
    assert_eq!(refused(r#"{"userName":1, "USERNAME":2}"#), message);
    assert!(
        refused(r#"{"favouriteColour":1,"FAVOURITEcolour":2}"#).starts_with("attribute `FAVOURITEcolour`")
    );

    let limits = ParseLimits::default().with_duplicates(DuplicateNames::LastWins);
    let resource = Resource::from_slice_with(br#"{"userName":1,"x":0,"USERNAME":2}"#, &limits).unwrap();
    assert_eq!(resource.to_text(), r#"{"USERNAME":2,"x":0}"#);
    assert_eq!(Resource::from_json(json!({"a": 1, "A": 2})).unwrap().as_object().len(), 1);
}

#[test]
fn limits_hold() {
    let limits = ParseLimits::default().with_max_depth(2).with_max_values(4);
    let read =
        |text: &str| Resource::from_slice_with(text.as_bytes(), &limits).map_err(|e| e.kind().to_string());
    assert!(read(r#"{"a":[1,2]}"#).is_ok());
    assert_eq!(
        read(r#"{"a":[[1]]}"#).unwrap_err(),
        "expected at most 2 levels of arrays and objects, found more"
    );
    assert_eq!(read(r#"{"a":[1,2,3]}"#).unwrap_err(), "expected at most 4 values, found more");
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let limits = ParseLimits::default().with_max_depth(usize::MAX);
    assert!(Resource::from_slice_with(deep.as_bytes(), &limits).is_err());
    assert!(Resource::from_slice(b"{\"a\":\"\xff\"}").is_err());
}

#[test]
fn rfc7643_2_5_absent_null_and_empty_are_told_apart_and_equal_as_state() {
    let resource = parse(r#"{"a":null,"b":[],"c":{}}"#);
    assert_eq!(resource.attr("a").map(|v| v.type_name()), Some("null"));
    assert_eq!(resource.attr("b").map(|v| v.type_name()), Some("array"));
    assert_eq!(resource.attr("c").map(|v| v.type_name()), Some("object"));
    assert_eq!(resource.attr("d").map(|v| v.type_name()), None);
    assert_eq!(resource, Resource::default());
    assert!(["a", "b", "c"].iter().all(|path| !resource.attr(path).unwrap().is_assigned()));
}

#[test]
fn resources_are_equal_as_state() {
    for (a, b, equal) in [
        (r#"{"a":1,"B":2}"#, r#"{"b":2.0,"A":10e-1}"#, true),
        (r#"{"a":[1,2,2]}"#, r#"{"a":[2,1,2]}"#, true),
        (r#"{"a":[1,2,2]}"#, r#"{"a":[1,1,2]}"#, false),
        (
            r#"{"a":[{"value":"x"},{"value":"y"}]}"#,
            r#"{"A":[{"VALUE":"y"},{"value":"x","type":null}]}"#,
            true,
        ),
        (r#"{"a":"x"}"#, r#"{"a":"X"}"#, false),
        (r#"{"a":{"b":{"c":null}}}"#, "{}", true),
        (r#"{"a":{"b":1}}"#, r#"{"a":{"b":1,"c":2}}"#, false),
        (r#"{"odd Name":1}"#, r#"{"ODD name":1}"#, true),
    ] {
        assert_eq!(parse(a) == parse(b), equal, "{a} {b}");
        assert_eq!(parse(b) == parse(a), equal, "{b} {a}");
    }
}

#[test]
fn many_odd_names_are_found_in_any_case() {
    let members: Vec<String> =
        (0..300).map(|i| format!("\"Attr{i}\":{i},\"wrap{i}\":{{\"NAME\":{i}}}")).collect();
    let resource = parse(&format!("{{{}}}", members.join(",")));
    for i in 0..300 {
        assert_eq!(resource.attr(&format!("aTTR{i}")).and_then(ValueRef::as_i64), Some(i));
        assert_eq!(resource.attr(&format!("WRAP{i}.name")).and_then(ValueRef::as_i64), Some(i));
    }
    assert!(resource.attr("attr300").is_none());
    let twice = format!("{{{},\"ATTR7\":0}}", members.join(","));
    assert!(refused(&twice).starts_with("attribute `ATTR7` occurs twice"));
}

#[test]
fn set_and_remove_reach_every_place() {
    let mut user =
        parse(r#"{"schemas":["urn:x:Base"],"emails":[{"value":"a"},{"value":"b"}],"name":"text"}"#);
    user.set(&"emails.type".parse().unwrap(), "work");
    user.set(&"NAME.familyName".parse().unwrap(), "Berg");
    user.set(&"urn:x:Base:code".parse().unwrap(), 7);
    user.set(&"urn:x:Ext:floor".parse().unwrap(), json!([1]));
    user.set_id("9");
    let expected = json!({
        "schemas": ["urn:x:Base", "urn:x:Ext"],
        "emails": [{ "value": "a", "type": "work" }, { "value": "b", "type": "work" }],
        "name": { "familyName": "Berg" },
        "code": 7,
        "urn:x:Ext": { "floor": [1] },
        "id": "9"
    });
    assert_eq!(user.to_json(), expected);

    assert!(user.remove(&"emails.value".parse().unwrap()));
    assert!(!user.remove(&"emails.value".parse().unwrap()));
    assert!(user.remove(&"urn:x:ext:FLOOR".parse().unwrap()));
    assert!(user.remove(&"Name".parse().unwrap()));
    assert!(!user.remove(&"urn:y:other".parse().unwrap()));
    assert_eq!(user.attr("emails").unwrap().to_json(), json!([{ "type": "work" }, { "type": "work" }]));
    assert!(user.attr("name").is_none());
}

#[test]
fn debug_hides_a_password() {
    let user = parse(r#"{"userName":"anna","password":"t1meMa$heen"}"#);
    assert_eq!(format!("{user:?}"), r#"{"userName": "anna", "password": ***}"#);
}

#[test]
fn serde_carries_resources() {
    let text = r#"{"a":[1,{"b":"c"}],"d":null,"e":1.5,"f":18446744073709551615}"#;
    let resource: Resource = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&resource).unwrap(), text);
    assert!(serde_json::from_str::<Resource>("[]").is_err());
    assert!(serde_json::from_value::<Vec<Resource>>(json!([{ "a": 1 }])).is_ok());
}

#[test]
fn an_extension_that_is_named_before_the_core_schema_is_not_taken_for_it() {
    let (user, enterprise) = (crate::uri::USER, crate::uri::ENTERPRISE_USER);
    let mut resource =
        Resource::from_json(json!({"schemas": [enterprise, user], "userName": "anna"})).unwrap();
    let department = format!("{enterprise}:department").parse().unwrap();
    resource.set(&department, "Support");
    assert_eq!(
        resource.to_json(),
        json!({"schemas": [enterprise, user], "userName": "anna", enterprise: {"department": "Support"}})
    );
    assert_eq!(resource.text(&format!("{user}:userName")), Some("anna"));
    assert_eq!(resource.get(&department).and_then(ValueRef::as_str), Some("Support"));
}

#[test]
#[cfg(feature = "exact-numbers")]
fn numbers_are_exact_on_every_way() {
    for number in ["9223372036854775807", "0.12345678901234567890", "18446744073709551616", "1E+999", "-1.0"]
    {
        let text = format!(r#"{{"n":{number},"a":[{{"x":{number}}}]}}"#);
        let resource: Resource = text.parse().unwrap();
        assert_eq!(Resource::from_json(resource.to_json()).unwrap(), resource);
        assert_eq!(
            serde_json::from_str::<Resource>(&serde_json::to_string(&resource).unwrap()).unwrap(),
            resource
        );
        assert_eq!(
            serde_json::from_value::<Resource>(serde_json::to_value(&resource).unwrap()).unwrap(),
            resource
        );
    }
}

#[test]
#[cfg(not(feature = "exact-numbers"))]
fn numbers_are_exact_in_text_and_doubles_on_the_way_through_serde() {
    for (text, json) in [
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
        ("0.1", "0.1"),
        ("1.0", "1.0"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("0.12345678901234567890", "0.12345678901234568"),
    ] {
        let resource: Resource = format!(r#"{{"n":{text}}}"#).parse().unwrap();
        let rounded = format!(r#"{{"n":{json}}}"#);
        assert_eq!(resource.to_text(), format!(r#"{{"n":{text}}}"#));
        assert_eq!(resource.to_json().to_string(), rounded);
        assert_eq!(serde_json::to_string(&resource).unwrap(), rounded);
        assert_eq!(serde_json::from_str::<Resource>(&resource.to_text()).unwrap().to_text(), rounded);
    }
    let huge: Resource = r#"{"n":1e999}"#.parse().unwrap();
    assert_eq!(huge.to_text(), r#"{"n":1e999}"#);
    assert!(huge.to_json()["n"].is_null());
    let error = serde_json::to_string(&huge).unwrap_err();
    assert_eq!(error.to_string(), "number `1e999` is too large for a double");
}
