use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tenure_connector::Secret;

/// Which tables of which database hold the accounts. Debug shows no secret.
///
/// Names of tables and columns are quoted, and every value is bound. A table of a schema is `schema.table`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlConfig {
    /// The database.
    pub database: Database,
    /// The accounts.
    pub users: Table,
    /// The groups, if the application has any.
    #[serde(default)]
    pub groups: Option<Table>,
    /// Who is in which group. Needs `groups`.
    #[serde(default)]
    pub memberships: Option<Memberships>,
    /// The password, when the connection string or the URL has none.
    #[serde(default, deserialize_with = "some_secret")]
    pub password: Option<Secret>,
    /// A PEM file with the authorities that sign the certificate of a PostgreSQL server; the system's when absent.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Connects to another machine without TLS. For a closed network only.
    #[serde(default)]
    pub allow_plain: bool,
    /// The page size when the caller has no wish.
    #[serde(default = "five_hundred")]
    pub page_size: u32,
    /// How long one call may take.
    #[serde(default = "thirty", rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
}

/// Where the tables are. Each database needs the feature of its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Database {
    /// The file of an SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string, `host=... user=... dbname=...` or a URL. `sslmode=require`, which checks the
    /// certificate, is what goes without saying for a server on another machine.
    #[serde(deserialize_with = "secret")]
    Postgres(Secret),
    /// The URL of a MySQL or MariaDB database, `mysql://user:password@host:3306/name`.
    #[serde(deserialize_with = "secret")]
    Mysql(Secret),
}

/// The table of the accounts, or that of the groups.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub table: String,
    /// The column whose value never changes and is the id.
    pub key: Key,
    /// Which column holds which SCIM attribute: `userName`, `name.familyName`, `emails[type eq "work"].value`, or an
    /// attribute of an extension behind its URI. Users need `userName`, groups `displayName`.
    pub columns: BTreeMap<String, String>,
    /// How the table tells a stopped account.
    #[serde(default)]
    pub status: Option<Status>,
    /// How the table tells a deleted row that is kept.
    #[serde(default)]
    pub deleted: Option<Deletion>,
    /// A column of whole numbers that every write counts up, for optimistic locking against other writers.
    #[serde(default)]
    pub version: Option<String>,
    /// A column with the moment of the creation, written by the connector.
    #[serde(default)]
    pub created: Option<String>,
    /// A column with the moment of the last change, written by the connector.
    #[serde(default)]
    pub modified: Option<String>,
    /// A column with the moment of the last login. Read only.
    #[serde(default)]
    pub last_login: Option<String>,
    /// Columns with one value in every row of ours: written on creation, and rows with other values are not seen.
    #[serde(default)]
    pub fixed: BTreeMap<String, Value>,
}

/// The column that is the id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name. It is unique, and it has an index.
    pub column: String,
    /// Who makes its values.
    pub made_by: MadeBy,
    /// What its values are. Whole numbers when the database makes them, else text.
    #[serde(default)]
    pub kind: Option<KeyKind>,
}

/// Who makes the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// The database: an identity, a sequence, `AUTO_INCREMENT`, a default.
    Database,
    /// The connector: a UUID that follows from the idempotency key, so that a repeated create makes no second row.
    Uuid,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Whole numbers.
    Integer,
    /// Texts, UUIDs among them.
    Text,
}

/// How a table tells whether an account works.
///
/// A value is a text, a number, a truth value or nothing (`null`), or `"now()"` for the present moment, which stands for
/// any value when read. A status without a value of its own is written as `disabled`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The column.
    pub column: String,
    /// What it holds while the account works.
    pub active: Value,
    /// What it holds when the account is disabled.
    pub disabled: Value,
    /// What it holds when the account is suspended.
    #[serde(default, deserialize_with = "given")]
    pub suspended: Option<Value>,
    /// What it holds when the account is archived.
    #[serde(default, deserialize_with = "given")]
    pub archived: Option<Value>,
}

/// How a table tells a deleted row. Values are as those of [`Status`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The column.
    pub column: String,
    /// What it holds while the row counts; nothing, when absent.
    #[serde(default)]
    pub live: Value,
    /// What it holds when the row is deleted; the moment, when absent.
    #[serde(default = "now")]
    pub gone: Value,
}

/// The table that says who is in which group.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memberships {
    /// Its name. One row is one membership.
    pub table: String,
    /// The column with the key of the account.
    pub user: String,
    /// The column with the key of the group.
    pub group: String,
    /// Columns with one value in every row of ours.
    #[serde(default)]
    pub fixed: BTreeMap<String, Value>,
}

/// A value that means the present moment.
pub(crate) const NOW: &str = "now()";

fn now() -> Value {
    Value::String(NOW.to_owned())
}

/// Tells `null` from an absent value.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

fn five_hundred() -> u32 {
    500
}

fn thirty() -> Duration {
    Duration::from_secs(30)
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

fn some_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    secret(from).map(Some)
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}
