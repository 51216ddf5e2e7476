//! Writing: every operation of the contract as LDAP requests.

mod create;
mod credential;
mod delete;
mod grant;
mod group;
mod place;
mod status;
mod update;
mod values;

use ldap3::controls::{Assertion, RawControl};
use serde_json::Value;
use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialKind, DeleteMode, ErrorKind, ObjectClass, ObjectRef,
    Operation, Outcome, Result, Retry, Version, WriteRequest,
};

use crate::connector::LdapConnector;
use crate::entry::Entry;
use crate::session::{Search, Session};
use crate::value::filter_text;

impl LdapConnector {
    /// Carries out an operation, and once more when it met another one at the same entry: an attempt of which nobody waited for
    /// the end may still be under way, and what was found is not where it was. An expected version is compared again.
    pub(crate) async fn write(
        &self,
        session: &Session,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<Outcome> {
        let first = self.attempt(session, ctx, request).await;
        let met = |error: &ConnectorError| {
            error.kind() == ErrorKind::Conflict && error.certainty() == Certainty::Refused
        };
        match first {
            Err(error) if met(&error) => self.attempt(session, ctx, request).await,
            first => first,
        }
    }

    async fn attempt(&self, session: &Session, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let expected = request.expected.as_ref();
        match &request.operation {
            Operation::Create { class, resource } => self.create(session, class, resource).await,
            Operation::Update { object, patch } => self.update(session, object, patch, expected).await,
            Operation::SetStatus { object, status } => {
                self.set_status(session, object, status.is_active(), expected).await
            }
            Operation::Delete { object, mode: DeleteMode::Permanent } => {
                self.delete(session, object, expected).await
            }
            Operation::Delete { mode, .. } => {
                let detail =
                    format!("a directory deletes for good, it has no `{mode:?}` deletion").to_lowercase();
                Err(unsupported(&detail)
                    .with_help("stop the account with `set_status`, or delete permanently"))
            }
            Operation::Grant { object, entitlement, parameters } => {
                if let Some(name) = parameters.keys().next() {
                    return Err(ConnectorError::invalid_input(name, "a membership takes no parameters"));
                }
                self.grant(session, object, entitlement).await
            }
            Operation::Revoke { object, entitlement } => self.revoke(session, object, entitlement).await,
            Operation::SetCredential { object, credential }
            | Operation::RotateCredential { object, credential, kind: CredentialKind::Password } => {
                self.set_password(session, ctx, object, credential).await
            }
            Operation::RotateCredential { kind, .. } => {
                Err(unsupported(&format!("expected a password, found `{kind:?}`")))
            }
            Operation::Custom { object, name, arguments } if name == "move" => {
                let to = arguments.get("to").and_then(Value::as_str).ok_or_else(|| {
                    ConnectorError::invalid_input(
                        "to",
                        "expected the name of an entry to move to, found none",
                    )
                })?;
                self.move_to(session, object, to, expected).await
            }
            Operation::Custom { name, .. } => {
                Err(unsupported(&format!("no custom operation `{name}`")).with_help("there is `move`"))
            }
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }

    /// The entry to write to, in the version that is expected.
    async fn expected(
        &self,
        session: &Session,
        object: &ObjectRef,
        expected: Option<&Version>,
    ) -> Result<Option<Entry>> {
        let attributes = self.model.attributes(&object.class)?;
        let found = self.find(session, object, attributes).await?;
        if let (Some(expected), Some(entry)) = (expected, &found) {
            let now = self.model.version(entry);
            if now != Some(expected.as_str()) {
                let now = now.unwrap_or("none");
                return Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused)
                    .with_detail(format!("expected version `{expected}` of `{object}`, found `{now}`")));
            }
        }
        Ok(found)
    }

    /// Lets the server compare the version in the same step as the write.
    fn assertion(&self, expected: Option<&Version>) -> Result<Option<RawControl>> {
        let (Some(expected), Some(version)) =
            (expected.filter(|_| self.model.dialect.asserts), self.model.dialect.version)
        else {
            return Ok(None);
        };
        let filter = format!("({version}={})", filter_text(expected.as_str()));
        // The control panics on what is no filter.
        if ldap3::parse_filter(&filter).is_err() {
            let detail = format!("expected a version of this connector, found `{expected}`");
            return Err(ConnectorError::invalid_input("expected", detail));
        }
        Ok(Some(Assertion::new(filter)))
    }

    /// An outcome with how the entry is called and which version it has after the write.
    async fn done(&self, session: &Session, class: &ObjectClass, dn: &str) -> Result<Outcome> {
        let (shape, _) = self.model.shape(class)?;
        let search = Search::entry(dn, &shape.filter, self.model.attributes(class)?);
        let read = session.few(&search).await;
        // The write is done; that it cannot be read is no reason to say otherwise.
        let Ok(Some(entry)) = read.map(|mut found| found.pop()) else { return Ok(Outcome::done(true)) };
        let object = self.model.object(class, &entry, &Default::default())?;
        let outcome = Outcome::done(true).with_object(object.object);
        Ok(match object.version {
            Some(version) => outcome.with_version(version),
            None => outcome,
        })
    }
}

/// An entry that was found and is not there any more: it was moved, renamed or deleted.
fn gone_meanwhile(dn: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Conflict, Certainty::Refused)
        .with_retry(Retry::Temporary)
        .with_detail(format!("`{dn}` is not where it was a moment ago"))
}

fn unsupported(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}
