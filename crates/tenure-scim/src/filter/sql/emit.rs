//! Writing the SQL.

use super::{Column, ColumnMap, Dialect, Elements, Kind, Mapped, SqlFilter, SqlParam, Text};
use crate::datetime::ScimDateTime;
use crate::filter::translate::TranslateError;
use crate::filter::{CompareOp, Comparison, Filter, Literal, Number};
use crate::path::AttrPath;
use crate::precis::{text_key, username_key};

pub(super) fn translate(
    filter: &Filter,
    map: &dyn ColumnMap,
    dialect: Dialect,
    first: usize,
) -> Result<SqlFilter, TranslateError> {
    let mut emit = Emit { dialect, first, sql: String::new(), params: Vec::new() };
    emit.filter(filter, &Scope::Row(map), false)?;
    Ok(SqlFilter { sql: emit.sql, params: emit.params })
}

struct Emit {
    dialect: Dialect,
    first: usize,
    sql: String,
    params: Vec<SqlParam>,
}

enum Scope<'a> {
    Row(&'a dyn ColumnMap),
    Element(&'a Elements),
}

type Done = Result<(), TranslateError>;

impl Emit {
    /// `negated`: the term stands below a `NOT`, where `NULL` would no longer mean "no".
    fn filter(&mut self, filter: &Filter, scope: &Scope<'_>, negated: bool) -> Done {
        match filter {
            Filter::And(parts) => self.joined(parts, " AND ", "1 = 1", scope, negated),
            Filter::Or(parts) => self.joined(parts, " OR ", "1 = 0", scope, negated),
            Filter::Not(part) => {
                self.push("NOT (");
                self.filter(part, scope, true)?;
                self.push(")");
                Ok(())
            }
            Filter::Compare(comparison) => {
                self.at(&comparison.path, scope, &Test::Compare(comparison), negated)
            }
            Filter::Present(path) => self.at(path, scope, &Test::Present, negated),
            Filter::Element(element) => match lookup(&element.path, scope)? {
                Found::Elements(elements, _) => {
                    self.exists(&elements);
                    self.push(" AND (");
                    self.filter(&element.filter, &Scope::Element(&elements), false)?;
                    self.push("))");
                    Ok(())
                }
                Found::Column(_) => {
                    Err(TranslateError::new(&element.path, "its values are not kept in rows of their own"))
                }
            },
        }
    }

    fn joined(&mut self, parts: &[Filter], by: &str, none: &str, scope: &Scope<'_>, negated: bool) -> Done {
        if parts.is_empty() {
            self.push(none);
        }
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                self.push(by);
            }
            let nested = matches!(part, Filter::And(_) | Filter::Or(_));
            self.push(if nested { "(" } else { "" });
            self.filter(part, scope, negated)?;
            self.push(if nested { ")" } else { "" });
        }
        Ok(())
    }

    fn at(&mut self, path: &AttrPath, scope: &Scope<'_>, test: &Test<'_>, negated: bool) -> Done {
        match lookup(path, scope)? {
            Found::Column(column) => self.test(&column, path, test, negated),
            Found::Elements(elements, sub) => self.any(&elements, sub.as_deref(), path, test),
        }
    }

    /// Some element passes; `ne` also when none has a value, `eq null` only then.
    fn any(&mut self, elements: &Elements, sub: Option<&str>, path: &AttrPath, test: &Test<'_>) -> Done {
        let column = elements.column(sub.unwrap_or("value"));
        let presence = match test {
            Test::Present => Some(true),
            Test::Compare(c) if c.value == Literal::Null && c.op == CompareOp::Eq => Some(false),
            Test::Compare(c) if c.value == Literal::Null && c.op == CompareOp::Ne => Some(true),
            Test::Compare(_) => None,
        };
        if let Some(wanted) = presence {
            self.push(if wanted { "" } else { "NOT " });
            self.exists(elements);
            if sub.is_some() {
                let column = column.ok_or_else(|| missing(path))?;
                self.push(" AND ");
                self.present(column);
            }
            self.push(")");
            return Ok(());
        }
        let column = column.ok_or_else(|| missing(path))?;
        let ne = matches!(test, Test::Compare(c) if c.op == CompareOp::Ne);
        self.push(if ne { "(" } else { "" });
        self.exists(elements);
        self.push(" AND ");
        if ne {
            self.push(&format!("{} IS NOT NULL AND ", column.sql));
        }
        self.test(column, path, test, false)?;
        self.push(")");
        if ne {
            self.push(" OR NOT ");
            self.exists(elements);
            self.push(&format!(" AND {} IS NOT NULL))", column.sql));
        }
        Ok(())
    }

    /// Writes `EXISTS (SELECT 1 FROM .. WHERE ..` and leaves the parenthesis open.
    fn exists(&mut self, elements: &Elements) {
        self.push(&format!("EXISTS (SELECT 1 FROM {} WHERE {}", elements.from, elements.on));
    }

    fn present(&mut self, column: &Column) {
        match column.kind {
            Kind::Text(_) => self.push(&format!("({0} IS NOT NULL AND {0} <> '')", column.sql)),
            _ => self.push(&format!("{} IS NOT NULL", column.sql)),
        }
    }

    fn test(&mut self, column: &Column, path: &AttrPath, test: &Test<'_>, negated: bool) -> Done {
        let comparison = match test {
            Test::Present => {
                self.present(column);
                return Ok(());
            }
            Test::Compare(comparison) => *comparison,
        };
        let refuse = |reason: &str| Err(TranslateError::new(comparison, reason));
        if comparison.value == Literal::Null {
            self.push(match comparison.op {
                CompareOp::Eq => "NOT ",
                CompareOp::Ne => "",
                _ => return refuse("only `eq` and `ne` stand before `null`"),
            });
            self.present(column);
            return Ok(());
        }
        let ne = comparison.op == CompareOp::Ne;
        let guard = match (ne, negated) {
            (true, _) => Some("IS NULL OR"),
            (false, true) => Some("IS NOT NULL AND"),
            (false, false) => None,
        };
        if let Some(guard) = guard {
            self.push(&format!("({} {guard} ", column.sql));
        }
        self.compare(column, path, comparison)?;
        self.push(if guard.is_some() { ")" } else { "" });
        Ok(())
    }

    fn compare(&mut self, column: &Column, path: &AttrPath, c: &Comparison) -> Done {
        let operator = match c.op {
            CompareOp::Eq => "=",
            CompareOp::Ne => "<>",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Co | CompareOp::Sw | CompareOp::Ew => return self.substring(column, c),
        };
        let param = parameter(column, c)?;
        if column.kind == Kind::Bool && c.op.is_ordering() {
            return Err(TranslateError::new(c, format!("`{path}` is a boolean and has no order")));
        }
        // Text is ordered by code point, which PostgreSQL's collations do not do.
        let collate = match (self.dialect, column.kind) {
            (Dialect::Postgres, Kind::Text(_)) if c.op.is_ordering() => " COLLATE \"C\"",
            _ => "",
        };
        self.push(&format!("{}{collate} {operator} ", column.sql));
        self.bind(param);
        Ok(())
    }

    fn substring(&mut self, column: &Column, c: &Comparison) -> Done {
        let (Kind::Text(text), SqlParam::Text(key)) = (column.kind, parameter(column, c)?) else {
            return Err(TranslateError::new(c, "the column is not text"));
        };
        let glob = self.dialect == Dialect::Sqlite && text == Text::Exact;
        let any = if glob { "*" } else { "%" };
        let sign = self.dialect.escape();
        let escaped = if glob { escape_glob(&key) } else { escape_like(&key, sign) };
        let pattern = match c.op {
            CompareOp::Sw => format!("{escaped}{any}"),
            CompareOp::Ew => format!("{any}{escaped}"),
            _ => format!("{any}{escaped}{any}"),
        };
        self.push(&format!("{} {} ", column.sql, if glob { "GLOB" } else { "LIKE" }));
        self.bind(SqlParam::Text(pattern));
        if !glob {
            self.push(&format!(" ESCAPE '{sign}'"));
        }
        Ok(())
    }

    fn bind(&mut self, param: SqlParam) {
        let number = self.first + self.params.len();
        match self.dialect {
            Dialect::Sqlite => self.push(&format!("?{number}")),
            Dialect::Postgres => self.push(&format!("${number}")),
            Dialect::Mysql => self.push("?"),
        }
        self.params.push(param);
    }

    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }
}

impl Dialect {
    /// What takes a wildcard its meaning. In a MySQL text a backslash is an escape itself, depending on the session.
    fn escape(self) -> char {
        if self == Self::Mysql { '|' } else { '\\' }
    }
}

enum Test<'a> {
    Present,
    Compare(&'a Comparison),
}

enum Found {
    Column(Column),
    Elements(Elements, Option<String>),
}

fn lookup(path: &AttrPath, scope: &Scope<'_>) -> Result<Found, TranslateError> {
    let sub = || path.sub().map(ToString::to_string);
    match scope {
        Scope::Element(elements) => {
            elements.column(path.name().as_str()).cloned().map(Found::Column).ok_or_else(|| missing(path))
        }
        Scope::Row(map) => match map.map(path).or_else(|| path.sub().and_then(|_| rows(*map, path))) {
            Some(Mapped::Column(column)) => Ok(Found::Column(column)),
            Some(Mapped::Elements(elements)) => Ok(Found::Elements(elements, sub())),
            None => Err(missing(path)),
        },
    }
}

/// The rows of the attribute that `path` names a part of.
fn rows(map: &dyn ColumnMap, path: &AttrPath) -> Option<Mapped> {
    map.map(&path.parent()).filter(|m| matches!(m, Mapped::Elements(_)))
}

fn missing(path: &AttrPath) -> TranslateError {
    TranslateError::new(path, "there is no column for it")
}

fn parameter(column: &Column, c: &Comparison) -> Result<SqlParam, TranslateError> {
    let refuse = |reason: &str| Err(TranslateError::new(c, reason));
    match (column.kind, &c.value) {
        (Kind::Text(Text::Exact), Literal::String(text)) => Ok(SqlParam::Text(text.clone())),
        (Kind::Text(Text::Key), Literal::String(text)) => Ok(SqlParam::Text(text_key(text).into_owned())),
        (Kind::Text(Text::UserNameKey), Literal::String(text)) => {
            Ok(SqlParam::Text(username_key(text).into_owned()))
        }
        (Kind::Bool, Literal::Bool(value)) => Ok(SqlParam::Bool(*value)),
        (Kind::Number, Literal::Number(number)) => {
            number_param(number).map_or_else(|| refuse("the number has more digits than a column keeps"), Ok)
        }
        (Kind::Time, Literal::String(text)) => {
            match ScimDateTime::parse(text).ok().and_then(|t| t.to_utc()) {
                Some(time) => Ok(SqlParam::Time(time)),
                None => refuse("expected a date and time with a zone"),
            }
        }
        _ => refuse("the column has another type"),
    }
}

/// The number, if no digit is lost.
fn number_param(number: &Number) -> Option<SqlParam> {
    if let Some(whole) = number.as_i64() {
        return Some(SqlParam::Integer(whole));
    }
    let digits =
        number.as_str().split(['e', 'E']).next().map_or(0, |m| m.bytes().filter(u8::is_ascii_digit).count());
    let value = number.as_f64();
    (digits <= 15 && value.is_finite()).then_some(SqlParam::Real(value))
}

fn escape_like(text: &str, sign: char) -> String {
    escape(text, |c| (matches!(c, '%' | '_') || c == sign).then(|| format!("{sign}{c}")))
}

fn escape_glob(text: &str) -> String {
    escape(text, |c| matches!(c, '*' | '?' | '[').then(|| format!("[{c}]")))
}

fn escape(text: &str, special: impl Fn(char) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match special(c) {
            Some(escaped) => out.push_str(&escaped),
            None => out.push(c),
        }
    }
    out
}
