//! Connects to vendors' systems.

use std::sync::Arc;

use tenure_connector::{Connector, Secret};
use tenure_connector_rest::Auth;
use tenure_connector_rest::system::{System, SystemConnector};

use super::connect::{http_client, make_folder_of, over_the_network, read_token};
use crate::clock;
use crate::config::{Access, Online, Vendor};
use crate::failure::chain;

type Made = Result<Arc<dyn Connector>, String>;

/// Connects a directory whose users are workers.
pub(super) async fn source(vendor: &Vendor) -> Made {
    let mut vendor = vendor.clone();
    match vendor {
        #[cfg(feature = "entra")]
        Vendor::Entra(ref mut online) => drop(online.config.workers.get_or_insert_default()),
        #[cfg(feature = "google-workspace")]
        Vendor::GoogleWorkspace(ref mut online) => drop(online.config.workers.get_or_insert_default()),
        #[cfg(feature = "okta")]
        Vendor::Okta(ref mut online) => drop(online.config.workers.get_or_insert_default()),
        #[allow(unreachable_patterns, reason = "which there are depends on the features")]
        _ => {}
    }
    target(&vendor).await
}

/// Connects a system that is provisioned.
pub(super) async fn target(vendor: &Vendor) -> Made {
    match *vendor {
        #[cfg(feature = "atlassian")]
        Vendor::Atlassian(ref online) => {
            use tenure_connector_atlassian::{Atlassian, with_organization};

            let Some(key) = &online.organization_key else {
                return system::<Atlassian>(online, Auth::bearer).await;
            };
            let key = Auth::bearer(&Secret::new(read_token(key)?));
            let http = http_client().map_err(|e| chain(&e))?;
            let site = auth(&online.access, &http, Auth::bearer).await?;
            let connector =
                with_organization(online.config.clone(), site, key, http).map_err(|e| chain(&e))?;
            Ok(over_the_network(Arc::new(connector)))
        }
        #[cfg(feature = "entra")]
        Vendor::Entra(ref online) => system::<tenure_connector_entra::Entra>(online, Auth::bearer).await,
        #[cfg(feature = "github")]
        Vendor::Github(ref online) => system::<tenure_connector_github::Github>(online, Auth::bearer).await,
        #[cfg(feature = "google-workspace")]
        Vendor::GoogleWorkspace(ref online) => {
            type Google = tenure_connector_google_workspace::Google;
            system::<Google>(online, Auth::bearer).await
        }
        #[cfg(feature = "mailchimp")]
        Vendor::Mailchimp(ref online) => {
            use tenure_connector_mailchimp::MailchimpConnector;

            make_folder_of(&online.config.ledger).map_err(|e| e.to_string())?;
            let key = match &online.access {
                Access::Token(from) => Some(Secret::new(read_token(from)?)),
                Access::Credentials(_) => {
                    return Err("expected a key in `token_env` or `token_file`".to_owned());
                }
                Access::None => None,
            };
            let http = http_client().map_err(|e| chain(&e))?;
            let connector = MailchimpConnector::new(online.config.clone(), key.as_ref(), http);
            Ok(Arc::new(connector.map_err(|e| chain(&e))?))
        }
        #[cfg(feature = "okta")]
        Vendor::Okta(ref online) => {
            use tenure_connector_okta::{Okta, api_token};

            system::<Okta>(online, api_token).await
        }
        #[cfg(feature = "onelogin")]
        Vendor::Onelogin(ref online) => {
            system::<tenure_connector_onelogin::Onelogin>(online, Auth::bearer).await
        }
        #[cfg(feature = "semrush")]
        Vendor::Semrush(ref online) => {
            make_folder_of(&online.config.ledger).map_err(|e| e.to_string())?;
            Ok(Arc::new(tenure_connector_semrush::semrush(online.config.clone())))
        }
        #[cfg(feature = "slack")]
        Vendor::Slack(ref online) => system::<tenure_connector_slack::Slack>(online, Auth::bearer).await,
        #[cfg(feature = "synapse")]
        Vendor::Synapse(ref online) => {
            system::<tenure_connector_synapse::Synapse>(online, Auth::bearer).await
        }
        #[cfg(feature = "trello")]
        Vendor::Trello(ref online) => {
            let key = online.config.key.clone();
            let token = |secret: &Secret| tenure_connector_trello::token(&key, secret);
            system::<tenure_connector_trello::Trello>(online, token).await
        }
    }
}

/// Connects one system; a token alone is shown in the vendor's own way.
async fn system<S: System>(online: &Online<S::Config>, token: impl Fn(&Secret) -> Auth) -> Made {
    let http = http_client().map_err(|e| chain(&e))?;
    let auth = auth(&online.access, &http, token).await?;
    let connector = SystemConnector::<S>::new(online.config.clone(), auth, http).map_err(|e| chain(&e))?;
    Ok(over_the_network(Arc::new(connector)))
}

/// What the credentials of a section are for a client; a token alone is shown in the vendor's own way.
pub(super) async fn auth(
    access: &Access,
    http: &reqwest::Client,
    token: impl Fn(&Secret) -> Auth,
) -> Result<Auth, String> {
    match access {
        Access::Token(from) => Ok(token(&Secret::new(read_token(from)?))),
        Access::Credentials(credentials) => {
            let clock: tenure_connector_rest::Clock = Arc::new(clock::now);
            credentials.auth(None, http, &clock).await.map_err(|e| chain(&e))
        }
        Access::None => Ok(Auth::none()),
    }
}
