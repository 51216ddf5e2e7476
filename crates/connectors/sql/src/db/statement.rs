use tenure_scim::filter::sql::{SqlFilter, SqlParam};

use super::Dialect;

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param {
    Null,
    Text(String),
    Int(i64),
    Flag(bool),
    /// The present moment, which the database knows.
    Now,
}

/// A statement: names are quoted, values are bound.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    pub(crate) dialect: Dialect,
    pub(crate) text: String,
    pub(crate) params: Vec<Param>,
}

impl Sql {
    pub(crate) fn new(dialect: Dialect, text: &str) -> Self {
        Self { dialect, text: text.to_owned(), params: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds the name of a column, or of a table with its schema before it.
    pub(crate) fn name<'a>(&mut self, parts: impl IntoIterator<Item = &'a String>) -> &mut Self {
        let parts: Vec<_> = parts.into_iter().map(|part| quoted(self.dialect, part)).collect();
        self.push(&parts.join("."))
    }

    /// Adds the name of a column.
    pub(crate) fn column(&mut self, name: &str) -> &mut Self {
        let name = quoted(self.dialect, name);
        self.push(&name)
    }

    /// Adds a column as text.
    pub(crate) fn shown(&mut self, name: &str) -> &mut Self {
        let name = quoted(self.dialect, name);
        match self.dialect {
            // Only PostgreSQL has to be asked: the other two tell the type with each value.
            Dialect::Postgres => self.push(&format!("CAST({name} AS text)")),
            _ => self.push(&name),
        }
    }

    pub(crate) fn bind(&mut self, param: Param) -> &mut Self {
        if param == Param::Now {
            return self.push(match self.dialect {
                Dialect::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
                _ => "CURRENT_TIMESTAMP",
            });
        }
        self.params.push(param);
        let number = self.params.len();
        match self.dialect {
            Dialect::Sqlite => self.push(&format!("?{number}")),
            Dialect::Postgres => self.push(&format!("${number}")),
            _ => self.push("?"),
        }
    }

    /// Adds a condition that was translated from a filter, with numbers from those of the statement on.
    pub(crate) fn condition(&mut self, filter: SqlFilter) -> &mut Self {
        let params = filter.params.into_iter().map(|param| match param {
            SqlParam::Text(text) => Param::Text(text),
            SqlParam::Integer(value) => Param::Int(value),
            SqlParam::Real(value) => Param::Text(value.to_string()),
            SqlParam::Bool(value) => Param::Flag(value),
            SqlParam::Time(time) => Param::Text(match self.dialect {
                Dialect::Mysql => time.format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
                _ => time.to_rfc3339(),
            }),
            // The enum may grow; nothing equals `NULL`.
            _ => Param::Null,
        });
        self.params.extend(params);
        self.push("(").push(&filter.sql).push(")")
    }
}

/// Quotes a name, so that nothing in it is read as SQL.
pub(crate) fn quoted(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        // SQLite takes an unknown name in double quotes for a text.
        _ => format!("`{}`", name.replace('`', "``")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_broken_out_of() {
        let name = |dialect| {
            let mut sql = Sql::new(dialect, "");
            sql.name(&["a\"b".to_owned(), "c`d".to_owned()]).text.clone()
        };
        assert_eq!(name(Dialect::Postgres), "\"a\"\"b\".\"c`d\"");
        assert_eq!(name(Dialect::Sqlite), "`a\"b`.`c``d`");
        assert_eq!(name(Dialect::Mysql), "`a\"b`.`c``d`");
    }

    #[test]
    fn values_are_bound_in_order() {
        let mut sql = Sql::new(Dialect::Postgres, "UPDATE t SET a = ");
        sql.bind(Param::Int(1)).push(", b = ").bind(Param::Now).push(", c = ").bind(Param::Null);
        assert_eq!(sql.text, "UPDATE t SET a = $1, b = CURRENT_TIMESTAMP, c = $2");
        assert_eq!(sql.params, [Param::Int(1), Param::Null]);
    }
}
