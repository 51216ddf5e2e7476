//! The pieces of ASN.1 that controls are made of, read without trusting them.

use ldap3::asn1::{PL, StructureTag, parse_tag};

/// The parts of a constructed value.
pub(crate) fn parts(bytes: &[u8]) -> Option<Vec<StructureTag>> {
    let (_, tag) = parse_tag(bytes).ok()?;
    tag.expect_constructed()
}

/// The bytes of a primitive value.
pub(crate) fn bytes(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

/// Where a paged search goes on (RFC 2696): a number that no one needs, and the cookie.
pub(crate) fn paged_cookie(value: &[u8]) -> Option<Vec<u8>> {
    bytes(parts(value)?.into_iter().nth(1)?)
}
