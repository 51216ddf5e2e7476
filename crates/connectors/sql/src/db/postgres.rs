use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Secret};
use tenure_tls::postgres::{Options, Server, certificate_problem};
use tokio::sync::OnceCell;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Error, SimpleQueryMessage};

use super::{Dialect, Lower, Param, Row, Session, Sql};
use crate::config::SqlConfig;
use crate::error::{Meaning, wrong};

/// A server and a pool of connections to it.
pub(crate) struct Postgres {
    pool: Pool,
    name: String,
    timeout: Duration,
    lower: OnceCell<Lower>,
}

impl Postgres {
    pub(super) fn new(text: &Secret, config: &SqlConfig) -> Result<Self> {
        let options = Options { authorities: config.ca_file.clone(), plain: config.allow_plain };
        let mut server = Server::read(text.expose(), &options).map_err(|error| {
            let unfit = wrong(error.to_string());
            match error.help() {
                Some(help) => unfit.with_help(help),
                None => unfit,
            }
        })?;
        let (tls, address) = (server.tls(), server.address());
        let settings = server.config_mut();
        if let Some(password) = &config.password {
            settings.password(password.expose());
        }
        let name = format!("{address}/{}", settings.get_dbname().or(settings.get_user()).unwrap_or_default());
        let given = settings.get_options().map_or_else(String::new, |given| format!("{given} "));
        settings.options(format!("{given}-c timezone=UTC -c datestyle=ISO"));
        settings.connect_timeout(config.timeout);
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(settings.clone(), tls, fast);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        let pool = pool.map_err(|error| wrong(error.to_string()))?;
        Ok(Self { pool, name, timeout: config.timeout, lower: OnceCell::new() })
    }

    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    pub(super) async fn session(&self) -> Result<PostgresSession> {
        let unavailable = |text: &str| {
            ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted).with_detail(text)
        };
        let got = tokio::time::timeout(self.timeout, self.pool.get()).await;
        let client = match got.map_err(|_| unavailable("no connection became free in time"))? {
            Ok(client) => client,
            Err(PoolError::Backend(error)) if error.as_db_error().is_some() => return Err(failed(&error)),
            Err(PoolError::Backend(error)) => {
                return Err(match certificate_problem(&error) {
                    Some(reason) => wrong(format!("no connection to the server: {reason}")),
                    None => unavailable("no connection to the server"),
                });
            }
            Err(_) => return Err(unavailable("no connection to the server")),
        };
        let probe = || async {
            let row = client.query_one("SELECT lower('\u{141}') = '\u{142}'", &[]).await;
            let unicode: bool = row.and_then(|row| row.try_get(0)).map_err(|error| failed(&error))?;
            Ok::<_, ConnectorError>(if unicode { Lower::Everything } else { Lower::Ascii })
        };
        let lower = *self.lower.get_or_try_init(probe).await?;
        Ok(PostgresSession { client: Some(client), lower, open: false })
    }
}

/// One connection.
pub(crate) struct PostgresSession {
    client: Option<Object>,
    lower: Lower,
    open: bool,
}

impl PostgresSession {
    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(|| Meaning::Unavailable.refused("", "the connection is closed"))
    }
}

impl Drop for PostgresSession {
    fn drop(&mut self) {
        if self.open {
            // The server undoes the transaction of a connection that ends.
            drop(self.client.take().map(Object::take));
        }
    }
}

#[async_trait]
impl Session for PostgresSession {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn lower(&self) -> Lower {
        self.lower
    }

    async fn begin(&mut self) -> Result<()> {
        self.open = true;
        self.client()?.batch_execute("BEGIN").await.map_err(|error| failed(&error))
    }

    async fn commit(&mut self) -> Result<()> {
        self.client()?.batch_execute("COMMIT").await.map_err(|error| failed(&error))?;
        self.open = false;
        Ok(())
    }

    async fn rollback(&mut self) {
        if let Ok(client) = self.client()
            && client.batch_execute("ROLLBACK").await.is_ok()
        {
            self.open = false;
        }
    }

    async fn query(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        let bound = bound(sql)?;
        let params: Vec<_> = bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        let found = self.client()?.query(&sql.text, &params).await.map_err(|error| failed(&error))?;
        let cells = |row: &tokio_postgres::Row| {
            (0..row.len())
                .map(|at| row.try_get::<_, Option<String>>(at))
                .collect::<std::result::Result<Row, _>>()
        };
        found.iter().map(|row| cells(row).map_err(|error| failed(&error))).collect()
    }

    async fn execute(&mut self, sql: &Sql) -> Result<Option<String>> {
        let bound = bound(sql)?;
        let params: Vec<_> = bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
        self.client()?.execute(&sql.text, &params).await.map_err(|error| failed(&error))?;
        Ok(None)
    }

    async fn version(&mut self) -> Result<String> {
        let found =
            self.client()?.simple_query("SHOW server_version").await.map_err(|error| failed(&error))?;
        let version = found.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        Ok(format!("PostgreSQL {}", version.unwrap_or_default()))
    }
}

/// A value in the text format, which the server reads as the type that it expects.
#[derive(Debug)]
struct Bound<'a>(&'a Param);

fn bound(sql: &Sql) -> Result<Vec<Bound<'_>>> {
    let nul = |param: &Param| matches!(param, Param::Text(text) if text.contains('\0'));
    if sql.params.iter().any(nul) {
        return Err(Meaning::Value.refused("", "expected text without the character U+0000, found one"));
    }
    Ok(sql.params.iter().map(Bound).collect())
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let text = match self.0 {
            Param::Null | Param::Now => return Ok(IsNull::Yes),
            Param::Text(text) => text.clone(),
            Param::Int(value) => value.to_string(),
            Param::Flag(value) => value.to_string(),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

fn failed(error: &Error) -> ConnectorError {
    let Some(answer) = error.as_db_error() else {
        return ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted)
            .with_detail("the connection to the server broke");
    };
    let code = answer.code().code();
    let meaning = match (code, code.get(..2).unwrap_or_default()) {
        ("23505" | "23P01", _) => Meaning::Taken,
        ("23503" | "23001", _) => Meaning::Referred,
        (_, "22" | "23") => Meaning::Value,
        ("42501" | "25006", _) => Meaning::Permission,
        ("42P01" | "42703" | "3F000" | "3D000" | "42804" | "42883", _) => Meaning::Layout,
        (_, "28") => Meaning::Credentials,
        (_, "40") | ("55P03", _) => Meaning::Collision,
        (_, "53" | "57" | "08") => Meaning::Unavailable,
        _ => Meaning::Other,
    };
    meaning.refused(code, answer.message())
}

const CONNECTIONS: usize = 8;
