use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result, Secret};

use super::AssertionSigner;

/// Signs assertions with a private key in PEM: RSA (`RS256`) or P-256 (`ES256`).
pub struct RingSigner {
    key: Key,
    key_id: Option<String>,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl RingSigner {
    /// Reads a key: `BEGIN PRIVATE KEY` (PKCS #8) or `BEGIN RSA PRIVATE KEY` (PKCS #1), not encrypted.
    ///
    /// # Errors
    ///
    /// `Config`, when the text holds no such key. The message never holds any of the text.
    pub fn from_pem(pem: &Secret) -> Result<Self> {
        let (label, der) = block(pem.expose()).ok_or_else(|| wrong("expected a private key in PEM"))?;
        let random = SystemRandom::new();
        let key = match label {
            "PRIVATE KEY" => {
                RsaKeyPair::from_pkcs8(&der).ok().map(|key| Key::Rsa(Box::new(key))).or_else(|| {
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
                        .ok()
                        .map(|key| Key::P256(Box::new(key)))
                })
            }
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok().map(|key| Key::Rsa(Box::new(key))),
            _ => None,
        };
        let key = key
            .ok_or_else(|| wrong("expected an RSA key of 2048 to 4096 bits or a P-256 key, not encrypted"))?;
        Ok(Self { key, key_id: None })
    }

    /// Names the key in the header of the token.
    #[must_use]
    pub fn with_key_id(mut self, key_id: &str) -> Self {
        self.key_id = Some(key_id.to_owned());
        self
    }
}

#[async_trait]
impl AssertionSigner for RingSigner {
    fn algorithm(&self) -> &str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::P256(_) => "ES256",
        }
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    async fn sign(&self, text: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        let signed = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).map(|()| signature)
            }
            Key::P256(key) => key.sign(&random, text).map(|signature| signature.as_ref().to_vec()),
        };
        signed.map_err(|_| wrong("the key cannot sign"))
    }
}

fn block(pem: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (text, _) = rest.split_once("-----END ")?;
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Some((label, STANDARD.decode(packed).ok()?))
}

fn wrong(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}

impl fmt::Debug for RingSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingSigner({}, key {:?})", self.algorithm(), self.key_id)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    };
    use serde_json::json;

    use super::*;
    use crate::auth::assertion;

    const RSA: &str = include_str!("../../tests/keys/test-only-rsa.pem");
    const RSA_PKCS1: &str = include_str!("../../tests/keys/test-only-rsa-pkcs1.pem");
    const P256: &str = include_str!("../../tests/keys/test-only-p256.pem");

    #[tokio::test]
    async fn a_token_is_signed_with_either_kind_of_key() {
        for (pem, algorithm) in [(RSA, "RS256"), (RSA_PKCS1, "RS256"), (P256, "ES256")] {
            let signer = RingSigner::from_pem(&Secret::new(pem)).unwrap().with_key_id("key-7");
            let token = assertion::token(&signer, &json!({ "iss": "me" })).await.unwrap();
            let parts: Vec<_> = token.expose().split('.').collect();
            let decode = |part: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
            let header: serde_json::Value = serde_json::from_slice(&decode(parts[0])).unwrap();
            assert_eq!(header, json!({ "alg": algorithm, "typ": "JWT", "kid": "key-7" }));
            assert_eq!(decode(parts[1]), br#"{"iss":"me"}"#);
            let text = format!("{}.{}", parts[0], parts[1]);
            let verified = match &signer.key {
                Key::Rsa(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref())
                    .verify(text.as_bytes(), &decode(parts[2])),
                Key::P256(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())
                    .verify(text.as_bytes(), &decode(parts[2])),
            };
            assert!(verified.is_ok(), "{algorithm}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for pem in ["hunter2", "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----", ""] {
            let error = RingSigner::from_pem(&Secret::new(pem)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
        }
        let signer = RingSigner::from_pem(&Secret::new(P256)).unwrap();
        assert_eq!(format!("{signer:?}"), "RingSigner(ES256, key None)");
    }
}
