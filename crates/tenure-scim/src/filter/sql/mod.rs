//! Filters as SQL conditions, for SQLite, PostgreSQL and MySQL.
//!
//! Values never become part of the SQL text: each is a bound parameter. `co`, `sw` and `ew` become `LIKE` with its
//! wildcards escaped (on exact text in SQLite, whose `LIKE` ignores case, `GLOB`). `path[...]` becomes `EXISTS` over
//! the rows of one element. A part that cannot be expressed is an error.
//!
//! The condition selects what [`CompiledFilter::matches`](super::CompiledFilter::matches) accepts: every term is
//! made true or false also where a column is `NULL`, and text is compared by the same key, which the table must
//! hold in a column of its own (see [`Text`]).

mod emit;
mod map;
#[cfg(test)]
mod tests;

pub use map::{Column, ColumnMap, Elements, Kind, Mapped, Text};

use chrono::{DateTime, Utc};

use super::Filter;
use super::translate::TranslateError;

/// The database that the SQL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite: parameters `?1`, `?2`, ...
    Sqlite,
    /// PostgreSQL: parameters `$1`, `$2`, ...
    Postgres,
    /// MySQL and MariaDB: parameters `?`, in the order of the text. Its collations ignore more than case, so a text column
    /// is compared right only where its expression is binary: `CAST(name AS BINARY)`.
    Mysql,
}

/// A condition and its parameters.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SqlFilter {
    /// The condition, to stand behind `WHERE` or, in parentheses, behind `AND`.
    pub sql: String,
    /// The values to bind, in the order of their numbers.
    pub params: Vec<SqlParam>,
}

/// A value to bind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SqlParam {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A truth value.
    Bool(bool),
    /// A point in time; bind it the way the column stores it.
    Time(DateTime<Utc>),
}

/// Translates a filter; parameters are numbered from 1.
///
/// # Examples
///
/// ```
/// use tenure_scim::filter::sql::{Column, ColumnMap, Dialect, Elements, Mapped, SqlParam, Text, translate};
/// use tenure_scim::{AttrPath, Filter};
///
/// struct Users;
///
/// impl ColumnMap for Users {
///     fn map(&self, path: &AttrPath) -> Option<Mapped> {
///         match path.name().as_str().to_ascii_lowercase().as_str() {
///             "username" => Some(Column::text("u.user_name_key", Text::UserNameKey).into()),
///             "emails" => Some(
///                 Elements::new("emails e", "e.user_id = u.id")
///                     .with("value", Column::text("e.value_key", Text::Key))
///                     .with("type", Column::text("e.type_key", Text::Key))
///                     .into(),
///             ),
///             _ => None,
///         }
///     }
/// }
///
/// let filter = Filter::parse(r#"userName sw "Anna_" and emails[type eq "work" and value co "x"]"#)?;
/// let found = translate(&filter, &Users, Dialect::Sqlite)?;
/// assert_eq!(
///     found.sql,
///     r"u.user_name_key LIKE ?1 ESCAPE '\' AND EXISTS (SELECT 1 FROM emails e WHERE e.user_id = u.id AND (e.type_key = ?2 AND e.value_key LIKE ?3 ESCAPE '\'))"
/// );
/// assert_eq!(found.params[0], SqlParam::Text(r"anna\_%".to_owned()));
///
/// let unknown = Filter::parse("title pr")?;
/// assert_eq!(
///     translate(&unknown, &Users, Dialect::Sqlite).unwrap_err().to_string(),
///     "cannot translate `title`: there is no column for it"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// A path without a column, or a comparison that the column's type cannot make.
pub fn translate(
    filter: &Filter,
    map: &dyn ColumnMap,
    dialect: Dialect,
) -> Result<SqlFilter, TranslateError> {
    translate_from(filter, map, dialect, 1)
}

/// Translates a filter that becomes part of a larger statement; parameters are numbered from `first`.
///
/// # Errors
///
/// As [`translate`].
pub fn translate_from(
    filter: &Filter,
    map: &dyn ColumnMap,
    dialect: Dialect,
    first: usize,
) -> Result<SqlFilter, TranslateError> {
    emit::translate(filter, map, dialect, first)
}
