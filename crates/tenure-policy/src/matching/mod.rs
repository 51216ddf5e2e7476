//! Which rules hold for many identities: what a value of an attribute decides is worked out once and kept as a set of rules.

mod matcher;
mod memo;
mod reading;
mod rules;
mod shorts;
mod slot;
mod tables;
#[cfg(test)]
mod tests;

pub use self::matcher::{Matcher, RuleMatch};
pub(crate) use self::reading::Readers;
pub(crate) use self::rules::RuleSet;
pub(crate) use self::tables::RuleTables;
