use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ldap3::Mod;
use ring::rand::{SecureRandom as _, SystemRandom};
use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialSource, ErrorKind, ObjectRef, Outcome, Result, Secret,
};

use crate::code;
use crate::connector::LdapConnector;
use crate::session::Session;
use crate::value::unicode_password;

impl LdapConnector {
    /// Sets a password; the capabilities let nobody here without TLS.
    pub(super) async fn set_password(
        &self,
        session: &Session,
        ctx: &Context,
        object: &ObjectRef,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let Some(secrets) = ctx.secrets() else {
            let error = ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted);
            return Err(
                error.with_detail("the operation names a secret, but the context has no secret store")
            );
        };
        let (secret, keep_as) = match credential {
            CredentialSource::Reference(name) => (secrets.read(name).await?, None),
            CredentialSource::Generate { keep_as } => (Secret::new(generate()?), Some(keep_as)),
        };
        let found = self.find(session, object, self.model.identity()).await?;
        let entry = found.ok_or_else(|| ConnectorError::not_found(object))?;
        let answer = match self.model.dialect.active_directory {
            true => {
                let password = unicode_password(secret.expose());
                let change = Mod::Replace(b"unicodePwd".to_vec(), [password].into());
                session.modify(&entry.dn, vec![change], None).await?
            }
            false => session.set_password(&entry.dn, secret.expose()).await?,
        };
        match answer.rc {
            0 => {}
            code::NO_SUCH_OBJECT => return Err(super::gone_meanwhile(&entry.dn)),
            // The server's sentence may repeat what was sent.
            _ => return Err(code::without_text("set the password", &answer).with_attribute("password")),
        }
        if let Some(name) = keep_as {
            // Repeating sets another password and keeps that one.
            secrets.keep(name, secret).await.map_err(|error| error.with_certainty(Certainty::Unknown))?;
        }
        Ok(Outcome::done(true))
    }
}

/// A password that nobody guesses, of all the kinds of characters that rules ask for.
pub(super) fn generate() -> Result<String> {
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        ConnectorError::new(ErrorKind::Unexpected, Certainty::NotAttempted)
            .with_detail("the system gives no random bytes")
    })?;
    Ok(format!("{}aA1!", URL_SAFE_NO_PAD.encode(bytes)))
}
