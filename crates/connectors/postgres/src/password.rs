use tenure_connector::{Certainty, ConnectorError, Context, CredentialSource, ErrorKind, Result, SecretRef};

/// What the server stores of a password, made here: a password in a statement would stand in the server's log.
pub(crate) struct Verifier {
    pub(crate) text: String,
}

/// Reads the password and turns it into what the server stores.
pub(crate) async fn verifier(ctx: &Context, credential: &CredentialSource) -> Result<Verifier> {
    let wrong = |kind, detail: &str| ConnectorError::new(kind, Certainty::NotAttempted).with_detail(detail);
    let name: &SecretRef = match credential {
        CredentialSource::Reference(name) => name,
        CredentialSource::Generate { .. } => {
            return Err(wrong(
                ErrorKind::Unsupported,
                "PostgreSQL makes no passwords; give a reference to one",
            ));
        }
    };
    let Some(secrets) = ctx.secrets() else {
        return Err(wrong(
            ErrorKind::Config,
            "the operation names a secret, but the context has no secret store",
        ));
    };
    let secret = secrets.read(name).await?;
    if secret.expose().is_empty() {
        return Err(wrong(ErrorKind::InvalidInput, "expected a password, found an empty one")
            .with_attribute("password"));
    }
    Ok(Verifier { text: postgres_protocol::password::scram_sha_256(secret.expose().as_bytes()) })
}
