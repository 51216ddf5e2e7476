//! Twelve typical PATCH operations, each with a test that it took effect.
use crate::user::ENT;
use serde_json::{json, Value};

pub struct PatchCase {
    pub name: &'static str,
    pub op: Value,
    /// JSON pointer and expected value (Null: must be absent); array length if pointer ends in '#'.
    pub expect: Vec<(String, Value)>,
}

pub fn cases() -> Vec<PatchCase> {
    let e = |p: &str| p.replace("ENT", &ENT.replace('~', "~0").replace('/', "~1"));
    let c = |name, op, expect: Vec<(String, Value)>| PatchCase { name, op, expect };
    vec![
        c(
            "replace-active",
            json!({"op":"replace","path":"active","value":false}),
            vec![("/active".into(), json!(false))],
        ),
        c(
            "replace-subattr",
            json!({"op":"replace","path":"name.familyName","value":"Nilsson"}),
            vec![("/name/familyName".into(), json!("Nilsson"))],
        ),
        c(
            "replace-valuepath",
            json!({"op":"replace","path":"emails[type eq \"work\"].value","value":"new@example.com"}),
            vec![("/emails/0/value".into(), json!("new@example.com")), ("/emails#".into(), json!(2))],
        ),
        c(
            "replace-valuepath-2",
            json!({"op":"replace","path":"addresses[type eq \"work\" and primary eq true].streetAddress","value":"1 New Road"}),
            vec![("/addresses/0/streetAddress".into(), json!("1 New Road"))],
        ),
        c(
            "add-multivalued",
            json!({"op":"add","path":"emails","value":[{"value":"third@example.com","type":"other"}]}),
            vec![("/emails#".into(), json!(3)), ("/emails/2/value".into(), json!("third@example.com"))],
        ),
        c(
            "remove-filter",
            json!({"op":"remove","path":"phoneNumbers[type eq \"mobile\"]"}),
            vec![("/phoneNumbers#".into(), json!(1))],
        ),
        c("remove-attr", json!({"op":"remove","path":"nickName"}), vec![("/nickName".into(), Value::Null)]),
        c(
            "replace-nopath",
            json!({"op":"replace","value":{"displayName":"New Name","title":"Director"}}),
            vec![("/displayName".into(), json!("New Name")), ("/title".into(), json!("Director"))],
        ),
        c(
            "add-urn",
            json!({"op":"add","path":format!("{ENT}:department"),"value":"Treasury"}),
            vec![(e("/ENT/department"), json!("Treasury"))],
        ),
        c(
            "replace-urn-complex",
            json!({"op":"replace","path":format!("{ENT}:manager"),"value":{"value":"26118915-6090-4610-87e4-49d8ca9f808d"}}),
            vec![(e("/ENT/manager/value"), json!("26118915-6090-4610-87e4-49d8ca9f808d"))],
        ),
        c(
            "entra-string-bool",
            json!({"op":"Replace","path":"active","value":"False"}),
            vec![("/active".into(), json!(false))],
        ),
        c(
            "entra-dotted-nopath",
            json!({"op":"Add","value":{"name.givenName":"Ingrid", format!("{ENT}:costCenter"):"9001"}}),
            vec![("/name/givenName".into(), json!("Ingrid")), (e("/ENT/costCenter"), json!("9001"))],
        ),
    ]
}

pub fn satisfied(c: &PatchCase, doc: &Value) -> bool {
    c.expect.iter().all(|(p, want)| match p.strip_suffix('#') {
        Some(p) => doc.pointer(p).and_then(Value::as_array).map(|a| a.len() as u64) == want.as_u64(),
        None => match doc.pointer(p) {
            None => want.is_null(),
            Some(v) => v == want,
        },
    })
}
