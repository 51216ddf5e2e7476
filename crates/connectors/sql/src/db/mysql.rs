use std::time::Duration;

use async_trait::async_trait;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Value};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Secret};

use super::{Dialect, Lower, Param, Row, Session, Sql};
use crate::config::SqlConfig;
use crate::error::{Meaning, unfit, wrong};

/// A server and a pool of connections to it.
pub(crate) struct Mysql {
    pool: Pool,
    name: String,
    timeout: Duration,
}

impl Mysql {
    pub(super) fn new(text: &Secret, config: &SqlConfig) -> Result<Self> {
        // The parser's sentence may repeat what stands in the URL, a password among it.
        let opts = Opts::from_url(text.expose())
            .map_err(|_| wrong("expected a URL such as `mysql://user@host/name`"))?;
        if opts.socket().is_none() && !is_here(opts.ip_or_hostname()) && !config.allow_plain {
            return Err(wrong("the connector has no TLS for MySQL, and the database is on another machine")
                .with_help("reach it through a socket or a tunnel, or set `allow_plain`"));
        }
        let name =
            format!("{}:{}/{}", opts.ip_or_hostname(), opts.tcp_port(), opts.db_name().unwrap_or_default());
        let pool = PoolOpts::default()
            .with_constraints(PoolConstraints::new(0, CONNECTIONS).unwrap_or_default())
            // What a dropped call left open must not reach the next one.
            .with_reset_connection(true);
        let password = config.password.as_ref().map(|password| password.expose().to_owned());
        let password = password.or_else(|| opts.pass().map(str::to_owned));
        let opts =
            OptsBuilder::from_opts(opts).pass(password).pool_opts(pool).prefer_socket(false).setup(vec![
                "SET time_zone = '+00:00'",
                // Values that do not fit are refused, not cut.
                "SET sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            ]);
        Ok(Self { pool: Pool::new(opts), name, timeout: config.timeout })
    }

    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    pub(super) async fn session(&self) -> Result<MysqlSession> {
        let got = tokio::time::timeout(self.timeout, self.pool.get_conn()).await;
        let got = got.map_err(|_| lost("no connection became free in time"))?;
        let conn = got.map_err(|error| match error {
            Error::Server(_) => failed(&error),
            _ => lost("no connection to the server"),
        })?;
        Ok(MysqlSession { conn })
    }
}

/// One connection. The pool resets it when it comes back, which undoes what was not committed.
pub(crate) struct MysqlSession {
    conn: Conn,
}

#[async_trait]
impl Session for MysqlSession {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn lower(&self) -> Lower {
        Lower::Everything
    }

    async fn begin(&mut self) -> Result<()> {
        self.conn.query_drop("START TRANSACTION").await.map_err(|error| failed(&error))
    }

    async fn commit(&mut self) -> Result<()> {
        self.conn.query_drop("COMMIT").await.map_err(|error| failed(&error))
    }

    async fn rollback(&mut self) {
        drop(self.conn.query_drop("ROLLBACK").await);
    }

    async fn query(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        let found: Vec<mysql_async::Row> =
            self.conn.exec(sql.text.as_str(), bound(sql)).await.map_err(|error| failed(&error))?;
        found.into_iter().map(|row| row.unwrap().into_iter().map(cell).collect()).collect()
    }

    async fn execute(&mut self, sql: &Sql) -> Result<Option<String>> {
        self.conn.exec_drop(sql.text.as_str(), bound(sql)).await.map_err(|error| failed(&error))?;
        Ok(self.conn.last_insert_id().map(|id| id.to_string()))
    }

    async fn version(&mut self) -> Result<String> {
        let found: Option<String> =
            self.conn.query_first("SELECT VERSION()").await.map_err(|error| failed(&error))?;
        let version = found.unwrap_or_default();
        Ok(if version.contains("MariaDB") { version } else { format!("MySQL {version}") })
    }
}

fn bound(sql: &Sql) -> Params {
    if sql.params.is_empty() {
        return Params::Empty;
    }
    let value = |param: &Param| match param {
        Param::Text(text) => Value::Bytes(text.clone().into_bytes()),
        Param::Int(value) => Value::Int(*value),
        Param::Flag(value) => Value::Int(i64::from(*value)),
        Param::Null | Param::Now => Value::NULL,
    };
    Params::Positional(sql.params.iter().map(value).collect())
}

fn cell(value: Value) -> Result<Option<String>> {
    Ok(match value {
        Value::NULL => None,
        Value::Bytes(bytes) => {
            Some(String::from_utf8(bytes).map_err(|_| unfit("expected text in a column, found bytes"))?)
        }
        Value::Int(value) => Some(value.to_string()),
        Value::UInt(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Double(value) => Some(value.to_string()),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let time = format!("{hour:02}:{minute:02}:{second:02}.{micros:06}");
            Some(format!("{year:04}-{month:02}-{day:02} {time}"))
        }
        Value::Time(..) => {
            return Err(unfit("expected a text, a number or a moment in a column, found a time"));
        }
    })
}

fn lost(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted).with_detail(detail)
}

fn failed(error: &Error) -> ConnectorError {
    let Error::Server(answer) = error else { return lost("the connection to the server broke") };
    let meaning = match answer.code {
        1062 | 1586 => Meaning::Taken,
        1216 | 1217 | 1451 | 1452 => Meaning::Referred,
        1048 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 3819 | 4025 => Meaning::Value,
        1044 | 1142 | 1143 | 1227 | 1290 => Meaning::Permission,
        1049 | 1054 | 1146 => Meaning::Layout,
        1045 | 1698 => Meaning::Credentials,
        1205 | 1213 | 1020 => Meaning::Collision,
        1040 | 1053 | 1077 | 1129 | 1203 => Meaning::Unavailable,
        _ => Meaning::Other,
    };
    meaning.refused(answer.code.to_string(), &answer.message)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

const CONNECTIONS: usize = 8;
