use serde_json::{Map, Value, json};
use tenure_connector::{
    Certainty, ConnectorError, Context, DeleteMode, ErrorKind, ObjectClass, ObjectRef, Outcome, Result,
    SessionScope,
};
use tenure_connector_rest::{Answer, absent, signed};
use tenure_scim::{Patch, Resource};

use crate::vendor::{id, items, member, number, text};
use crate::{People, ZendeskConnector};

impl ZendeskConnector {
    pub(crate) async fn create(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        resource: &Resource,
    ) -> Result<Outcome> {
        if *class == ObjectClass::GROUP {
            let body = json!({ "group": self.groups.body(resource)? });
            let request = self.client.post(&["api", "v2", "groups"])?.with_json(&body)?;
            let answer = self.client.send(ctx, &request).await?;
            let group = member(&answer.json()?, "group")?.clone();
            let object = self.groups.object(&id(&group)?, &group)?.object;
            return Ok(signed(Outcome::done(true).with_object(object), &answer));
        }
        let mut body = self.users.body(resource)?;
        body.insert("skip_verify_email".to_owned(), json!(!self.config.welcome_mail));
        if let People::Organization(organization) = self.config.people {
            body.insert("organization_id".to_owned(), organization.into());
        }
        let request = self.client.post(&["api", "v2", "users"])?.with_json(&json!({ "user": body }))?;
        let answer = match self.client.send(ctx, &request).await {
            Ok(answer) => answer,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(self.name_conflict(ctx, resource, error).await);
            }
            Err(error) => return Err(error),
        };
        let user = member(&answer.json()?, "user")?.clone();
        let object = self.users.object(&id(&user)?, &user)?.object;
        Ok(signed(Outcome::done(true).with_object(object), &answer))
    }

    /// Adds to a refusal who is in the way, as far as that can be found out.
    async fn name_conflict(
        &self,
        ctx: &Context,
        resource: &Resource,
        error: ConnectorError,
    ) -> ConnectorError {
        for name in [ObjectRef::USER_NAME, ObjectRef::EXTERNAL_ID] {
            let Some(value) = resource.text(name) else { continue };
            let wanted = ObjectRef::by(ObjectClass::USER, name, value);
            let Ok(Some(user)) = self.find_user(ctx, &wanted).await else { continue };
            if let Some(object) = id(&user).ok().and_then(|id| self.users.object(&id, &user).ok()) {
                return error.with_conflicting(object.object);
            }
        }
        error
    }

    pub(crate) async fn update(&self, ctx: &Context, object: &ObjectRef, patch: &Patch) -> Result<Outcome> {
        let gone = || ConnectorError::not_found(object);
        if object.class == ObjectClass::GROUP {
            let group = self.find_group(ctx, object).await?.ok_or_else(gone)?;
            let before = self.groups.object(&id(&group)?, &group)?.resource;
            let changes = self.groups.changes(&before, patch)?;
            if changes.is_empty() {
                return Ok(Outcome::already_so());
            }
            let request = self.client.put(&["api", "v2", "groups", &id(&group)?])?;
            let answer = self.client.send(ctx, &request.with_json(&json!({ "group": changes }))?).await?;
            return Ok(signed(Outcome::done(true), &answer));
        }
        let user = self.find_user(ctx, object).await?.ok_or_else(gone)?;
        let before = self.users.object(&id(&user)?, &user)?.resource;
        let mut changes = self.users.changes(&before, patch)?;
        if changes.is_empty() {
            return Ok(Outcome::already_so());
        }
        let renamed = match changes.remove("email") {
            Some(Value::String(email)) => {
                self.rename(ctx, &id(&user)?, &email).await?;
                true
            }
            _ => false,
        };
        if changes.is_empty() {
            return Ok(Outcome::done(true));
        }
        let put = self.put_user(ctx, &id(&user)?, changes).await;
        match put {
            Ok((_, answer)) => Ok(signed(Outcome::done(true), &answer)),
            // The address has changed already.
            Err(error) if renamed => Err(error.with_certainty(Certainty::Unknown)),
            Err(error) => Err(error),
        }
    }

    /// Gives a user another main address; the old one stays as a second, so that old mails find the user.
    ///
    /// SPEC: an `email` in an update is added as a second address and changes nothing of the first.
    async fn rename(&self, ctx: &Context, user: &str, email: &str) -> Result<()> {
        let path = ["api", "v2", "users", user, "identities"];
        let known = self.all_items(ctx, &path, "identities").await?;
        let same = |item: &&Value| text(item, "value").is_some_and(|own| own.eq_ignore_ascii_case(email));
        let identity = match known.iter().find(same) {
            Some(known) => id(known)?,
            None => {
                let wanted = json!({ "identity": { "type": "email", "value": email, "verified": true } });
                let request = self.client.post(&path)?.with_json(&wanted)?;
                let answer: Value = self.client.send(ctx, &request).await?.json()?;
                id(member(&answer, "identity")?)?
            }
        };
        let request =
            self.client.put(&["api", "v2", "users", user, "identities", &identity, "make_primary"])?;
        self.client.send(ctx, &request).await?;
        Ok(())
    }

    pub(crate) async fn put_user(
        &self,
        ctx: &Context,
        user: &str,
        changes: Map<String, Value>,
    ) -> Result<(Value, Answer)> {
        let request =
            self.client.put(&["api", "v2", "users", user])?.with_json(&json!({ "user": changes }))?;
        let answer = self.client.send(ctx, &request).await?;
        Ok((answer.json()?, answer))
    }

    pub(crate) async fn set_suspended(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        suspended: bool,
    ) -> Result<Outcome> {
        let Some(user) = self.find_user(ctx, object).await? else {
            return if suspended {
                Ok(Outcome::already_gone())
            } else {
                Err(ConnectorError::not_found(object))
            };
        };
        if (user.get("suspended") == Some(&true.into())) == suspended {
            return Ok(Outcome::already_so());
        }
        let changes = Map::from_iter([("suspended".to_owned(), suspended.into())]);
        let (_, answer) = self.put_user(ctx, &id(&user)?, changes).await?;
        Ok(signed(Outcome::done(true), &answer))
    }

    /// Zendesk deletes in two steps: the user, who stays readable, and then what says who it was.
    pub(crate) async fn delete(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        mode: DeleteMode,
    ) -> Result<Outcome> {
        if object.class == ObjectClass::GROUP {
            let Some(group) = self.find_group(ctx, object).await? else { return Ok(Outcome::already_gone()) };
            let request = self.client.delete(&["api", "v2", "groups", &id(&group)?])?;
            let answer = absent(self.client.send(ctx, &request).await)?;
            return Ok(
                answer.map_or_else(Outcome::already_gone, |answer| signed(Outcome::done(true), &answer))
            );
        }
        let user = match object.id.is_empty() {
            true => self.find_user(ctx, object).await?,
            false => self.read_user(ctx, &object.id).await?,
        };
        let Some(user) = user else { return Ok(Outcome::already_gone()) };
        let user_id = id(&user)?;
        let there = user.get("active") != Some(&false.into());
        let mut done = Outcome::already_gone();
        if there {
            let request = self.client.delete(&["api", "v2", "users", &user_id])?;
            if let Some(answer) = absent(self.client.send(ctx, &request).await)? {
                done = signed(Outcome::done(true), &answer);
            }
        }
        if mode == DeleteMode::Soft {
            return Ok(done);
        }
        let request = self.client.delete(&["api", "v2", "deleted_users", &user_id])?;
        match absent(self.client.send(ctx, &request).await) {
            Ok(Some(answer)) => Ok(signed(Outcome::done(true), &answer)),
            Ok(None) => Ok(done),
            Err(error) if there => Err(error.with_certainty(Certainty::Unknown)),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn end_sessions(
        &self,
        ctx: &Context,
        object: &ObjectRef,
        scope: SessionScope,
    ) -> Result<Outcome> {
        if matches!(scope, SessionScope::Mobile | SessionScope::Tokens) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("the API ends all sessions of a user, not those of one kind"));
        }
        let Some(user) = self.find_user(ctx, object).await? else { return Ok(Outcome::already_gone()) };
        let path = ["api", "v2", "users", &id(&user)?, "sessions"];
        let body: Value = self.client.send(ctx, &self.client.get(&path)?).await?.json()?;
        if items(&body, "sessions")?.is_empty() {
            return Ok(Outcome::already_so());
        }
        let answer = self.client.send(ctx, &self.client.delete(&path)?).await?;
        Ok(signed(Outcome::done(true), &answer))
    }

    /// The id of a user as a number, for bodies that want one.
    pub(crate) fn as_number(user: &Value) -> Option<u64> {
        number(user, "id")
    }
}
