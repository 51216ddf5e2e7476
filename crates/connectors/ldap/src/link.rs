use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result};
use tokio::sync::Mutex;

use crate::session::Session;
use crate::{Bind, LdapConfig, code};

/// Opens connections, and keeps one that calls share.
pub(crate) struct Link {
    config: LdapConfig,
    #[cfg(feature = "tls")]
    tls: Option<std::sync::Arc<rustls::ClientConfig>>,
    shared: Mutex<Option<Ldap>>,
}

impl Link {
    pub(crate) fn new(config: &LdapConfig) -> Result<Self> {
        let scheme = config.url.scheme();
        if !matches!(scheme, "ldap" | "ldaps" | "ldapi") {
            let detail = format!("expected a URL with `ldap`, `ldaps` or `ldapi`, found `{scheme}`");
            return Err(wrong(&detail));
        }
        let secured = scheme == "ldaps" || config.tls.starttls;
        if secured && !cfg!(feature = "tls") {
            let error = wrong("the connector is built without TLS");
            return Err(error.with_help("switch on its feature `rustls-ring` or `rustls-aws-lc`"));
        }
        let passwords = matches!(config.bind, Bind::Simple { .. });
        if config.is_plain() && passwords && !config.tls.allow_plain_bind {
            let error = wrong("the connector's password would be sent without TLS");
            return Err(error.with_help("use `ldaps` or `tls.starttls`"));
        }
        Ok(Self {
            #[cfg(feature = "tls")]
            tls: if secured { Some(secured_by(config)?) } else { None },
            config: config.clone(),
            shared: Mutex::default(),
        })
    }

    /// The connection that calls share, made anew when it is gone.
    pub(crate) async fn shared(&self, ctx: &Context) -> Result<Session> {
        let mut shared = self.shared.lock().await;
        if let Some(ldap) = shared.as_mut()
            && !ldap.is_closed()
        {
            return Ok(Session::new(ldap.clone(), self.limit(ctx)));
        }
        let session = self.open(ctx).await?;
        *shared = Some(session.handle());
        Ok(session)
    }

    /// A connection of its own: the server keeps the state of a paged search with its connection.
    pub(crate) async fn open(&self, ctx: &Context) -> Result<Session> {
        let limit = self.limit(ctx);
        let settings = LdapConnSettings::new().set_conn_timeout(limit);
        #[cfg(feature = "tls")]
        let settings = match &self.tls {
            Some(tls) => settings.set_starttls(self.config.tls.starttls).set_config(tls.clone()),
            None => settings,
        };
        let opened = LdapConnAsync::from_url_with_settings(settings, &self.config.url).await;
        let (connection, mut ldap) = opened.map_err(|error| not_connected(&error))?;
        // What ends a connection shows in the calls that wait for it.
        tokio::spawn(async move { drop(connection.drive().await) });
        ldap.with_timeout(limit);
        let answer = match &self.config.bind {
            Bind::Anonymous => None,
            Bind::Simple { dn, password } => Some(ldap.simple_bind(dn, password.expose()).await),
            Bind::External => Some(ldap.sasl_external_bind().await),
        };
        match answer {
            Some(Err(error)) => Err(not_connected(&error)),
            Some(Ok(answer)) if answer.rc != 0 => Err(code::error("bind", &answer)),
            _ => Ok(Session::new(ldap, limit)),
        }
    }

    fn limit(&self, ctx: &Context) -> Duration {
        ctx.deadline().map_or(self.config.timeout, |deadline| deadline.min(self.config.timeout))
    }
}

#[cfg(feature = "tls")]
fn secured_by(config: &LdapConfig) -> Result<std::sync::Arc<rustls::ClientConfig>> {
    tenure_tls::client_config(config.tls.ca_file.as_deref()).map_err(|error| {
        let wrong = wrong(&error.to_string());
        if error.help().is_some() { wrong.with_help("name one with `tls.ca_file`") } else { wrong }
    })
}

pub(crate) fn wrong(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}

fn not_connected(error: &LdapError) -> ConnectorError {
    let (kind, detail) = match error {
        LdapError::Timeout { .. } => (ErrorKind::Timeout, "no connection in time".to_owned()),
        LdapError::Io { source } if is_certificate(source) => {
            (ErrorKind::Config, format!("the server's certificate is not accepted: {source}"))
        }
        LdapError::LdapResult { result } => return code::error("starttls", result),
        LdapError::UrlParsing { .. } | LdapError::UnknownScheme(_) | LdapError::EmptyUnixPath => {
            (ErrorKind::Config, error.to_string())
        }
        other => (ErrorKind::Unavailable, format!("no connection: {other}")),
    };
    ConnectorError::new(kind, Certainty::NotAttempted).with_detail(detail)
}

#[cfg(feature = "tls")]
fn is_certificate(error: &std::io::Error) -> bool {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

#[cfg(not(feature = "tls"))]
fn is_certificate(_: &std::io::Error) -> bool {
    false
}
