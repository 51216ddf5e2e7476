use std::path::{Path, PathBuf};
use std::time::Duration;

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

/// How a connector talks HTTP.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let options = HttpOptions { connect: Duration::from_secs(3), ..HttpOptions::default() };
/// let client = http_client(&options)?;
/// # drop(client);
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long an idle connection is kept.
    pub idle: Duration,
    /// How many idle connections are kept to one host.
    pub connections: usize,
    /// A file of certificates, in PEM, of authorities that are trusted besides those of the machine: for a server of one's
    /// own.
    pub authorities: Option<PathBuf>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(90),
            connections: 16,
            authorities: None,
        }
    }
}

/// Makes a client as connectors need it: it follows no redirect, so that credentials stay on their host.
///
/// TLS is what the program's features put into `reqwest`. With the feature `rustls-ring` the program must have
/// installed ring as the provider of rustls before.
///
/// # Errors
///
/// `Config`, when TLS cannot be set up, or the authorities cannot be read or used.
pub fn http_client(options: &HttpOptions) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect)
        .pool_idle_timeout(options.idle)
        .pool_max_idle_per_host(options.connections);
    let builder = match &options.authorities {
        Some(file) => trusting(builder, file)?,
        None => builder,
    };
    builder.build().map_err(|error| wrong("the HTTP client cannot be set up".to_owned()).with_source(error))
}

#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls"))]
fn trusting(builder: reqwest::ClientBuilder, file: &Path) -> Result<reqwest::ClientBuilder> {
    let shown = file.display();
    let text = std::fs::read(file)
        .map_err(|error| wrong(format!("the certificates in `{shown}` cannot be read")).with_source(error))?;
    let found = reqwest::Certificate::from_pem_bundle(&text)
        .map_err(|error| wrong(format!("`{shown}` is no file of certificates")).with_source(error))?;
    match found.is_empty() {
        true => Err(wrong(format!("expected certificates in `{shown}`, found none"))),
        false => Ok(builder.tls_certs_merge(found)),
    }
}

#[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls")))]
fn trusting(_builder: reqwest::ClientBuilder, _file: &Path) -> Result<reqwest::ClientBuilder> {
    Err(wrong("authorities are for TLS, which needs one of the features for it".to_owned()))
}

fn wrong(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}
