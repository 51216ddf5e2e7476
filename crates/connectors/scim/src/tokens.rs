use std::sync::Arc;

use async_trait::async_trait;
use tenure_connector::{Result, Secret};
use tenure_connector_rest::{ClientProof, Clock, Grant, OAuth, TokenSource};
use tenure_scim_client::{Auth, Authorise};

use crate::OauthConfig;

/// Lets the SCIM client ask the token source of the REST kit.
#[derive(Debug)]
struct Tokens(Box<dyn TokenSource>);

#[async_trait]
impl Authorise for Tokens {
    async fn authorisation(
        &self,
        refused: Option<&str>,
    ) -> std::result::Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let refused = refused.and_then(|value| value.strip_prefix("Bearer ")).map(Secret::new);
        let token = self.0.token(refused.as_ref()).await?;
        Ok(format!("Bearer {}", token.expose()))
    }
}

pub(crate) fn auth(source: impl TokenSource + 'static) -> Auth {
    Auth::source(Arc::new(Tokens(Box::new(source))))
}

pub(crate) fn source(config: &OauthConfig, http: reqwest::Client, clock: Clock) -> Result<OAuth> {
    let proof = ClientProof::SecretInHeader(config.client_secret.clone());
    let grant = Grant::ClientCredentials { client_id: config.client_id.clone(), proof };
    let scopes: Vec<_> = config.scopes.iter().map(String::as_str).collect();
    let source = OAuth::new(config.token_url.clone(), grant, http, clock)?.with_scopes(&scopes);
    Ok(config.parameters.iter().fold(source, |source, (name, value)| source.with_parameter(name, value)))
}
