use std::time::Duration;

use tenure_connector::Result;
use url::Url;

use crate::har::Recording;
use crate::{Auth, ErrorRules, HarRecorder, RestClient};

/// The way from a connector to its system: the credentials, the HTTP client and, if there is one, the recorder. All clients
/// made with it are recorded together.
#[derive(Debug, Clone)]
pub struct Wire {
    auth: Auth,
    http: reqwest::Client,
    har: Recording,
}

impl Wire {
    /// Starts with credentials. Build the `reqwest::Client` with [`http_client`](crate::http_client), which follows no redirect.
    #[must_use]
    pub fn new(auth: Auth, http: reqwest::Client) -> Self {
        Self { auth, http, har: Recording::default() }
    }

    /// The same way with other credentials, for a system that takes two kinds.
    #[must_use]
    pub fn with_auth(&self, auth: Auth) -> Self {
        Self { auth, ..self.clone() }
    }

    /// A client for the API at this address, whose requests may take so many seconds.
    ///
    /// # Errors
    ///
    /// `Config`, when the address cannot be used.
    pub fn client(&self, base: &Url, seconds: u32, rules: ErrorRules) -> Result<RestClient> {
        let client = RestClient::new(base.clone(), self.auth.clone(), self.http.clone())?;
        let client = client.with_rules(rules).with_timeout(Duration::from_secs(seconds.into()));
        Ok(client.recorded_by(self.har.clone()))
    }

    /// Records from now on, instead of with another recorder.
    pub(super) fn record(&self, har: HarRecorder) {
        self.har.put(har);
    }
}
