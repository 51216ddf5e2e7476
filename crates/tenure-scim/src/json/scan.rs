//! Finding the end of plain text, many bytes at a time.

/// Where the next byte is that a JSON string cannot hold as it is: `"`, `\` or a control character.
pub(super) fn special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = specials(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| is_special(*b)).unwrap_or(rest.len())
}

/// As [`special`], and whether all before it is ASCII.
pub(super) fn special_and_ascii(bytes: &[u8], from: usize) -> (usize, bool) {
    let (mut at, mut all) = (from, 0);
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        // Without a branch, so that sixteen bytes are compared at once.
        let (mut found, mut wide) = (false, 0);
        for byte in chunk {
            found |= is_special(*byte);
            wide |= byte;
        }
        if found {
            break;
        }
        all |= u64::from(wide);
        at += 16;
    }
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let found = specials(word);
        if found != 0 {
            let before = (found & found.wrapping_neg()) >> 7;
            return (at + (found.trailing_zeros() / 8) as usize, (all | word & (before - 1)) & HIGH == 0);
        }
        all |= word;
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let count = rest.iter().position(|b| is_special(*b)).unwrap_or(rest.len());
    let ascii = all & HIGH == 0 && rest.iter().take(count).all(u8::is_ascii);
    (at + count, ascii)
}

/// Bit 7 of every byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

const fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// Bit 7 of the first special byte is set, and of none before it.
fn specials(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero = |w: u64| w.wrapping_sub(ONES) & !w;
    let quote = zero(word ^ (ONES * b'"' as u64));
    let backslash = zero(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_byte_is_found_at_every_place() {
        for length in (0..20).chain(40..44) {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = byte;
                    let expected = if is_special(byte) { at } else { length };
                    let ascii = is_special(byte) || byte.is_ascii();
                    assert_eq!(special(&bytes, 0), expected, "{byte} at {at} of {length}");
                    assert_eq!(special_and_ascii(&bytes, 0), (expected, ascii), "{byte} at {at} of {length}");
                    // What lies behind the first special byte does not count.
                    if let Some(behind) = bytes.get_mut(at + 1) {
                        *behind = 0xC3;
                        let (end, found) = special_and_ascii(&bytes, 0);
                        assert_eq!((end, found), (expected, is_special(byte)), "{byte} at {at} of {length}");
                    }
                }
            }
        }
    }
}
