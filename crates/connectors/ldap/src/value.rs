//! How directories write ids, moments and flags.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

/// Escapes a text for a search filter (RFC 4515 section 3).
pub(crate) fn filter_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '(' | ')' | '\\' | '\0' => {
                // INVARIANT: writing to a String does not fail.
                let _ = write!(out, "\\{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Escapes every byte for a search filter.
pub(crate) fn filter_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 3), |mut out, byte| {
        // INVARIANT: writing to a String does not fail.
        let _ = write!(out, "\\{byte:02x}");
        out
    })
}

/// An `objectGUID` as text: its first three fields are stored with the low byte first.
pub(crate) fn guid_text(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    Some(Uuid::from_bytes_le(bytes).hyphenated().to_string())
}

/// The bytes of an `objectGUID`.
pub(crate) fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    Uuid::try_parse(text).ok().map(|uuid| uuid.to_bytes_le())
}

/// A Generalized Time in UTC (RFC 4517 section 3.3.13), as the servers write their own timestamps.
pub(crate) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let digits = text.strip_suffix('Z')?.split('.').next()?;
    NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok().map(|moment| moment.and_utc())
}

/// Active Directory's moments: units of 100 ns since 1601. Nothing for "never".
pub(crate) fn file_time(text: &str) -> Option<DateTime<Utc>> {
    const EPOCH_1601: i64 = 11_644_473_600;
    let ticks: i64 = text.parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return None;
    }
    DateTime::from_timestamp(ticks / 10_000_000 - EPOCH_1601, 0)
}

/// A moment as SCIM writes it.
pub(crate) fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A server's text without what would break a line.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Active Directory's `unicodePwd`: the password in quotation marks, UTF-16 with the low byte first.
pub(crate) fn unicode_password(password: &str) -> Vec<u8> {
    format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_mixed_endian() {
        let bytes =
            [0x41, 0x04, 0x85, 0xb6, 0xe6, 0xdb, 0x81, 0xa0, 0x80, 0xf7, 0x4b, 0xab, 0xee, 0x93, 0x10, 0x69];
        let text = guid_text(&bytes).unwrap();
        assert_eq!(text, "b6850441-dbe6-a081-80f7-4babee931069");
        assert_eq!(guid_bytes(&text), Some(bytes));
        assert_eq!(filter_bytes(&bytes[..2]), r"\41\04");
    }

    #[test]
    fn moments_are_read_in_both_ways() {
        assert_eq!(moment("20260131120000Z").map(rfc3339).as_deref(), Some("2026-01-31T12:00:00Z"));
        assert_eq!(moment("20260131120000.0Z").map(rfc3339).as_deref(), Some("2026-01-31T12:00:00Z"));
        assert_eq!(moment("000001010000Z"), None);
        assert_eq!(file_time("133830144000000000").map(rfc3339).as_deref(), Some("2025-02-03T00:00:00Z"));
        assert_eq!((file_time("0"), file_time("9223372036854775807")), (None, None));
    }

    #[test]
    fn a_password_is_quoted_utf_16() {
        assert_eq!(unicode_password("a€"), [0x22, 0, 0x61, 0, 0xac, 0x20, 0x22, 0]);
    }

    #[test]
    fn a_filter_cannot_be_broken_out_of() {
        assert_eq!(filter_text("*)(uid=*\\"), r"\2a\29\28uid=\2a\5c");
    }
}
