use std::time::Duration;

use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result};
use tenure_tls::postgres::{Options, Server};
use tokio_postgres::Client;

use crate::{PostgresConfig, error};

/// Reads a connection string. Nothing is sent in the clear to another machine that was not to be.
pub(crate) fn read(config: &PostgresConfig) -> Result<Server> {
    let options = Options { authorities: config.ca_file.clone(), plain: config.allow_plain };
    let server = Server::read(config.connection.expose(), &options);
    let mut server = server.map_err(|error| {
        let wrong = ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted);
        let wrong = wrong.with_detail(error.to_string());
        match error.help() {
            Some(help) => wrong.with_help(help),
            None => wrong,
        }
    })?;
    if let Some(password) = &config.password {
        server.config_mut().password(password.expose());
    }
    Ok(server)
}

/// Opens a connection for one call, to the database of the configuration or to another one of the server.
pub(crate) async fn open(server: &Server, database: Option<&str>, limit: Duration) -> Result<Client> {
    let mut config = server.config().clone();
    if let Some(database) = database {
        config.dbname(database);
    }
    config.connect_timeout(limit);
    let (client, connection) =
        config.connect(server.tls()).await.map_err(|error| error::no_connection(&error))?;
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
    fn another_machine_needs_tls_or_a_word() {
        // Another crate of the program may have brought TLS along.
        let with_tls = Server::read("host=db.example.com user=a", &Options::default()).is_ok();
        for (text, fine) in [
            ("host=127.0.0.1 user=a", true),
            ("host=/run/postgresql user=a", true),
            ("host=db.example.com user=a", with_tls),
            ("host=db.example.com user=a sslmode=disable", true),
            ("no string at all", false),
        ] {
            assert_eq!(read(&PostgresConfig::new(text)).is_ok(), fine, "{text}");
        }
    }
}
