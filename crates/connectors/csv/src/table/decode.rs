use std::path::Path;

use encoding_rs::Encoding;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use super::unreadable;

/// Reads a file.
///
/// # Errors
///
/// `Unavailable`, when it is not there, and `Permission`, when it may not be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::Unavailable,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
            _ => ErrorKind::Unexpected,
        };
        ConnectorError::new(kind, Certainty::NotAttempted)
            .with_detail(format!("expected a readable file at `{}`", path.display()))
            .with_source(source)
    })
}

/// Turns bytes into text: by the byte order mark, else by the encoding that was named, else as UTF-8.
///
/// # Errors
///
/// `Config`, when there is no such encoding, and `InvalidInput` with the line, when the bytes are not in it.
pub fn decode(bytes: &[u8], name: &str, encoding: Option<&str>) -> Result<String> {
    let named = match encoding {
        None => encoding_rs::UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail(format!("expected the name of an encoding, found `{label}`"))
                .with_help("common names are `utf-8`, `windows-1252`, `utf-16le`")
        })?,
    };
    let (text, used, damaged) = named.decode(bytes);
    if !damaged {
        return Ok(text.into_owned());
    }
    let line = match std::str::from_utf8(bytes) {
        Err(error) => bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1,
        Ok(_) => 1,
    };
    let expected = format!("text in {}", used.name());
    Err(unreadable(&format!("{name}:{line}"), &expected, "other bytes")
        .with_help("name the encoding that the export has, for instance `windows-1252`"))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_mark_wins_and_a_wrong_encoding_is_told_by_line() {
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("Zoë".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(&utf16, "a.csv", None).unwrap(), "Zoë");
        assert_eq!(decode("\u{feff}Zoë".as_bytes(), "a.csv", Some("windows-1252")).unwrap(), "Zoë");
        assert_eq!(decode(b"Zo\xEB", "a.csv", Some("windows-1252")).unwrap(), "Zoë");
        let error = decode(b"id\nZo\xEB\n", "a.csv", None).unwrap_err();
        assert_eq!(error.to_string(), "invalid input: a.csv:2: expected text in UTF-8, found `other bytes`");
        assert_eq!(
            decode(b"", "a.csv", Some("latin-99")).unwrap_err().kind(),
            tenure_connector::ErrorKind::Config
        );
    }
}
