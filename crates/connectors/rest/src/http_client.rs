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
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(90), connections: 16 }
    }
}

/// Makes a client as connectors need it: it follows no redirect, so that credentials stay on their host.
///
/// TLS is what the program's features put into `reqwest`. With the feature `rustls-ring` the program must have
/// installed ring as the provider of rustls before.
///
/// # Errors
///
/// `Config`, when TLS cannot be set up.
pub fn http_client(options: &HttpOptions) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect)
        .pool_idle_timeout(options.idle)
        .pool_max_idle_per_host(options.connections);
    builder.build().map_err(|error| {
        ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
            .with_detail("the HTTP client cannot be set up")
            .with_source(error)
    })
}
