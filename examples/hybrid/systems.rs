//! The systems of the story, as far as they are there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tenure_connector::record::account_registry;
use tenure_connector::{
    Connector, ConnectorExt as _, Context, DeleteMode, ListQuery, ObjectClass, Operation, WriteRequest,
};
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};
use tenure_connector_manual::{ManualConfig, ManualConnector};
use tenure_connector_postgres::{PostgresConfig, PostgresConnector};
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_policy::PolicyDocument;
use tenure_scim_server::{Clock, Server};
use tenure_store::directory::DirectoryConnector;
use tokio::net::TcpListener;

use crate::Result;

const TOKEN: &str = "hybrid-bearer-token-of-this-machine";

pub(crate) struct Systems {
    pub(crate) all: BTreeMap<&'static str, Arc<dyn Connector>>,
}

impl Systems {
    pub(crate) async fn connect(folder: &Path) -> Result<Self> {
        let mut all: BTreeMap<&'static str, Arc<dyn Connector>> = BTreeMap::new();
        all.insert("desk", desk(folder).await?);
        let doors = ManualConfig::new("the doors", folder.join("doors.json"));
        all.insert("doors", Arc::new(ManualConnector::new(doors)));
        if let Some(url) = server("TENURE_HYBRID_LDAP", "the directory")? {
            let mut config =
                LdapConfig::new(url.parse()?, Flavour::OpenLdap, "ou=People,dc=hybrid,dc=example")
                    .with_groups("ou=Groups,dc=hybrid,dc=example")
                    .with_bind("cn=admin,dc=hybrid,dc=example", "Admin-Secret-1");
            config.tls.allow_plain_bind = true;
            let directory = LdapConnector::new(config)?;
            directory.ensure_groups(&Context::new("groups"), &["Staff"]).await?;
            all.insert("directory", Arc::new(directory));
        }
        if let Some(connection) = server("TENURE_HYBRID_POSTGRES", "the warehouse")? {
            let warehouse = PostgresConnector::new(PostgresConfig::new(connection))?;
            warehouse.ensure_groups(&Context::new("groups"), &["reporting"]).await?;
            all.insert("warehouse", Arc::new(warehouse));
        }
        Ok(Self { all })
    }

    /// A target without a connector would be an error: the policy is about the systems that are there.
    pub(crate) fn leave_out_what_is_missing(&self, document: &mut PolicyDocument) {
        let there = |name: &str| self.all.contains_key(name);
        document.targets.retain(|name, _| there(name.as_str()));
        for role in document.roles.values_mut() {
            role.entitlements.retain(|one| there(one.target.as_str()));
        }
    }

    /// Takes the accounts of the story away, so that it can be told again.
    pub(crate) async fn clean_up(&self) -> Result<()> {
        let ctx = Context::new("clean-up");
        for name in ["directory", "warehouse"] {
            let Some(connector) = self.all.get(name) else { continue };
            let users = connector.list_all(&ctx, ListQuery::new(ObjectClass::USER), 10_000).await?.items;
            for user in
                users.iter().filter(|user| user.resource.text("userName").is_some_and(is_of_the_story))
            {
                let delete = Operation::Delete { object: user.object.clone(), mode: DeleteMode::Permanent };
                connector
                    .apply(&ctx, &WriteRequest::new(format!("clean-{}", user.object.id), delete))
                    .await?;
            }
        }
        Ok(())
    }
}

fn is_of_the_story(name: &str) -> bool {
    ["h1", "h2", "h3", "h4", "h5", "h6"].contains(&name)
}

#[allow(clippy::disallowed_methods, reason = "a program reads its environment, libraries do not")]
fn server(variable: &str, what: &str) -> Result<Option<String>> {
    let found = std::env::var(variable).ok();
    if found.is_none() {
        println!("skipped: {what}, because {variable} is not set");
        if std::env::var("TENURE_REQUIRE_SERVERS").is_ok() {
            return Err(format!("expected a server in {variable}, found none").into());
        }
    }
    Ok(found)
}

/// An application with SCIM: our server on a SQLite directory, on a loopback port.
async fn desk(folder: &Path) -> Result<Arc<dyn Connector>> {
    #[allow(clippy::disallowed_methods, reason = "a program reads the clock, libraries do not")]
    let clock: Clock = Arc::new(chrono::Utc::now);
    let directory =
        Arc::new(DirectoryConnector::open(folder.join("desk.db"), account_registry(), clock.clone())?);
    directory.ensure_groups(&Context::new("groups"), &["Support"]).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    let server = Server::builder(directory, account_registry(), clock)
        .base_path("/scim/v2")
        .base_url(&url)
        .token(TOKEN, "tenure")
        .build()?;
    tokio::spawn(async move { drop(axum::serve(listener, server.router()).await) });
    let config = ScimConfig::new(url.parse()?).with_bearer(TOKEN);
    Ok(Arc::new(ScimConnector::new(config, reqwest::Client::new())?))
}
