//! Values of columns and values of attributes.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tenure_connector::Result;
use tenure_scim::schema::AttributeType;

use crate::config::NOW;
use crate::db::{Dialect, Param};
use crate::error::{unfit, wrong};

/// A value of the configuration that tells one state of a row from another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    Nothing,
    /// The present moment when written; any value when read.
    Now,
    Is(Param),
}

impl Mark {
    pub(crate) fn new(value: &Value) -> Result<Self> {
        Ok(match value {
            Value::Null => Self::Nothing,
            Value::Bool(value) => Self::Is(Param::Flag(*value)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Is(Param::Int(whole)),
                None => Self::Is(Param::Text(number.to_string())),
            },
            Value::String(text) if text == NOW => Self::Now,
            Value::String(text) => Self::Is(Param::Text(text.clone())),
            other => {
                return Err(wrong(format!(
                    "expected a text, a number, a truth value or nothing, found `{other}`"
                )));
            }
        })
    }

    pub(crate) fn param(&self) -> Param {
        match self {
            Self::Nothing => Param::Null,
            Self::Now => Param::Now,
            Self::Is(param) => param.clone(),
        }
    }

    /// Whether a cell is in this state.
    pub(crate) fn matches(&self, cell: Option<&str>) -> bool {
        match (self, cell) {
            (Self::Nothing, None) | (Self::Now, Some(_)) => true,
            (Self::Is(Param::Flag(wanted)), Some(text)) => flag(text) == Some(*wanted),
            (Self::Is(Param::Int(wanted)), Some(text)) => text.parse() == Ok(*wanted),
            (Self::Is(Param::Text(wanted)), Some(text)) => wanted == text,
            _ => false,
        }
    }
}

/// A cell as the value of an attribute.
pub(super) fn read(kind: AttributeType, text: &str) -> Result<Value> {
    let expected = |what: &str| unfit(format!("expected {what}, found `{text}`"));
    Ok(match kind {
        AttributeType::Boolean => json!(flag(text).ok_or_else(|| expected("a truth value"))?),
        AttributeType::Integer => json!(text.parse::<i64>().map_err(|_| expected("a whole number"))?),
        AttributeType::Decimal => json!(text.parse::<f64>().map_err(|_| expected("a number"))?),
        AttributeType::DateTime => json!(moment(text).ok_or_else(|| expected("a moment"))?),
        _ => json!(text),
    })
}

/// The value of an attribute as that of a column.
pub(super) fn write(dialect: Dialect, kind: AttributeType, value: &Value) -> Result<Param> {
    Ok(match (kind, value) {
        (_, Value::Null) => Param::Null,
        (AttributeType::DateTime, Value::String(text)) => {
            let read = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
            let time = read.map_err(|_| unfit(format!("expected a moment as RFC 3339, found `{text}`")))?;
            Param::Text(match dialect {
                Dialect::Mysql => time.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
                _ => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            })
        }
        (_, Value::String(text)) => Param::Text(text.clone()),
        (_, Value::Bool(value)) => Param::Flag(*value),
        (_, Value::Number(number)) => match number.as_i64() {
            Some(whole) => Param::Int(whole),
            None => Param::Text(number.to_string()),
        },
        (_, other) => return Err(unfit(format!("expected a single value, found `{other}`"))),
    })
}

/// A moment of a column as RFC 3339. One without a zone is in UTC.
pub(crate) fn moment(text: &str) -> Option<String> {
    let zoned = || {
        let whole = DateTime::parse_from_rfc3339(text).ok();
        whole
            .or_else(|| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok())
            .map(|time| time.to_utc())
    };
    let plain = || {
        let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
        read("%Y-%m-%d %H:%M:%S%.f").or_else(|| read("%Y-%m-%dT%H:%M:%S%.f")).map(|time| time.and_utc())
    };
    let day = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let time = zoned().or_else(plain).or_else(day)?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "true" | "TRUE" => Some(true),
        "0" | "f" | "false" | "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_every_database_are_read() {
        for text in [
            "2026-03-04T05:06:07Z",
            "2026-03-04 05:06:07+00",
            "2026-03-04 07:06:07+02:00",
            "2026-03-04 05:06:07.000000",
            "2026-03-04T05:06:07",
        ] {
            assert_eq!(moment(text).as_deref(), Some("2026-03-04T05:06:07Z"), "{text}");
        }
        assert_eq!(moment("2026-03-04").as_deref(), Some("2026-03-04T00:00:00Z"));
        assert_eq!(moment("soon"), None);
    }

    #[test]
    fn marks_know_their_cells() {
        let check = |mark: Value, cell: Option<&str>, expected: bool| {
            assert_eq!(Mark::new(&mark).unwrap().matches(cell), expected, "{mark} {cell:?}");
        };
        check(json!(true), Some("1"), true);
        check(json!(true), Some("true"), true);
        check(json!(1), Some("01"), true);
        check(json!("on"), Some("on"), true);
        check(json!("on"), Some("ON"), false);
        check(json!(null), None, true);
        check(json!(null), Some(""), false);
        check(json!("now()"), Some("2026-01-01"), true);
        check(json!("now()"), None, false);
        assert!(Mark::new(&json!([1])).is_err());
    }
}
