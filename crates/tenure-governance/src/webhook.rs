use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What only a sender of events and its receiver know: with it one signs, and the other knows who sent.
///
/// Signatures are those of Standard Webhooks: the headers `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`,
/// which is `v1,` and HMAC-SHA-256 over id, timestamp and body with full stops between them, in Base64.
///
/// # Examples
///
/// ```
/// use tenure_governance::WebhookSecret;
/// let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let (now, body) = ("2026-03-02T08:00:00Z".parse()?, br#"[{"id": "1"}]"#);
/// let signature = secret.sign("msg-1", now, body);
/// assert!(signature.starts_with("v1,"));
/// assert!(secret.verify("msg-1", now.timestamp(), body, &signature, now));
/// assert!(!secret.verify("msg-1", now.timestamp(), b"[]", &signature, now));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Vec<u8>);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(***)")
    }
}

impl WebhookSecret {
    /// A secret as text: `whsec_` and Base64, or else the text itself.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let coded = text.strip_prefix("whsec_").and_then(|coded| STANDARD.decode(coded).ok());
        Self(coded.unwrap_or_else(|| text.as_bytes().to_vec()))
    }

    /// The signature of a body that is sent under an id at a moment.
    #[must_use]
    pub fn sign(&self, id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
        let code = self.code(id, at.timestamp(), body).map(|code| code.finalize().into_bytes());
        format!("v1,{}", STANDARD.encode(code.unwrap_or_default()))
    }

    /// Whether one of the signatures of a header is that of the body, and the body was sent within five minutes of now.
    #[must_use]
    pub fn verify(&self, id: &str, timestamp: i64, body: &[u8], header: &str, now: DateTime<Utc>) -> bool {
        let fresh = (now.timestamp() - timestamp).abs() <= OLDEST.num_seconds();
        fresh
            && header.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok()).any(
                |code| {
                    // Takes the same time whatever the first difference is.
                    self.code(id, timestamp, body).is_some_and(|ours| ours.verify_slice(&code).is_ok())
                },
            )
    }

    fn code(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        // INVARIANT: HMAC takes a key of any length.
        let mut code = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        code.update(format!("{id}.{timestamp}.").as_bytes());
        code.update(body);
        Some(code)
    }
}

const OLDEST: TimeDelta = TimeDelta::minutes(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_id_its_time_its_body_and_its_secret_only() {
        let now: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
        let secret = WebhookSecret::new("s3cret");
        let signature = secret.sign("a", now, b"[]");
        let (at, both) = (now.timestamp(), format!("v1,AAAA {signature}"));
        assert!(secret.verify("a", at, b"[]", &both, now), "one of several is enough");
        let later = now + TimeDelta::minutes(6);
        for (id, at, body, header, when) in [
            ("b", at, &b"[]"[..], signature.as_str(), now),
            ("a", at + 1, b"[]", &signature, now),
            ("a", at, b"[1]", &signature, now),
            ("a", at, b"[]", "v1,", now),
            ("a", at, b"[]", "", now),
            ("a", at, b"[]", &signature, later),
        ] {
            assert!(!secret.verify(id, at, body, header, when), "{id} {at} {body:?} {header} {when}");
        }
        assert!(!WebhookSecret::new("other").verify("a", at, b"[]", &signature, now));
        assert!(!format!("{secret:?}").contains("s3cret"));
    }

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
