//! Reading: one object, pages of objects, members of groups.

pub(crate) mod crowd;
mod filter;
mod find;
mod grants;
mod members;
mod places;
mod walk;
mod walks;

pub(crate) use self::walks::Walks;
