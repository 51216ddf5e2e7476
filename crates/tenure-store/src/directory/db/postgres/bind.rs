use std::error::Error;
use std::fmt::Write as _;

use bytes::BytesMut;
use tenure_connector::{Certainty, ConnectorError, ErrorKind};
use tokio_postgres::Row as Found;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

use super::super::{Cell, Param, Row};
use crate::directory::error::{Fault, Result};

/// A parameter, sent as text: the server reads it as whatever stands on the other side of the comparison. Lists whose type is known
/// are sent as they are, so that nobody quotes and reads their elements.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Param::Null => return Ok(IsNull::Yes),
            Param::Int(value) => write!(out, "{value}")?,
            Param::Real(value) => write!(out, "{value:?}")?,
            Param::Flag(value) => out.write_str(if *value { "t" } else { "f" })?,
            Param::Text(text) => out.write_str(text)?,
            Param::Ints(values) if *kind == Type::INT8_ARRAY => return values.to_sql(kind, out),
            Param::Texts(texts) if *kind == Type::TEXT_ARRAY => return texts.to_sql(kind, out),
            Param::Ints(values) => {
                let texts: Vec<String> = values.iter().map(i64::to_string).collect();
                write!(out, "{{{}}}", texts.join(","))?;
            }
            Param::Texts(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
                write!(out, "{{{}}}", quoted.join(","))?;
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, kind: &Type) -> Format {
        match self.0 {
            Param::Ints(_) if *kind == Type::INT8_ARRAY => Format::Binary,
            Param::Texts(_) if *kind == Type::TEXT_ARRAY => Format::Binary,
            _ => Format::Text,
        }
    }

    to_sql_checked!();
}

/// An element of an array literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// Refuses what PostgreSQL's text cannot hold.
pub(super) fn check(params: &[Param<'_>]) -> Result<()> {
    let has_nul = |param: &Param<'_>| match param {
        Param::Text(text) => text.contains('\0'),
        Param::Texts(texts) => texts.iter().any(|text| text.contains('\0')),
        _ => false,
    };
    if !params.iter().any(has_nul) {
        return Ok(());
    }
    let error = ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted);
    Err(Fault::Connector(error.with_detail("expected text without the character U+0000, found one")))
}

/// Reads a row. Statements cast what is none of these types.
pub(super) fn row(found: &Found) -> Result<Row> {
    let cells = found.columns().iter().enumerate().map(|(n, column)| {
        Ok(match *column.type_() {
            Type::BOOL => int(found.try_get::<_, Option<bool>>(n)?),
            Type::INT4 => int(found.try_get::<_, Option<i32>>(n)?),
            Type::INT8 => int(found.try_get::<_, Option<i64>>(n)?),
            _ => found.try_get::<_, Option<String>>(n)?.map_or(Cell::Null, Cell::Text),
        })
    });
    Ok(Row(cells.collect::<Result<_>>()?))
}

fn int(value: Option<impl Into<i64>>) -> Cell {
    value.map_or(Cell::Null, |value| Cell::Int(value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_elements_cannot_break_out_of_their_quotes() {
        assert_eq!(quote(r#"a","b\"#), r#""a\",\"b\\""#);
    }
}
