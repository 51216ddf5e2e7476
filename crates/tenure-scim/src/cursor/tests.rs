use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn query(pairs: &[(&str, &str)]) -> SearchRequest {
    SearchRequest::from_pairs(pairs.iter().copied()).unwrap()
}

/// RFC 9865 sections 2 and 2.1; statements 62, 64 and 68.
#[test]
fn a_cursor_is_good_for_its_query_alone() {
    let key = CursorKey::new(b"secret");
    let now = at("2026-01-31T12:00:00Z");
    let first =
        query(&[("filter", "userName sw \"J\""), ("count", "10"), ("cursor", ""), ("sortBy", "userName")]);
    let cursor = key.seal(b"42", &first, "/Users", now).unwrap();
    assert!(
        cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
        "RFC 3986 section 2.3"
    );

    let open = |pairs: &[(&str, &str)], context: &str, time: &str| {
        key.open(&cursor, &query(pairs), context, at(time)).map_err(|e| e.to_string())
    };
    let next = [
        ("filter", "USERNAME SW \"J\""),
        ("count", "10"),
        ("cursor", cursor.as_str()),
        ("sortBy", "userName"),
    ];
    let mut same = next;
    same[0].1 = "userName  sw  \"J\"";
    assert_eq!(open(&same, "/Users", "2026-01-31T12:59:59Z").unwrap(), b"42");

    let invalid = "400 invalidCursor: the cursor is not one of this query";
    assert_eq!(open(&same, "/Groups", "2026-01-31T12:00:00Z").unwrap_err(), invalid);
    assert_eq!(open(&same[..3], "/Users", "2026-01-31T12:00:00Z").unwrap_err(), invalid);
    let mut other = same;
    other[0].1 = "userName sw \"K\"";
    assert_eq!(open(&other, "/Users", "2026-01-31T12:00:00Z").unwrap_err(), invalid);
    let mut counted = same;
    counted[1].1 = "20";
    assert_eq!(
        open(&counted, "/Users", "2026-01-31T12:00:00Z").unwrap_err(),
        "400 invalidCount: expected the `count` of the first page"
    );
    assert_eq!(
        open(&same, "/Users", "2026-01-31T13:00:00Z").unwrap_err(),
        "400 expiredCursor: the cursor is too old; begin again without it"
    );
}

#[test]
fn what_is_no_cursor_is_refused() {
    let key = CursorKey::new(b"secret");
    let now = at("2026-01-31T12:00:00Z");
    let good = CursorKey::new(b"another").seal(b"42", &SearchRequest::default(), "", now).unwrap();
    for text in ["", "x", "VZUTiyhEQJ94IR", "é", "====", &good, &"A".repeat(10_000)] {
        let error = key.open(text, &SearchRequest::default(), "", now).unwrap_err();
        assert_eq!(error.to_string(), "400 invalidCursor: the cursor is not one of this query");
    }
}

#[test]
fn the_secret_does_not_print() {
    assert_eq!(
        format!("{:?}", CursorKey::new(b"s")),
        "CursorKey { secret: \"[redacted]\", lifetime: TimeDelta { secs: 3600, nanos: 0 } }"
    );
}
