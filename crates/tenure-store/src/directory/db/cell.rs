//! Values on their way into and out of a database.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_scim::filter::sql::SqlParam;

use crate::directory::error::{Fault, Result};

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::directory) enum Param<'a> {
    Null,
    Int(i64),
    Real(f64),
    Flag(bool),
    Text(Cow<'a, str>),
    Ints(Vec<i64>),
    Texts(Vec<&'a str>),
}

impl Param<'_> {
    /// The same value, which borrows nothing; lists are not meant to be kept.
    pub(in crate::directory) fn into_owned(self) -> Param<'static> {
        match self {
            Self::Text(text) => Param::Text(Cow::Owned(text.into_owned())),
            Self::Int(value) => Param::Int(value),
            Self::Real(value) => Param::Real(value),
            Self::Flag(value) => Param::Flag(value),
            Self::Ints(values) => Param::Ints(values),
            Self::Null | Self::Texts(_) => Param::Null,
        }
    }
}

/// A value that was read. A truth value is a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::directory) enum Cell {
    Null,
    Int(i64),
    /// As the shortest text that reads back as the same number.
    Real(String),
    Text(String),
}

/// A row that was read.
#[derive(Debug)]
pub(in crate::directory) struct Row(pub(super) Vec<Cell>);

impl Row {
    fn cell(&mut self, column: usize) -> Cell {
        self.0.get_mut(column).map_or(Cell::Null, |cell| std::mem::replace(cell, Cell::Null))
    }

    /// Takes a value of any type.
    pub(in crate::directory) fn take(&mut self, column: usize) -> Cell {
        self.cell(column)
    }

    /// Takes a whole number.
    pub(in crate::directory) fn int(&mut self, column: usize) -> Result<i64> {
        match self.cell(column) {
            Cell::Int(value) => Ok(value),
            other => Err(Fault::damaged(format!("expected a number in column {column}, found {other:?}"))),
        }
    }

    /// Takes a text.
    pub(in crate::directory) fn text(&mut self, column: usize) -> Result<String> {
        match self.cell(column) {
            Cell::Text(value) => Ok(value),
            other => Err(Fault::damaged(format!("expected text in column {column}, found {other:?}"))),
        }
    }

    /// Takes a text that may be missing.
    pub(in crate::directory) fn maybe_text(&mut self, column: usize) -> Option<String> {
        match self.cell(column) {
            Cell::Text(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Param<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<SqlParam> for Param<'_> {
    fn from(param: SqlParam) -> Self {
        match param {
            SqlParam::Text(text) => text.into(),
            SqlParam::Integer(value) => Self::Int(value),
            SqlParam::Real(value) => Self::Real(value),
            SqlParam::Bool(value) => Self::Flag(value),
            SqlParam::Time(time) => Self::Int(nanos(time)),
            // The enum may grow; a value that nothing equals keeps a filter from matching what it does not mean.
            _ => Self::Null,
        }
    }
}

impl From<&Cell> for Param<'_> {
    fn from(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(value) => Self::Int(*value),
            Cell::Real(text) => text.parse().map_or(Self::Null, Self::Real),
            Cell::Text(text) => text.clone().into(),
        }
    }
}

/// Times are stored as nanoseconds since 1970, those out of range as the nearest that is in range.
pub(in crate::directory) fn nanos(time: DateTime<Utc>) -> i64 {
    time.timestamp_nanos_opt().unwrap_or(if time.timestamp() < 0 { i64::MIN } else { i64::MAX })
}
