use super::Tenant;
use super::entitle::policy;
use crate::{ConnectorError, Outcome, Result, Secret};

impl Tenant {
    pub(super) fn set_credential(&mut self, id: &str, secret: Option<Secret>) -> Result<Outcome> {
        let Some(secret) = secret else {
            return Err(ConnectorError::invalid_input(
                "credential",
                "expected the value of the credential, found nothing",
            ));
        };
        let shortest = self.rules.shortest_password;
        if secret.expose().chars().count() < shortest {
            return Err(policy(format!(
                "expected a credential of at least {shortest} characters, found a shorter one"
            ))
            .with_attribute("password"));
        }
        self.credentials.insert(id.to_owned(), secret);
        Ok(Outcome::done(true))
    }

    /// Whether an account has this credential, for tests.
    #[must_use]
    pub fn accepts(&self, id: &str, secret: &Secret) -> bool {
        self.credentials.get(id).is_some_and(|own| own.expose() == secret.expose())
    }
}
