//! The little of HTTP/1 that answers of service providers need.

/// What stands before the body.
pub struct Head {
    pub status: u16,
    pub closes: bool,
    /// Where the body begins.
    start: usize,
    length: Length,
}

enum Length {
    Known(usize),
    Chunks,
    /// To the end of the connection.
    Rest,
}

impl Head {
    /// Nothing while it is not whole.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let start = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(&bytes[..start]).ok()?;
        let mut lines = text.split("\r\n");
        let first = lines.next()?;
        let status: u16 = first.split(' ').nth(1)?.parse().ok()?;
        let (mut length, mut closes) = (None, first.starts_with("HTTP/1.0"));
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = length.or(value.parse().ok().map(Length::Known));
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = Some(Length::Chunks);
            } else if name.eq_ignore_ascii_case("connection") {
                closes = value.eq_ignore_ascii_case("close");
            }
        }
        let length = match length {
            _ if status == 204 || status == 304 => Length::Known(0),
            Some(length) => length,
            None => Length::Rest,
        };
        let closes = closes || matches!(length, Length::Rest);
        Some(Self { status, closes, start, length })
    }
}

/// Where the body is; nothing while it is not whole. Chunks are put together in place.
pub fn body(head: &Head, bytes: &mut Vec<u8>, ended: bool) -> Option<(usize, usize)> {
    match head.length {
        Length::Known(length) => {
            (bytes.len() >= head.start + length).then_some((head.start, head.start + length))
        }
        Length::Rest => ended.then_some((head.start, bytes.len())),
        Length::Chunks => {
            let mut chunks = Vec::new();
            let mut at = head.start;
            loop {
                let line = bytes[at..].windows(2).position(|two| two == b"\r\n")?;
                let size = std::str::from_utf8(&bytes[at..at + line]).ok()?;
                let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
                let from = at + line + 2;
                if bytes.len() < from + size + 2 {
                    return None;
                }
                if size == 0 {
                    break;
                }
                chunks.push(from..from + size);
                at = from + size + 2;
            }
            let mut end = head.start;
            for chunk in chunks {
                let length = chunk.len();
                bytes.copy_within(chunk, end);
                end += length;
            }
            Some((head.start, end))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status and the body of an answer that comes byte by byte.
    fn read(text: &str, ends: bool) -> Option<(u16, String, bool)> {
        let mut bytes = Vec::new();
        let mut head = None;
        for byte in text.bytes() {
            bytes.push(byte);
            head = head.or_else(|| Head::read(&bytes));
            if let Some(head) = &head {
                if let Some((from, to)) = body(head, &mut bytes, false) {
                    return Some((head.status, String::from_utf8_lossy(&bytes[from..to]).into(), head.closes));
                }
            }
        }
        let head = head.filter(|_| ends)?;
        let (from, to) = body(&head, &mut bytes, true)?;
        Some((head.status, String::from_utf8_lossy(&bytes[from..to]).into(), head.closes))
    }

    #[test]
    fn answers_end_where_they_say() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}", false),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", false),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n3;x\r\na\"}\r\n0\r\n\r\n", 200, "{\"a\"}", false),
            ("HTTP/1.0 201 Created\r\nContent-Length: 1\r\n\r\nx", 201, "x", true),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", 200, "to the end", true),
        ];
        for (text, status, body, closes) in cases {
            assert_eq!(read(text, true), Some((status, body.to_owned(), closes)), "{text}");
        }
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", true), None);
    }
}
