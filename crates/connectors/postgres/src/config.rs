use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use tenure_connector::Secret;

/// How to reach a PostgreSQL server. Debug shows no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_postgres::PostgresConfig;
///
/// let config: PostgresConfig =
///     serde_json::from_str(r#"{ "connection": "host=/run/postgresql user=tenure password=hidden" }"#)?;
/// assert!(!format!("{config:?}").contains("hidden"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    /// A connection string, `host=... user=... dbname=...` or a URL. The user needs `CREATEROLE`, and for sessions and
    /// ownership the rights of the roles it works on. `sslmode=require`, which checks the certificate, is what goes without
    /// saying for a server on another machine.
    #[serde(deserialize_with = "secret")]
    pub connection: Secret,
    /// The password, when the connection string has none.
    #[serde(default, deserialize_with = "some_secret")]
    pub password: Option<Secret>,
    /// A PEM file with the authorities that sign the server's certificate; the system's when absent.
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

impl PostgresConfig {
    /// Starts with a connection string.
    #[must_use]
    pub fn new(connection: impl Into<String>) -> Self {
        Self {
            connection: Secret::new(connection),
            password: None,
            ca_file: None,
            allow_plain: false,
            page_size: five_hundred(),
            timeout: thirty(),
        }
    }
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
