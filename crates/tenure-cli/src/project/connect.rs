use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tenure_connector::record::account_registry;
use tenure_connector::{Connector, ConnectorExt, Context};
use tenure_connector_csv::{CsvSource, CsvTarget};
use tenure_connector_hr::{FileFormat, HrSource};
use tenure_connector_manual::ManualConnector;
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_layers::{Breaker, Pace, Retry, Stack, Timeout, TokioTimer};
use tenure_store::directory::DirectoryConnector;

use crate::clock;
use crate::config::{Settings, Source, Target, TokenFrom};
use crate::failure::{Failure, chain};

#[cfg(feature = "online")]
use super::vendor;

pub(super) async fn source(name: &str, source: &Source) -> Result<Arc<dyn Connector>, Failure> {
    let cannot = |e: &dyn Display| Failure::failed(format!("cannot read the source `{name}`"), e);
    match source {
        Source::Csv(config) => {
            Ok(Arc::new(CsvSource::new((**config).clone()).map_err(|e| cannot(&chain(&e)))?))
        }
        Source::Hr(file) => {
            let source = HrSource::file(&file.path, file.config.clone(), Arc::new(clock::now));
            let source = source.map_err(|e| cannot(&chain(&e)))?;
            let format = file.format.unwrap_or_else(|| FileFormat::of(&file.path));
            Ok(Arc::new(source.written(format, file.encoding.as_deref(), file.separator)))
        }
        #[cfg(feature = "online")]
        Source::Vendor(vendor) => vendor::source(vendor).await.map_err(|e| cannot(&e)),
    }
}

pub(super) async fn target(name: &str, target: &Target) -> Result<Arc<dyn Connector>, Failure> {
    let cannot = |e: &dyn Display| Failure::failed(format!("cannot connect the target `{name}`"), e);
    match target {
        Target::Csv(config) => Ok(Arc::new(CsvTarget::new(config.clone()))),
        Target::Directory { path, groups } => {
            make_folder_of(path).map_err(|e| cannot(&e))?;
            let directory = DirectoryConnector::open(path, account_registry(), Arc::new(clock::now));
            let directory = directory.map_err(|e| cannot(&chain(&e)))?;
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            let made = directory.ensure_groups(&Context::new("groups"), &groups).await;
            made.map_err(|e| cannot(&chain(&e)))?;
            Ok(Arc::new(directory))
        }
        Target::Manual(config) => {
            make_folder_of(&config.ledger).map_err(|e| cannot(&e))?;
            Ok(Arc::new(ManualConnector::new(config.clone())))
        }
        Target::Scim { token, .. } => {
            let token = token.as_ref().map(read_token).transpose().map_err(|e| cannot(&e))?;
            Ok(over_the_network(scim(name, target, token)?))
        }
        #[cfg(feature = "ldap")]
        Target::Ldap(settings) => {
            let config = read_settings(settings).map_err(|e| cannot(&e))?;
            let connector = tenure_connector_ldap::LdapConnector::new(config);
            Ok(over_the_network(Arc::new(connector.map_err(|e| cannot(&chain(&e)))?)))
        }
        #[cfg(feature = "linux")]
        Target::Linux(config) => {
            let connector = tenure_connector_linux::LinuxConnector::new((**config).clone());
            Ok(over_the_network(Arc::new(connector.map_err(|e| cannot(&chain(&e)))?)))
        }
        Target::Postgres(settings) => {
            let config = read_settings(settings).map_err(|e| cannot(&e))?;
            let connector = tenure_connector_postgres::PostgresConnector::new(config);
            Ok(over_the_network(Arc::new(connector.map_err(|e| cannot(&chain(&e)))?)))
        }
        Target::Sql(settings) => {
            let config = read_settings(settings).map_err(|e| cannot(&e))?;
            let connector = tenure_connector_sql::SqlConnector::new(config);
            Ok(over_the_network(Arc::new(connector.map_err(|e| cannot(&chain(&e)))?)))
        }
        #[cfg(feature = "online")]
        Target::Vendor(vendor) => vendor::target(vendor).await.map_err(|e| cannot(&e)),
        #[cfg(feature = "zendesk")]
        Target::Zendesk { config, email, access } => {
            use tenure_connector_zendesk::{Auth, ZendeskConnector, api_token};

            let http = http_client().map_err(|e| cannot(&chain(&e)))?;
            let token = |secret: &tenure_connector::Secret| match email {
                Some(email) => api_token(email, secret),
                None => Auth::bearer(secret),
            };
            let auth = vendor::auth(access, &http, token).await.map_err(|e| cannot(&e))?;
            let connector = ZendeskConnector::new((**config).clone(), auth, http);
            Ok(over_the_network(Arc::new(connector.map_err(|e| cannot(&chain(&e)))?)))
        }
    }
}

fn read_settings<T: DeserializeOwned>(settings: &Settings) -> Result<T, String> {
    let secret = settings.secret.as_ref().map(read_token).transpose()?;
    settings.read(secret)
}

/// Puts the layers around a connector that a system at the other end of a network needs.
pub(super) fn over_the_network(connector: Arc<dyn Connector>) -> Arc<dyn Connector> {
    let timer = Arc::new(TokioTimer::new());
    Stack::new(connector)
        .retry(Retry::new(timer.clone()))
        .pace(Pace::by_signals(timer.clone()))
        .breaker(Breaker::new(timer.clone()))
        .attempt_timeout(Timeout::new(timer, LONGEST_ATTEMPT))
        .build()
}

/// Connects a service provider with this token, whatever the project file says about it.
pub(super) fn scim(
    name: &str,
    target: &Target,
    token: Option<String>,
) -> Result<Arc<dyn Connector>, Failure> {
    let cannot = |e: &dyn Display| Failure::failed(format!("cannot connect the target `{name}`"), e);
    let Target::Scim { url, dialect, create_groups, .. } = target else {
        return Err(cannot(&"it is no service provider"));
    };
    let mut config = ScimConfig::new(url.parse().map_err(|e| cannot(&e))?);
    if let Some(token) = token {
        config = config.with_bearer(token);
    }
    if let Some(dialect) = dialect {
        config = config.with_dialect(dialect.clone());
    }
    config.create_groups = *create_groups;
    let http = http_client().map_err(|e| cannot(&chain(&e)))?;
    Ok(Arc::new(ScimConnector::new(config, http).map_err(|e| cannot(&chain(&e)))?))
}

// A bearer token must not follow a redirect to another host.
pub(super) fn http_client() -> reqwest::Result<reqwest::Client> {
    #[cfg(feature = "tls")]
    // The libraries leave the choice of TLS to the program; it fails only when it was made already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

/// Reads a secret where the project file says it is.
///
/// # Errors
/// The variable is not set, or the file cannot be read.
#[expect(clippy::disallowed_methods, reason = "the project file names the variable that holds the token")]
pub fn read_token(from: &TokenFrom) -> Result<String, String> {
    match from {
        TokenFrom::Env(name) => std::env::var(name).map_err(|_| format!("the variable `{name}` is not set")),
        TokenFrom::File(path) => {
            let text =
                fs::read_to_string(path).map_err(|e| format!("cannot read `{}`: {e}", path.display()))?;
            Ok(text.lines().next().unwrap_or_default().trim().to_owned())
        }
    }
}

/// Creates the folder that a file is to be in.
pub(super) fn make_folder_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    }
}

/// How long one request may take.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(60);
