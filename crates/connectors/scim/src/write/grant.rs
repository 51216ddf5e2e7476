use serde_json::{Value, json};
use tenure_connector::{ConnectorError, EntitlementRef, ErrorKind, ObjectRef, Outcome, Result};
use tenure_scim::{AttrPath, Patch, PatchPath, Resource, ScimType};
use tenure_scim_client::{Client, ClientError, Projection, WriteOptions};

use super::{absent, id_of, is_user, path, signed};
use crate::ScimConnector;
use crate::error::translate;

impl ScimConnector {
    /// A membership, a role, or a value of `entitlements`.
    pub(super) async fn grant(
        &self,
        client: &Client,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let missing = || ConnectorError::not_found(object);
        let (user, account) = self.account(client, object).await?.ok_or_else(missing)?;
        if entitlement.kind == "group" {
            let group = match self.group_id(client, &entitlement.id).await? {
                Some(group) => group,
                None => self.new_group(client, entitlement).await?,
            };
            if self.holds_now(client, &account, &user, "group", &group).await? {
                return Ok(Outcome::already_so());
            }
            let reply = client.add_members(&group, &[user]).await.map_err(|error| translate(&error))?;
            return Ok(signed(Outcome::done(true), &reply));
        }
        if self.holds_now(client, &account, &user, &entitlement.kind, &entitlement.id).await? {
            return Ok(Outcome::already_so());
        }
        let (attribute, value) = value_of(entitlement);
        let patch = Patch::default().add(path(attribute)?, Value::Array(vec![value]));
        let reply = client.patch("User", &user, &patch, &WriteOptions::default()).await;
        let reply = reply.map_err(|error| translate(&error))?;
        Ok(signed(Outcome::done(true), &reply))
    }

    pub(super) async fn revoke(
        &self,
        client: &Client,
        object: &ObjectRef,
        entitlement: &EntitlementRef,
    ) -> Result<Outcome> {
        let Some((user, account)) = self.account(client, object).await? else {
            return Ok(Outcome::already_gone());
        };
        let removed = if entitlement.kind == "group" {
            let Some(group) = self.group_id(client, &entitlement.id).await? else {
                return Ok(Outcome::already_gone());
            };
            // Sent also when the membership does not show: a peer may hide it, and removing it again does no harm.
            let held = self.holds_now(client, &account, &user, "group", &group).await?;
            (held, client.remove_members(&group, &[user]).await)
        } else {
            if !self.holds_now(client, &account, &user, &entitlement.kind, &entitlement.id).await? {
                return Ok(Outcome::already_gone());
            }
            let patch = Patch::default().remove(filtered(entitlement)?);
            (true, client.patch("User", &user, &patch, &WriteOptions::default()).await)
        };
        match removed {
            (true, Ok(reply)) => Ok(signed(Outcome::done(true), &reply)),
            (false, Ok(reply)) => Ok(signed(Outcome::already_gone(), &reply)),
            (_, Err(error)) if error.status() == Some(404) || has_no_target(&error) => {
                Ok(Outcome::already_gone())
            }
            (_, Err(error)) => Err(translate(&error)),
        }
    }

    /// The account of a grant with what it holds; `None` when it is not there.
    async fn account(&self, client: &Client, object: &ObjectRef) -> Result<Option<(String, Resource)>> {
        if !is_user(&object.class) {
            let detail = format!("expected a user to hold an entitlement, found `{object}`");
            return Err(ConnectorError::invalid_input("object", detail));
        }
        let Some(id) = id_of(client, object).await? else { return Ok(None) };
        let only = ["groups", "roles", "entitlements"].iter().filter_map(|path| AttrPath::parse(path).ok());
        let read = absent(client.get_with("User", &id, &Projection::Only(only.collect())).await)?;
        Ok(read.map(|reply| (id, reply.value)))
    }

    async fn new_group(&self, client: &Client, entitlement: &EntitlementRef) -> Result<String> {
        if !self.config.create_groups {
            let detail = format!("no group `{}`, neither as an id nor as a display name", entitlement.id);
            return Err(ConnectorError::new(ErrorKind::NotFound, tenure_connector::Certainty::Refused)
                .with_detail(detail)
                .with_help("create the group, or set `create_groups`"));
        }
        let mut group = Resource::new(tenure_scim::uri::GROUP);
        if let Ok(path) = AttrPath::parse("displayName") {
            group.set(&path, entitlement.id.as_str());
        }
        let reply = client.create("Group", &group).await.map_err(|error| translate(&error))?;
        Ok(reply.value.id().unwrap_or_default().to_owned())
    }
}

fn value_of(entitlement: &EntitlementRef) -> (&'static str, Value) {
    match entitlement.kind.as_str() {
        "role" => ("roles", json!({ "value": entitlement.id })),
        "entitlement" => ("entitlements", json!({ "value": entitlement.id })),
        kind => ("entitlements", json!({ "value": entitlement.id, "type": kind })),
    }
}

fn filtered(entitlement: &EntitlementRef) -> Result<PatchPath> {
    let id = Value::from(entitlement.id.as_str());
    match entitlement.kind.as_str() {
        "role" => path(&format!("roles[value eq {id}]")),
        "entitlement" => path(&format!("entitlements[value eq {id}]")),
        kind => path(&format!("entitlements[value eq {id} and type eq {}]", Value::from(kind))),
    }
}

fn has_no_target(error: &ClientError) -> bool {
    error.scim().and_then(|scim| scim.scim_type()) == Some(&ScimType::NoTarget)
}
