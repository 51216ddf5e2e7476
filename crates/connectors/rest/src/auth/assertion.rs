use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tenure_connector::{Result, Secret};

/// Signs JSON Web Tokens with a key that may live anywhere: in memory, in a file, in a key management service.
#[async_trait]
pub trait AssertionSigner: Send + Sync + fmt::Debug {
    /// The algorithm, as the header of the token names it: `RS256`, `ES256`.
    fn algorithm(&self) -> &str;

    /// The id of the key, when the system wants it in the header of the token.
    fn key_id(&self) -> Option<&str>;

    /// Signs the text.
    ///
    /// # Errors
    ///
    /// When the key cannot be used; `NotAttempted`, because nothing was sent to the system.
    async fn sign(&self, text: &[u8]) -> Result<Vec<u8>>;
}

/// Writes and signs a token with these claims (RFC 7515, compact form).
pub(super) async fn token(signer: &dyn AssertionSigner, claims: &Value) -> Result<Secret> {
    let mut header = json!({ "alg": signer.algorithm(), "typ": "JWT" });
    if let (Some(key_id), Some(header)) = (signer.key_id(), header.as_object_mut()) {
        header.insert("kid".to_owned(), key_id.into());
    }
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let text = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let signature = signer.sign(text.as_bytes()).await?;
    Ok(Secret::new(format!("{text}.{}", encode(&signature))))
}
