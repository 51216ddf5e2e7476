//! Turns a document into a form that evaluates fast: names resolved, roles flattened, conditions compiled, rules indexed.

mod condition;
mod constraint;
mod dense;
mod flatten;
mod index;
mod paths;
mod policy;
mod roles;
mod rules;
mod scope;
mod targets;

pub(crate) use self::condition::{Compiled, Conditions, collect_paths, qualify};
pub(crate) use self::constraint::CompiledConstraint;
pub(crate) use self::dense::{Dense, DenseConstraint, DenseGive, DenseMember, NONE};
pub(crate) use self::flatten::{FlatGive, Give};
pub(crate) use self::index::{RuleIndex, demanded};
pub(crate) use self::paths::Paths;
pub(crate) use self::policy::{Parts, errors_of};
pub use self::policy::{Policy, PolicyVersion};
pub(crate) use self::roles::CompiledRole;
pub(crate) use self::rules::CompiledRule;
pub(crate) use self::scope::Compiler;
pub(crate) use self::targets::CompiledTarget;
