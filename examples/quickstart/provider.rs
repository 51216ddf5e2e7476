//! The SCIM 2.0 service provider of the story: our server on the SQLite directory, over HTTP on a loopback port.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tenure_connector::record::{ACCOUNT_SCHEMA, account_registry, account_schema};
use tenure_connector::{Connector, ConnectorExt, Context, ListQuery, ObjectClass};
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_scim::schema::Mutability;
use tenure_scim::{AttrPath, Patch, SchemaRegistry};
use tenure_scim_server::{ActionKind, Audit, AuditEntry, Clock, Server};
use tenure_store::directory::DirectoryConnector;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Result;

/// The bearer token of the story; a real one comes from a secret store.
const TOKEN: &str = "quickstart-bearer-token-of-this-machine";

/// A running service provider. It stops when it is dropped.
pub(crate) struct Provider {
    /// Its base URL.
    pub(crate) url: String,
    time: Arc<Mutex<DateTime<Utc>>>,
    writes: Arc<Writes>,
    directory: Arc<DirectoryConnector>,
    serving: JoinHandle<()>,
}

/// Counts the changes that clients made.
#[derive(Debug, Default)]
struct Writes(AtomicUsize);

impl Audit for Writes {
    fn record(&self, entry: &AuditEntry) {
        if !matches!(entry.kind, ActionKind::Read | ActionKind::List) && entry.status < 300 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Provider {
    /// Starts the provider over a SQLite file, which keeps what an earlier run left.
    pub(crate) async fn start(file: &Path, now: DateTime<Utc>) -> Result<Self> {
        let time = Arc::new(Mutex::new(now));
        let told = time.clone();
        let clock: Clock = Arc::new(move || *told.lock().unwrap_or_else(PoisonError::into_inner));
        let directory = Arc::new(DirectoryConnector::open(file, own_schemas()?, clock.clone())?);
        directory.ensure_groups(&Context::new("groups"), &GROUPS).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/scim/v2", listener.local_addr()?);
        let writes = Arc::new(Writes::default());
        let server = Server::builder(directory.clone(), account_registry(), clock)
            .base_path("/scim/v2")
            .base_url(&url)
            .token(TOKEN, "tenure")
            .audit(writes.clone())
            .build()?;
        let serving = tokio::spawn(async move { drop(axum::serve(listener, server.router()).await) });
        Ok(Self { url, time, writes, directory, serving })
    }

    /// Moves the provider's clock.
    pub(crate) fn set_time(&self, now: DateTime<Utc>) {
        *self.time.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Notes when accounts were last used, as the product itself does: those of `away` then, all others `now`.
    pub(crate) async fn record_logins(
        &self,
        away: &[&str],
        then: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let context = Context::new("logins");
        let last_login = AttrPath::parse(&format!("{ACCOUNT_SCHEMA}:lastLogin"))?;
        let users = self.directory.list_all(&context, ListQuery::new(ObjectClass::USER), 1_000).await?;
        for user in users.items {
            let worker = user.resource.external_id().unwrap_or_default();
            let at = if away.contains(&worker) { then } else { now };
            let patch = Patch::default().replace(last_login.clone(), at.to_rfc3339());
            let key = format!("login-{}-{at}", user.object.id);
            self.directory.update(&context, key, &user.object, patch).await?;
        }
        Ok(())
    }

    /// How many changes clients have made.
    pub(crate) fn writes(&self) -> usize {
        self.writes.0.load(Ordering::SeqCst)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A connector to a provider at this URL.
pub(crate) fn connector(url: &str) -> Result<Arc<dyn Connector>> {
    let config = ScimConfig::new(url.parse()?).with_bearer(TOKEN);
    Ok(Arc::new(ScimConnector::new(config, reqwest::Client::new())?))
}

// To clients of the product the last login is read-only; the product itself writes it.
fn own_schemas() -> Result<SchemaRegistry> {
    let mut account = account_schema();
    for attribute in &mut account.attributes {
        attribute.mutability = Mutability::ReadWrite;
    }
    let mut registry = SchemaRegistry::builtin();
    let user = registry.resource("User").ok_or("User is built in")?.resource_type().clone();
    let extended = user.with_extension(account.id.clone(), false);
    registry.add_schema(account);
    registry.add_resource_type(extended)?;
    Ok(registry)
}

/// The groups that the product has before anybody is provisioned.
const GROUPS: [&str; 3] = ["Support", "Support Leads", "Readers"];
