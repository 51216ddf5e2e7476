//! What the two databases say differently.

use tenure_scim::filter::sql::Dialect;

/// What a stored key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::directory) enum Stored {
    Text,
    Number,
    Flag,
}

/// A key of the `keys` column, as an expression over the row `of`.
pub(in crate::directory) fn key(dialect: Dialect, of: &str, name: &str, stored: Stored) -> String {
    let name = literal_text(name);
    match (dialect, stored) {
        (Dialect::Postgres, Stored::Text) => format!("(({of}keys->>'{name}') COLLATE \"C\")"),
        (Dialect::Postgres, Stored::Number) => format!("(({of}keys->>'{name}')::numeric)"),
        (Dialect::Postgres, Stored::Flag) => format!("(({of}keys->>'{name}')::boolean)"),
        _ => format!("json_extract({of}keys, '$.\"{name}\"')"),
    }
}

/// The elements of a multi-valued attribute as rows named `alias`.
pub(in crate::directory) fn elements(dialect: Dialect, of: &str, name: &str, alias: &str) -> String {
    let name = literal_text(name);
    match dialect {
        Dialect::Postgres => {
            format!("jsonb_array_elements({of}keys->'{name}') WITH ORDINALITY {alias}(value, key)")
        }
        _ => format!("json_each({of}keys, '$.\"{name}\"') {alias}"),
    }
}

/// A member of an element that [`elements`] made.
pub(in crate::directory) fn element(dialect: Dialect, alias: &str, name: &str, stored: Stored) -> String {
    let name = literal_text(name);
    match (dialect, stored) {
        (Dialect::Postgres, Stored::Text) => format!("(({alias}.value->>'{name}') COLLATE \"C\")"),
        (Dialect::Postgres, Stored::Number) => format!("(({alias}.value->>'{name}')::numeric)"),
        (Dialect::Postgres, Stored::Flag) => format!("(({alias}.value->>'{name}')::boolean)"),
        _ => format!("json_extract({alias}.value, '$.\"{name}\"')"),
    }
}

/// Rows `j` with the numbers of a parameter, joined with the rows of `table` whose `column` is one of them.
///
/// SQLite would otherwise read the whole table in the order of an index rather than search for each number.
pub(in crate::directory) fn each_int(dialect: Dialect, param: usize, table: &str, column: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            format!("unnest(?{param}::bigint[]) j(value) JOIN {table} ON {column} = j.value")
        }
        _ => format!("json_each(?{param}) j CROSS JOIN {table} ON {column} = j.value"),
    }
}

/// As [`each_int`], with texts.
pub(in crate::directory) fn each_text(dialect: Dialect, param: usize, table: &str, column: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("unnest(?{param}::text[]) j(value) JOIN {table} ON {column} = j.value"),
        _ => format!("json_each(?{param}) j CROSS JOIN {table} ON {column} = j.value"),
    }
}

/// A member of the JSON text `column`, as it was written.
pub(in crate::directory) fn member(dialect: Dialect, column: &str, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("({column}::jsonb->>'{name}')"),
        _ => format!("json_extract({column}, '$.{name}')"),
    }
}

/// The end of a statement that reads a row in order to write it.
pub(in crate::directory) fn for_update(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => " FOR UPDATE OF r",
        // The only writer holds the whole database.
        _ => "",
    }
}

/// A text as an SQL literal, where a parameter would keep an index from being used.
pub(in crate::directory) fn literal(text: &str) -> String {
    format!("'{}'", literal_text(text))
}

fn literal_text(text: &str) -> String {
    text.replace('\'', "''")
}
