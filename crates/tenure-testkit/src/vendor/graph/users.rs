use serde_json::{Map, Value, json};

use super::Graph;
use super::state::{Answer, bad, denied, failed, gone, paged};
use crate::vendor::{Call, Reply, merge};

/// What is shown of a user when nothing is selected.
const USUAL: &str =
    "id,displayName,givenName,jobTitle,mail,officeLocation,preferredLanguage,surname,userPrincipalName";

impl Graph {
    fn key(&self, key: &str) -> Result<String, Reply> {
        match self.users.get(key) {
            Some(_) => Ok(key.to_owned()),
            None => self.id_of(key).ok_or_else(gone),
        }
    }

    /// A user with what is selected: anything else is left out.
    pub(super) fn shown(&self, call: &Call, id: &str) -> Answer {
        let user = self.users.get(id).ok_or_else(gone)?;
        let selected = call.parameter("$select").unwrap_or(USUAL);
        let mut shown = Map::new();
        for name in selected.split(',') {
            shown.insert(name.to_owned(), user.get(name).cloned().unwrap_or_default());
        }
        shown.insert("id".to_owned(), id.into());
        if call.parameter("$expand").is_some_and(|what| what.starts_with("manager"))
            && let Some(manager) = self.managers.get(id).filter(|manager| self.users.get(manager).is_some())
        {
            let manager = json!({ "@odata.type": "#microsoft.graph.user", "id": manager });
            shown.insert("manager".to_owned(), manager);
        }
        Ok(Reply::json(200, shown.into()))
    }

    pub(super) fn route_users(&mut self, call: &Call, path: &[&str]) -> Answer {
        let activity = call.parameter("$select").is_some_and(|all| all.contains("signInActivity"));
        if activity && self.closed.contains("activity") {
            return Err(denied());
        }
        match (call.method.as_str(), path) {
            ("GET", []) => self.list_users(call, if activity { 500 } else { 999 }),
            ("POST", []) => self.create_user(call),
            ("GET", ["delta"]) => self.delta(call),
            ("GET", [key]) => {
                if activity && self.users.get(key).is_none() && key.contains('@') {
                    return Err(bad("Get By Key only supports UserId and the key has to be a valid Guid"));
                }
                self.shown(call, &self.key(key)?)
            }
            ("PATCH", [key]) => {
                let id = self.key(key)?;
                self.update_user(&id, &call.body)
            }
            ("DELETE", [key]) => {
                let id = self.key(key)?;
                self.delete_user(&id)
            }
            ("POST", [key, "revokeSignInSessions"]) => {
                let id = self.key(key)?;
                self.sessions.remove(&id);
                Ok(if self.quiet { Reply::empty(204) } else { Reply::json(200, json!({ "value": true })) })
            }
            ("POST", [key, "assignLicense"]) => {
                let id = self.key(key)?;
                self.assign_licence(call, &id)
            }
            ("PUT", [key, "manager", "$ref"]) => {
                let id = self.key(key)?;
                let manager = target(&call.body).ok_or_else(|| bad("An invalid link was given."))?;
                self.users.get(&manager).ok_or_else(gone)?;
                self.managers.insert(id.clone(), manager);
                self.log.push(id);
                Ok(Reply::empty(204))
            }
            ("DELETE", [key, "manager", "$ref"]) => {
                let id = self.key(key)?;
                self.managers.remove(&id).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            ("GET", [key, "directReports"]) => {
                let id = self.key(key)?;
                let of = self.managers.iter().filter(|(_, manager)| **manager == id);
                let all = of.map(|(user, _)| json!({ "@odata.type": "#microsoft.graph.user", "id": user }));
                paged(call, all.collect(), 999)
            }
            ("GET", [key, "memberOf"]) => {
                let id = self.key(key)?;
                let of = self.members.iter().filter(|(_, members)| members.contains(&id));
                let all =
                    of.map(|(group, _)| json!({ "@odata.type": "#microsoft.graph.group", "id": group }));
                paged(call, all.collect(), 999)
            }
            ("GET", [key, "ownedObjects"]) => {
                let id = self.key(key)?;
                let of = self.owners.iter().filter(|(_, owners)| owners.contains(&id));
                let kind = |object: &str| match self.groups.get(object) {
                    Some(_) => "#microsoft.graph.group",
                    None => "#microsoft.graph.application",
                };
                let all = of.map(|(object, _)| json!({ "@odata.type": kind(object), "id": object }));
                paged(call, all.collect(), 999)
            }
            (_, [key, "authentication", rest @ ..]) => {
                let id = self.key(key)?;
                self.route_methods(call, &id, rest)
            }
            (_, [key, "appRoleAssignments", rest @ ..]) => {
                let id = self.key(key)?;
                self.app_roles(call, &id, rest)
            }
            _ => Err(gone()),
        }
    }

    fn list_users(&self, call: &Call, largest: usize) -> Answer {
        let mut ids: Vec<&str> = self.users.iter().map(|(id, _)| id).collect();
        if let Some(filter) = call.parameter("$filter") {
            let (property, value) = equality(filter).ok_or_else(|| bad("Invalid filter clause"))?;
            ids.retain(|id| {
                let own = self.users.get(id).and_then(|user| user.get(property)?.as_str());
                own.is_some_and(|own| own.to_lowercase() == value.to_lowercase())
            });
        }
        let shown: Result<Vec<Value>, Reply> =
            ids.into_iter().map(|id| Ok(self.shown(call, id)?.body.unwrap_or_default())).collect();
        paged(call, shown?, largest)
    }

    fn create_user(&mut self, call: &Call) -> Answer {
        let text = |at: &str| call.body.pointer(at).and_then(Value::as_str).unwrap_or_default();
        for needed in ["/displayName", "/mailNickname", "/userPrincipalName", "/passwordProfile/password"] {
            if text(needed).is_empty() {
                return Err(bad("A value is required for a property of the resource."));
            }
        }
        if call.body.get("accountEnabled").is_none_or(|enabled| !enabled.is_boolean()) {
            return Err(bad("A value is required for property 'accountEnabled' of resource 'User'."));
        }
        self.free(text("/userPrincipalName"), "")?;
        let mut wanted = call.body.clone();
        merge(&mut wanted, &json!({ "passwordProfile": null }));
        let id = self.insert_user(&wanted, call.now);
        let made = self.shown(call, &id)?;
        Ok(Reply { status: 201, ..made })
    }

    fn free(&self, name: &str, own: &str) -> Result<(), Reply> {
        if !name.ends_with("@example.com") {
            return Err(bad("Property userPrincipalName is invalid."));
        }
        match self.id_of(name) {
            Some(other) if other != own => {
                Err(bad("Another object with the same value for property userPrincipalName already exists."))
            }
            _ => Ok(()),
        }
    }

    fn update_user(&mut self, id: &str, change: &Value) -> Answer {
        if let Some(name) = change.get("userPrincipalName").and_then(Value::as_str) {
            self.free(name, id)?;
        }
        let mut user = self.users.get(id).ok_or_else(gone)?.clone();
        if user.get("onPremisesSyncEnabled") == Some(&true.into()) {
            return Err(bad(
                "Unable to update the specified properties for on-premises mastered Directory Sync objects \
                 or objects currently undergoing migration.",
            ));
        }
        // What belongs together is replaced as one.
        for (name, value) in change.as_object().into_iter().flatten() {
            if let Some(user) = user.as_object_mut().filter(|_| name != "passwordProfile") {
                user.insert(name.clone(), value.clone());
            }
        }
        self.users.add(id, user);
        self.log.push(id.to_owned());
        Ok(Reply::empty(204))
    }

    pub(super) fn delete_user(&mut self, id: &str) -> Answer {
        let user = self.users.remove(id).ok_or_else(gone)?;
        self.sessions.remove(id);
        self.deleted.add(id, user);
        self.log.push(id.to_owned());
        Ok(Reply::empty(204))
    }

    pub(super) fn route_deleted(&mut self, method: &str, path: &[&str]) -> Answer {
        match (method, path) {
            ("DELETE", ["deletedItems", id]) => {
                self.deleted.remove(id).ok_or_else(gone)?;
                self.members.values_mut().for_each(|members| members.retain(|member| member != id));
                self.log.push((*id).to_owned());
                Ok(Reply::empty(204))
            }
            ("POST", ["deletedItems", id, "restore"]) => {
                let user = self.deleted.remove(id).ok_or_else(gone)?;
                let name = user.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default();
                if self.id_of(name).is_some() {
                    return Err(failed(409, "Request_MultipleObjectsWithSameKeyValue", "the name is taken"));
                }
                self.users.add(id, user);
                self.log.push((*id).to_owned());
                Ok(Reply::json(200, json!({ "@odata.type": "#microsoft.graph.user", "id": id })))
            }
            _ => Err(gone()),
        }
    }
}

/// The property and the text of `property eq 'text'`.
pub(super) fn equality(filter: &str) -> Option<(&str, String)> {
    let (property, value) = filter.split_once(" eq ")?;
    let inner = value.strip_prefix('\'')?.strip_suffix('\'')?;
    Some((property, inner.replace("''", "'")))
}

/// The id at the end of a link.
pub(super) fn target(body: &Value) -> Option<String> {
    Some(body.get("@odata.id")?.as_str()?.rsplit('/').next()?.to_owned())
}
