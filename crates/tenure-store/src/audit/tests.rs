use chrono::DateTime;
use serde_json::{Value, json};

use super::*;

fn draft(action: &str) -> AuditDraft {
    AuditDraft {
        at: DateTime::from_timestamp(1_767_225_600, 0).unwrap(),
        actor: "engine".into(),
        action: action.into(),
        target: Some("zendesk".into()),
        identity: Some("w-1".into()),
        object: None,
        why: json!({"rule": "support", "policy": "p1"}),
        before: Value::Null,
        after: json!({"active": true}),
        outcome: "done".into(),
    }
}

fn trail() -> (Vec<String>, AuditHead) {
    let mut head = AuditHead::empty();
    let mut lines = Vec::new();
    for action in ["create", "grant", "revoke", "disable"] {
        let record = AuditRecord::chain(&head, draft(action));
        head = record.head();
        lines.push(serde_json::to_string(&record).unwrap());
    }
    lines.push(export_trailer(&head));
    (lines, head)
}

fn verdict(lines: &[String], anchor: Option<&AuditHead>) -> String {
    match verify_audit(lines.join("\n").as_bytes(), anchor) {
        Ok(summary) => format!("{} records", summary.records),
        Err(error) => error.to_string(),
    }
}

/// Verification would still pass if both ways changed alike; trails that were written before must verify too.
#[test]
fn what_is_hashed_is_the_canonical_json_of_the_draft() {
    let full = AuditDraft {
        object: Some("ü\n\"".into()),
        before: json!([1, {"b": 2.5, "a": null}]),
        ..draft("grant")
    };
    let sparse =
        AuditDraft { target: None, identity: None, why: Value::Null, after: Value::Null, ..draft("x") };
    for draft in [draft("create"), full, sparse] {
        let content = crate::canonical_json(&serde_json::to_value(&draft).unwrap());
        let record = AuditRecord::chain(&AuditHead { seq: 6, hash: "p".into() }, draft);
        assert_eq!(record.hash, crate::sha256_hex(format!("7\np\n{content}").as_bytes()));
    }
}

#[test]
fn whole_trail_is_accepted() {
    let (lines, head) = trail();
    assert_eq!(verdict(&lines, Some(&head)), "4 records");
}

#[test]
fn edit_is_found() {
    let (mut lines, _) = trail();
    lines[1] = lines[1].replace("\"grant\"", "\"nothing\"");
    assert_eq!(verdict(&lines, None), "line 2: record 2 was edited: its content does not match its hash");
}

#[test]
fn rehashed_edit_breaks_the_chain() {
    let (mut lines, _) = trail();
    let second: AuditRecord = serde_json::from_str(&lines[1]).unwrap();
    let forged = AuditRecord::chain(&AuditHead { seq: 1, hash: second.prev }, draft("nothing"));
    lines[1] = serde_json::to_string(&forged).unwrap();
    assert_eq!(verdict(&lines, None), "line 3: record 3 does not continue the record before it");
}

#[test]
fn removal_is_found() {
    let (mut lines, _) = trail();
    lines.remove(1);
    assert_eq!(
        verdict(&lines, None),
        "line 2: expected record 2, found record 3: records were removed or reordered"
    );
}

#[test]
fn reordering_is_found() {
    let (mut lines, _) = trail();
    lines.swap(1, 2);
    assert_eq!(
        verdict(&lines, None),
        "line 2: expected record 2, found record 3: records were removed or reordered"
    );
}

#[test]
fn truncation_is_found() {
    let (mut lines, head) = trail();
    let trailer = lines.pop().unwrap();
    assert_eq!(
        verdict(&lines, None),
        "expected a last line that names the head of the chain, found none: the end was cut off"
    );
    lines.pop();
    lines.push(trailer);
    assert_eq!(
        verdict(&lines, None),
        "expected a trail of 4 records, found 3: records were cut off or added at the end"
    );
    lines.pop();
    let third: AuditRecord = serde_json::from_str(&lines[2]).unwrap();
    lines.push(export_trailer(&third.head()));
    assert_eq!(verdict(&lines, None), "3 records", "a forged trailer needs an anchor to be found");
    assert_eq!(
        verdict(&lines, Some(&head)),
        "expected a trail of 4 records, found 3: records were cut off or added at the end"
    );
}

#[test]
fn rewritten_trail_does_not_contain_the_anchor() {
    let (_, head) = trail();
    let mut chain = AuditHead::empty();
    let mut lines = Vec::new();
    for _ in 0..5 {
        let record = AuditRecord::chain(&chain, draft("forged"));
        chain = record.head();
        lines.push(serde_json::to_string(&record).unwrap());
    }
    lines.push(export_trailer(&chain));
    assert_eq!(verdict(&lines, Some(&head)), "the trail does not contain the anchored record 4");
}
