use tenure_connector::{
    Certainty, ConnectorError, Context, CredentialSource, ErrorKind, ObjectClass, ObjectRef, Outcome, Result,
};
use tenure_scim::{AttrPath, Patch, Resource, ResourceSchema};
use tenure_scim_client::{Client, Projection, WriteOptions};

use super::{absent, id_of, is_user, path, signed};
use crate::ScimConnector;
use crate::error::{blame, translate};
use crate::object::reference;
use crate::read::find;

impl ScimConnector {
    pub(super) async fn create(
        &self,
        client: &Client,
        class: &ObjectClass,
        resource: &Resource,
    ) -> Result<Outcome> {
        let resource_type = Self::resource_type(client, class)?;
        if resource.schemas().next().is_none() {
            let detail = "expected the schemas of the resource, found none";
            return Err(
                ConnectorError::invalid_input("schemas", detail).with_certainty(Certainty::NotAttempted)
            );
        }
        unknown_attribute(client, &resource_type, resource)?;
        let mut sent = resource.clone();
        // Not every peer takes an account without the attribute for one that works.
        if is_user(class)
            && sent.attr("active").is_none()
            && let Ok(active) = AttrPath::parse("active")
        {
            sent.set(&active, true);
        }
        match client.create(&resource_type, &sent).await {
            Ok(reply) => {
                let object = reference(class, &reply.value);
                Ok(signed(Outcome::done(true).with_object(object), &reply))
            }
            Err(error) => {
                let translated = translate(&error);
                if !matches!(translated.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict) {
                    return Err(blame(translated, names(&sent)));
                }
                // SPEC: RFC 7644 section 3.3: a create that conflicts is 409, with or without a keyword.
                let exists = ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                    .with_detail(translated.detail())
                    .with_http_status(translated.http_status().unwrap_or(409));
                Err(match conflicting(client, class, &sent).await {
                    Some(object) => exists.with_conflicting(object),
                    None => exists,
                })
            }
        }
    }

    pub(super) async fn update(
        &self,
        client: &Client,
        object: &ObjectRef,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Outcome> {
        let resource_type = Self::resource_type(client, &object.class)?;
        let Some(id) = id_of(client, object).await? else {
            return Err(ConnectorError::not_found(object));
        };
        if patch.is_empty() {
            return Ok(Outcome::already_so());
        }
        let before = absent(client.get(&resource_type, &id).await)?
            .ok_or_else(|| ConnectorError::not_found(object))?;
        let schema = client.peer().and_then(|peer| peer.schema(&resource_type));
        let mut wanted = before.value.clone();
        // Where the peer's own schema shows that nothing would change, nothing is sent.
        let unchanged =
            schema.and_then(|schema| patch.apply(&mut wanted, schema).ok()).is_some_and(|r| !r.changed);
        if unchanged && options.version.is_none() {
            return Ok(signed(Outcome::already_so(), &before));
        }
        let reply = client.patch(&resource_type, &id, patch, options).await.map_err(|error| {
            let touched = patch.operations.iter().filter_map(|one| one.path.as_ref());
            blame(translate(&error), touched.map(|path| path.attribute().name().to_string()))
        })?;
        let outcome = Outcome::done(reply.value.as_ref().is_none_or(|after| *after != before.value));
        let outcome = match &reply.value {
            Some(after) if after.id().is_some() => outcome.with_object(reference(&object.class, after)),
            _ => outcome,
        };
        Ok(signed(outcome, &reply))
    }

    pub(super) async fn set_status(
        &self,
        client: &Client,
        object: &ObjectRef,
        active: bool,
        options: &WriteOptions,
    ) -> Result<Outcome> {
        let gone = || match active {
            true => Err(ConnectorError::not_found(object)),
            false => Ok(Outcome::already_gone()),
        };
        let Some(id) = id_of(client, object).await? else { return gone() };
        let only = Projection::Only(AttrPath::parse("active").into_iter().collect());
        let Some(before) = absent(client.get_with("User", &id, &only).await)? else { return gone() };
        let now = before.value.attr("active").and_then(|value| value.as_bool());
        if now == Some(active)
            && options.version.as_deref().is_none_or(|v| Some(v) == before.version.as_deref())
        {
            return Ok(signed(Outcome::already_so(), &before));
        }
        let patch = Patch::default().replace(path("active")?, active);
        match absent(client.patch("User", &id, &patch, options).await)? {
            Some(reply) => Ok(signed(Outcome::done(true), &reply)),
            None => gone(),
        }
    }

    pub(super) async fn delete(
        &self,
        client: &Client,
        object: &ObjectRef,
        options: &WriteOptions,
    ) -> Result<Outcome> {
        let resource_type = Self::resource_type(client, &object.class)?;
        let Some(id) = id_of(client, object).await? else { return Ok(Outcome::already_gone()) };
        match absent(client.delete_with(&resource_type, &id, options).await)? {
            Some(reply) => Ok(signed(Outcome::done(true), &reply)),
            None => Ok(Outcome::already_gone()),
        }
    }

    pub(super) async fn set_password(
        &self,
        client: &Client,
        ctx: &Context,
        object: &ObjectRef,
        credential: &CredentialSource,
    ) -> Result<Outcome> {
        let CredentialSource::Reference(name) = credential else {
            let detail = "SCIM makes no passwords; give a reference to one";
            return Err(
                ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
            );
        };
        let Some(secrets) = ctx.secrets() else {
            let detail = format!("expected a secret store in the context, to read `{name}` from");
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail));
        };
        let secret = secrets.read(name).await?;
        let Some(id) = id_of(client, object).await? else {
            return Err(ConnectorError::not_found(object));
        };
        let patch = Patch::default().replace(path("password")?, secret.expose());
        let reply = client.patch("User", &id, &patch, &WriteOptions::default()).await.map_err(|error| {
            let translated = translate(&error);
            match translated.kind() {
                // The sentence of a peer may repeat the password.
                ErrorKind::InvalidInput => ConnectorError::new(ErrorKind::Policy, Certainty::Refused)
                    .with_attribute("password")
                    .with_detail("the peer does not take this password"),
                _ => translated.with_detail("the password was not set"),
            }
        })?;
        Ok(signed(Outcome::done(true), &reply))
    }
}

/// Refuses an attribute that the peer's own schema does not have: most peers would drop it without a word.
fn unknown_attribute(client: &Client, resource_type: &str, resource: &Resource) -> Result<()> {
    let Some(peer) = client.peer().filter(|peer| peer.shows(resource_type)) else { return Ok(()) };
    let Some(schema) = peer.schema(resource_type) else { return Ok(()) };
    for (name, value) in resource.attributes() {
        let unknown = match (name.contains(':'), value.as_object()) {
            (true, Some(container)) => container.iter().find_map(|(inner, _)| {
                let path = format!("{name}:{inner}");
                (!has(schema, &path)).then_some(path)
            }),
            _ => (!has(schema, name)).then(|| name.to_owned()),
        };
        if let Some(unknown) = unknown {
            let detail = format!("the peer's schema of `{resource_type}` has no attribute `{unknown}`");
            let error = ConnectorError::invalid_input(&unknown, detail);
            return Err(error.with_certainty(Certainty::NotAttempted));
        }
    }
    Ok(())
}

fn has(schema: &ResourceSchema, path: &str) -> bool {
    AttrPath::parse(path).is_ok_and(|path| schema.attribute(&path).is_some())
}

/// Names the object that is in the way of a create, if the peer can search for it.
async fn conflicting(client: &Client, class: &ObjectClass, sent: &Resource) -> Option<ObjectRef> {
    let wanted = reference(class, sent);
    let name = match class {
        class if *class == ObjectClass::USER => ObjectRef::USER_NAME,
        _ => ObjectRef::DISPLAY_NAME,
    };
    for name in [name, ObjectRef::EXTERNAL_ID] {
        let Some(value) = wanted.secondary(name) else { continue };
        let by = ObjectRef::by(class.clone(), name, value);
        if let Ok(Some(found)) = find(client, &by, &Projection::Default).await {
            return Some(reference(class, &found));
        }
    }
    None
}

fn names(resource: &Resource) -> impl Iterator<Item = String> {
    resource.attributes().map(|(name, _)| name.to_owned())
}
