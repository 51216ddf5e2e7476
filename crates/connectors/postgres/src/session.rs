use std::net::IpAddr;
use std::time::Duration;

use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use crate::{PostgresConfig, error};

/// Reads a connection string; refuses to send anything in the clear to another machine.
pub(crate) fn read(config: &PostgresConfig) -> Result<Config> {
    let wrong =
        |detail: &str| ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail);
    // The parser's sentence may repeat what stands in the string, a password among it.
    let parsed: Config =
        config.connection.expose().parse().map_err(|_| wrong("expected a PostgreSQL connection string"))?;
    let far = parsed.get_hosts().iter().any(|host| match host {
        Host::Tcp(name) => {
            name != "localhost" && !name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => false,
    });
    if far && !config.allow_plain {
        let error = wrong("the connector has no TLS, and the server is on another machine");
        return Err(error.with_help("reach it through a socket or a tunnel, or set `allow_plain`"));
    }
    Ok(parsed)
}

/// Opens a connection for one call, to the database of the configuration or to another one of the server.
pub(crate) async fn open(config: &Config, database: Option<&str>, limit: Duration) -> Result<Client> {
    let mut config = config.clone();
    if let Some(database) = database {
        config.dbname(database);
    }
    config.connect_timeout(limit);
    let (client, connection) = config.connect(NoTls).await.map_err(|error| match error.as_db_error() {
        Some(_) => error::statement("connect", &error),
        None => ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted)
            .with_detail("no connection to the server"),
    })?;
    // What ends a connection shows in the calls that wait for it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Ends a call that takes too long. What a write did by then is unknown.
pub(crate) async fn within<T>(
    limit: Duration,
    certainty: Certainty,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        Err(ConnectorError::new(ErrorKind::Timeout, certainty)
            .with_detail("the server did not answer in time"))
    })
}

pub(crate) fn limit(config: &PostgresConfig, ctx: &Context) -> Duration {
    ctx.deadline().map_or(config.timeout, |deadline| deadline.min(config.timeout))
}

/// Quotes a name, so that nothing in it is read as SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text, for statements that take no parameters.
pub(crate) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_be_broken_out_of() {
        assert_eq!(quoted("a\"; drop"), "\"a\"\"; drop\"");
        assert_eq!(literal("a\\' or"), "E'a\\\\\\' or'");
    }

    #[test]
    fn another_machine_needs_a_word() {
        for (text, fine) in [
            ("host=127.0.0.1 user=a", true),
            ("host=/run/postgresql user=a", true),
            ("host=db.example.com user=a", false),
            ("no string at all", false),
        ] {
            assert_eq!(read(&PostgresConfig::new(text)).is_ok(), fine, "{text}");
        }
    }
}
