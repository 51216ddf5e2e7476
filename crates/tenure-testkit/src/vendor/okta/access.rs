use serde_json::{Value, json};

use super::Okta;
use super::state::{Answer, failed, gone};
use crate::vendor::{Call, Reply, merge};

impl Okta {
    pub(super) fn route_groups(&mut self, call: &Call, path: &[&str]) -> Answer {
        let name = call.body.pointer("/profile/name").and_then(Value::as_str).unwrap_or_default();
        match (call.method.as_str(), path) {
            ("GET", []) => Self::paged(call, self.groups.iter().map(|(_, row)| row.clone()).collect()),
            ("POST", []) => {
                let id = self.seed_group(name, "OKTA_GROUP");
                let description = call.body.pointer("/profile/description");
                self.change_group(&id, &json!({ "profile": { "description": description } }))
            }
            ("GET", [id]) => Ok(Reply::json(200, self.groups.get(id).ok_or_else(gone)?.clone())),
            ("PUT", [id]) => {
                self.own_group(id)?;
                self.change_group(id, &call.body)
            }
            ("DELETE", [id]) => {
                self.own_group(id)?;
                self.groups.remove(id);
                self.members.remove(*id);
                Ok(Reply::empty(204))
            }
            ("GET", [id, "users"]) => {
                self.groups.get(id).ok_or_else(gone)?;
                let members = self.members.get(*id).into_iter().flatten();
                Self::paged(call, members.filter_map(|user| self.users.get(user).cloned()).collect())
            }
            ("PUT", [id, "users", user]) => {
                self.own_group(id)?;
                self.users.get(user).ok_or_else(gone)?;
                let members = self.members.entry((*id).to_owned()).or_default();
                if !members.iter().any(|own| own == user) {
                    members.push((*user).to_owned());
                }
                Ok(Reply::empty(204))
            }
            ("DELETE", [id, "users", user]) => {
                self.own_group(id)?;
                self.members.entry((*id).to_owned()).or_default().retain(|own| own != user);
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    fn change_group(&mut self, id: &str, change: &Value) -> Answer {
        let group = self.groups.get_mut(id).ok_or_else(gone)?;
        merge(group, change);
        Ok(Reply::json(200, group.clone()))
    }

    /// Groups of other makers are read only.
    fn own_group(&self, id: &str) -> Result<(), Reply> {
        let group = self.groups.get(id).ok_or_else(gone)?;
        match group.get("type") == Some(&"OKTA_GROUP".into()) {
            true => Ok(()),
            false => {
                Err(failed(403, "E0000006", "You do not have permission to perform the requested action"))
            }
        }
    }

    pub(super) fn route_apps(&mut self, call: &Call, path: &[&str]) -> Answer {
        let shown = |user: &str, by_group: bool| json!({ "id": user, "scope": if by_group { "GROUP" } else { "USER" }, "status": "ACTIVE" });
        match (call.method.as_str(), path) {
            ("GET", []) => Self::paged(call, self.apps.iter().map(|(_, row)| row.clone()).collect()),
            ("GET", [app, "users"]) => {
                self.apps.get(app).ok_or_else(gone)?;
                let users = self.assigned.get(*app).into_iter().flatten();
                Self::paged(call, users.map(|(user, by_group)| shown(user, *by_group)).collect())
            }
            ("GET", [app, "users", user]) => {
                let by_group = self.assigned.get(*app).and_then(|users| users.get(*user)).ok_or_else(gone)?;
                Ok(Reply::json(200, shown(user, *by_group)))
            }
            ("POST", [app, "users"]) => {
                self.apps.get(app).ok_or_else(gone)?;
                let user = call.body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.users.get(&user).ok_or_else(gone)?;
                self.assigned.entry((*app).to_owned()).or_default().insert(user.clone(), false);
                Ok(Reply::json(200, shown(&user, false)))
            }
            ("DELETE", [app, "users", user]) => {
                let users = self.assigned.entry((*app).to_owned()).or_default();
                users.remove(*user).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    pub(super) fn route_roles(&mut self, call: &Call, user: &str, path: &[&str]) -> Answer {
        let shown = |(id, kind): &(String, String)| json!({ "id": id, "type": kind, "label": kind, "status": "ACTIVE", "assignmentType": "USER" });
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let held = self.roles.get(user).into_iter().flatten();
                Ok(Reply::json(200, held.map(shown).collect::<Vec<_>>().into()))
            }
            ("POST", []) => {
                let kind = call.body.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                let held = self.roles.entry(user.to_owned()).or_default();
                if held.iter().any(|(_, own)| *own == kind) {
                    return Err(failed(
                        409,
                        "E0000090",
                        "The role specified is already assigned to the user.",
                    ));
                }
                let row = (format!("ra-{user}-{kind}"), kind);
                held.push(row.clone());
                Ok(Reply::json(201, shown(&row)))
            }
            ("DELETE", [id]) => {
                let held = self.roles.entry(user.to_owned()).or_default();
                let at = held.iter().position(|(own, _)| own == id).ok_or_else(gone)?;
                held.remove(at);
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    pub(super) fn assignees(&self, call: &Call) -> Answer {
        let (_, path) = call.route();
        if path.as_slice() != ["api", "v1", "iam", "assignees", "users"] {
            return Err(gone());
        }
        let all =
            self.roles.iter().filter(|(_, held)| !held.is_empty()).map(|(user, _)| json!({ "id": user }));
        Ok(Reply::json(200, json!({ "value": all.collect::<Vec<_>>() })))
    }
}
