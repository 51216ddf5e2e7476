//! Attribute mappings: where the values of an account come from.

#[cfg(feature = "cel")]
mod cel;
mod evaluate;
mod expression;
mod name;
mod preview;
mod settle;
mod translit;

pub(crate) use self::evaluate::{Answer, CompiledExpression};
pub use self::expression::{Expression, LookupTable, ReferenceTo};
pub use self::name::{name_key, registry_key};
pub use self::settle::{Settled, settle};
pub use self::translit::transliterate;
