//! How much room a text needs once it is read.

use super::scan::special;

/// About how many bytes of texts and numbers, and how many values, a JSON text holds.
///
/// A large one is judged by its first part: its elements are mostly of one kind. What is guessed well need not be moved when it is read.
pub(super) fn room(bytes: &[u8]) -> (usize, usize) {
    let Some(sample) = bytes.get(..SAMPLE).filter(|_| bytes.len() > LARGE) else {
        return (bytes.len(), bytes.len() / 24);
    };
    let (texts, values) = count(sample);
    let whole = |part: usize| part.saturating_mul(bytes.len()) / SAMPLE;
    let margin = |part: usize| part + part / 32;
    // Whatever the first part pretends, no more than twice and a half the length is asked for.
    (margin(whole(texts)).min(bytes.len()), margin(whole(values)).min(bytes.len() / 8))
}

/// Bytes of strings that are no names and of other plain values, and how many values begin.
fn count(sample: &[u8]) -> (usize, usize) {
    let (mut texts, mut values, mut at) = (0, 0, 0);
    while let Some(byte) = sample.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let start = at;
                at = end_of_string(sample, at);
                // A name is known by the colon behind it; most texts have no space there.
                if sample.get(at) != Some(&b':') {
                    texts += at.saturating_sub(start + 1);
                }
            }
            b',' | b'[' | b'{' => values += 1,
            b'-' | b'0'..=b'9' | b'.' => texts += 1,
            _ => {}
        }
    }
    (texts, values)
}

/// The place behind the closing quote.
fn end_of_string(sample: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at = special(sample, at);
        match sample.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') | None => return at + 1,
            Some(_) => at += 1,
        }
    }
}

const LARGE: usize = 64 << 10;
const SAMPLE: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resource;

    #[test]
    fn a_large_group_has_the_room_that_it_needs() {
        let member = |n: usize| {
            format!(
                r#"{{"value":"{n:036}","$ref":"https://example.com/v2/Users/{n:036}","display":"Name \" {n}"}}"#
            )
        };
        let members: Vec<String> = (0..5_000).map(member).collect();
        let text = format!(r#"{{"displayName":"G","members":[{}]}}"#, members.join(","));
        let (texts, values) = room(text.as_bytes());
        let group: Resource = text.parse().unwrap();
        assert_eq!(group.to_text().len(), text.len());
        let stored: usize = (0..5_000).map(|n| 36 + 64 + format!("Name \" {n}").len()).sum();
        assert!((stored..stored * 11 / 10).contains(&texts), "{texts} for {stored}");
        assert!((20_000..22_000).contains(&values), "{values} for 20,002");
    }

    #[test]
    fn a_text_of_anything_is_looked_at_without_harm() {
        for text in ["", "\"", "\"\\", "[1.5,-2,\"a\\\"b\"]"] {
            let long = text.repeat(LARGE);
            let (texts, values) = room(long.as_bytes());
            assert!(texts <= long.len() && values <= long.len() / 8, "{text}");
        }
    }
}
