//! Connection strings of PostgreSQL, and connections as they ask for them.

mod handshake;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

pub use self::handshake::Tls;
use self::text::take;
use crate::TlsError;

/// What a program says besides the connection string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// A PEM file with the authorities that sign the server's certificate; the system's when absent. `sslrootcert` in the
    /// string comes first.
    pub authorities: Option<PathBuf>,
    /// Speaks to another machine in the clear where the string says nothing. For a closed network only.
    pub plain: bool,
}

/// A server, and whether it is spoken to with TLS.
///
/// # Examples
///
/// ```
/// use tenure_tls::postgres::{Options, Server};
///
/// let here = Server::read("host=127.0.0.1 user=tenure", &Options::default())?;
/// assert!(!here.is_secured());
/// let plain = Server::read("postgres://tenure@db.example.com/app?sslmode=disable", &Options::default())?;
/// assert!(!plain.is_secured());
/// # Ok::<(), tenure_tls::TlsError>(())
/// ```
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: Tls,
    secured: bool,
}

impl Server {
    /// Reads a connection string, `host=... user=...` or a URL.
    ///
    /// # Errors
    ///
    /// It is no connection string, asks for what is not known, or for TLS in a program without it; its authorities cannot be
    /// read. Never repeats the string, which may hold a password.
    pub fn read(connection: &str, options: &Options) -> Result<Self, TlsError> {
        let (connection, mode) = take(connection, "sslmode");
        let (connection, file) = take(&connection, "sslrootcert");
        let mut config: Config = connection.parse().map_err(|_| {
            TlsError::new("expected a PostgreSQL connection string")
                .with_help("for instance `host=db.example.com user=tenure dbname=app`")
        })?;
        let far = config.get_hosts().iter().any(|host| match host {
            Host::Tcp(name) => !is_here(name),
            Host::Unix(_) => false,
        });
        let secured = match mode.as_deref() {
            None | Some("prefer" | "allow") => far && !options.plain,
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => return Err(TlsError::new(format!("`{other}` is no `sslmode`"))),
        };
        config.ssl_mode(if secured { SslMode::Require } else { SslMode::Disable });
        let file = file.map(PathBuf::from).or_else(|| options.authorities.clone());
        let tls = Tls::new(secured, file.as_deref())?;
        Ok(Self { config, tls, secured })
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.secured
    }

    /// The settings of the connection.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The settings of the connection, to be changed.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// What makes connections secure, or leaves them as they are.
    #[must_use]
    pub fn tls(&self) -> Tls {
        self.tls.clone()
    }

    /// The first host and its port, for people.
    #[must_use]
    pub fn address(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.as_str(),
            _ => "localhost",
        };
        format!("{host}:{}", self.config.get_ports().first().copied().unwrap_or(5432))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address()).field("secured", &self.secured).finish()
    }
}

/// What is wrong with the certificate for which no connection was made; nothing when it failed for something else.
#[must_use]
pub fn certificate_problem(error: &tokio_postgres::Error) -> Option<String> {
    handshake::certificate_problem(std::error::Error::source(error)?)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secured(text: &str) -> Result<bool, String> {
        Server::read(text, &Options::default())
            .map(|server| server.is_secured())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn on_this_machine_nothing_is_asked_for() {
        for text in [
            "host=127.0.0.1 user=a",
            "host=/run/postgresql user=a",
            "host=localhost user=a sslmode=prefer",
            "postgresql://a@localhost/b",
            "host=db.example.com user=a sslmode=disable",
        ] {
            assert_eq!(secured(text), Ok(false), "{text}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn another_machine_is_refused_without_tls() {
        for text in ["host=db.example.com user=a", "host=localhost user=a sslmode=require"] {
            assert_eq!(
                secured(text),
                Err("the server is to be reached with TLS, and this program has none".into())
            );
        }
    }

    #[cfg(feature = "rustls-ring")]
    #[test]
    fn another_machine_is_spoken_to_with_tls() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let own = rcgen::generate_simple_self_signed(["db.example.com".to_owned()]).unwrap();
        std::fs::write(&file, own.cert.pem()).unwrap();
        for text in [
            "host=db.example.com user=a",
            "host=db.example.com user=a sslmode='prefer'",
            "postgres://a:b@db.example.com/c?sslmode=verify-full&application_name=x",
            "host=localhost sslmode=verify-ca user=a",
        ] {
            let mut options = Options { authorities: Some(file.clone()), plain: false };
            assert!(Server::read(text, &options).unwrap().is_secured(), "{text}");
            options.plain = true;
            let asked = text.contains("verify");
            assert_eq!(Server::read(text, &options).unwrap().is_secured(), asked, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        for text in ["no string at all, password=hidden", "host=a user=b secret=hidden"] {
            let error = Server::read(text, &Options::default()).unwrap_err();
            assert!(!format!("{error:?}").contains("hidden"), "{error:?}");
        }
        assert_eq!(secured("host=a sslmode=perhaps"), Err("`perhaps` is no `sslmode`".to_owned()));
    }
}
