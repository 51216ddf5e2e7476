//! Attribute mappings: where the values of an account come from.

mod expression;
mod name;
mod translit;

pub use self::expression::{Expression, LookupTable, ReferenceTo};
pub use self::name::name_key;
pub use self::translit::transliterate;
