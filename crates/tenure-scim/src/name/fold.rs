//! Comparison without regard to ASCII case, for names and URIs.

use std::cmp::Ordering;
use std::hash::Hasher;

pub(crate) fn cmp(a: &str, b: &str) -> Ordering {
    let lower = |b: u8| b.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

pub(crate) fn hash<H: Hasher>(text: &str, state: &mut H) {
    let (chunks, rest) = text.as_bytes().as_chunks::<16>();
    for chunk in chunks {
        state.write(&chunk.map(|b| b.to_ascii_lowercase()));
    }
    for byte in rest {
        state.write_u8(byte.to_ascii_lowercase());
    }
    state.write_u8(0xff);
}

/// Implements the comparison traits of a text newtype that has `as_str`.
macro_rules! impl_folded {
    ($type:ty) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.as_str().eq_ignore_ascii_case(other.as_str())
            }
        }
        impl std::hash::Hash for $type {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                $crate::name::fold::hash(self.as_str(), state);
            }
        }
        $crate::name::fold::impl_folded_order!($type);
    };
}
pub(crate) use impl_folded;

/// Implements the comparison traits beside `PartialEq` and `Hash`, which the type has of its own.
macro_rules! impl_folded_order {
    ($type:ty) => {
        impl Eq for $type {}
        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                self.as_str().eq_ignore_ascii_case(other)
            }
        }
        impl PartialEq<&str> for $type {
            fn eq(&self, other: &&str) -> bool {
                self.as_str().eq_ignore_ascii_case(other)
            }
        }
        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                $crate::name::fold::cmp(self.as_str(), other.as_str())
            }
        }
    };
}
pub(crate) use impl_folded_order;
