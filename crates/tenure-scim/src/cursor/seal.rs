//! Authenticated encryption from HMAC-SHA-256 alone, in the manner of RFC 5297 (a synthetic initialisation vector).
//!
//! The tag is a MAC over the binding and the plain text; it also seeds the key stream. No random number is needed,
//! and sealing the same position twice gives the same cursor.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const TAG: usize = 16;

pub(super) fn seal(key: &[u8; 32], binding: &[u8], plain: &[u8]) -> Vec<u8> {
    let tag = tag(key, binding, plain);
    let mut sealed = tag.to_vec();
    sealed.extend(plain.iter().zip(stream(key, &tag)).map(|(byte, mask)| byte ^ mask));
    sealed
}

pub(super) fn open(key: &[u8; 32], binding: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (found, body) = sealed.split_first_chunk::<TAG>()?;
    let plain: Vec<u8> = body.iter().zip(stream(key, found)).map(|(byte, mask)| byte ^ mask).collect();
    bool::from(tag(key, binding, &plain).ct_eq(found)).then_some(plain)
}

fn tag(key: &[u8; 32], binding: &[u8], plain: &[u8]) -> [u8; TAG] {
    let full = hmac(key, &[b"tag", &(binding.len() as u64).to_be_bytes(), binding, plain]);
    let mut tag = [0; TAG];
    tag.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    tag
}

fn stream(key: &[u8; 32], tag: &[u8; TAG]) -> impl Iterator<Item = u8> {
    let (key, tag) = (*key, *tag);
    (0_u64..).flat_map(move |block| hmac(&key, &[b"stream", &tag, &block.to_be_bytes()]))
}

/// HMAC-SHA-256 (RFC 2104) under a key that is shorter than a block.
fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let padded = |pad: u8| -> [u8; 64] {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let mut inner = Sha256::new();
    inner.update(padded(0x36));
    parts.iter().for_each(|part| inner.update(part));
    let mut outer = Sha256::new();
    outer.update(padded(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 1, whose key is 20 bytes and so padded with zeros.
    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let expected = [
            0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b, 0xf1, 0x2b,
            0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c, 0x2e, 0x32, 0xcf, 0xf7,
        ];
        assert_eq!(hmac(&key, &[b"Hi ", b"There"]), expected);
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let key = [7; 32];
        let sealed = seal(&key, b"query", b"position of some length beyond one block of the key stream");
        assert_eq!(
            open(&key, b"query", &sealed).unwrap(),
            b"position of some length beyond one block of the key stream"
        );
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open(&key, b"query", &altered), None);
            assert_eq!(open(&key, b"query", &sealed[..at]), None);
        }
        assert_eq!(open(&key, b"other", &sealed), None);
        assert_eq!(open(&[8; 32], b"query", &sealed), None);
    }
}
