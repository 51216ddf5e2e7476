//! Lists: filter, order and page, as SQL.

mod columns;
mod list;
mod narrow;
mod order;
mod plain;
mod selection;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
mod walk;

#[cfg(feature = "postgres")]
pub(super) use self::list::Found;
pub(super) use self::list::{LARGEST_PAGE, List};
pub(super) use self::selection::Condition;
#[cfg(feature = "postgres")]
pub(super) use self::selection::is_bindable;
