//! The configured layout, compiled.

mod schema;
mod show;
mod slot;
mod table;
mod value;

pub(crate) use self::schema::schema;
pub(crate) use self::show::Found;
pub(crate) use self::slot::Slot;
pub(crate) use self::table::{Links, Rows};
pub(crate) use self::value::Mark;
