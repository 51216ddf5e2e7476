use serde_json::{Map, Value, json};

use super::Slack;
use super::state::Rank;
use crate::vendor::{Call, Reply, merge, page_of};

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(super) fn failed(status: u16, detail: &str) -> Reply {
    Reply::json(status, json!({ "schemas": [ERROR], "detail": detail, "status": status }))
}

fn gone() -> Reply {
    failed(404, "resource_not_found")
}

impl Slack {
    pub(super) fn scim(&mut self, call: &Call, path: &[&str]) -> Result<Reply, Reply> {
        match (call.method.as_str(), path) {
            ("GET", ["Users"]) => self.list(call, true),
            ("GET", ["Groups"]) => self.list(call, false),
            ("GET", ["Users", id]) => Ok(Reply::json(200, self.users.get(id).ok_or_else(gone)?.clone())),
            ("GET", ["Groups", id]) => Ok(Reply::json(200, self.groups.get(id).ok_or_else(gone)?.clone())),
            ("POST", ["Users"]) => self.create(call),
            ("PATCH", ["Users", id]) => self.change(id, call),
            ("DELETE", ["Users", id]) => self.activate(id, false).map(|_| Reply::empty(204)),
            ("POST", ["Groups"]) => {
                let id = self.seed_group(text(&call.body, "displayName").unwrap_or_default());
                Ok(Reply::json(201, self.groups.get(&id).ok_or_else(gone)?.clone()))
            }
            ("PATCH", ["Groups", id]) => self.change_group(id, call),
            ("DELETE", ["Groups", id]) => {
                self.groups.remove(id).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    fn list(&self, call: &Call, users: bool) -> Result<Reply, Reply> {
        let rows = if users { &self.users } else { &self.groups };
        let all: Vec<Value> = match call.parameter("filter") {
            Some(filter) => {
                let (name, wanted) =
                    filter.split_once(" eq ").ok_or_else(|| failed(400, "invalid_filter"))?;
                let wanted: String =
                    serde_json::from_str(wanted).map_err(|_| failed(400, "invalid_filter"))?;
                let at = match name {
                    "email" => "/emails/0/value",
                    "userName" => "/userName",
                    "displayName" => "/displayName",
                    _ => return Err(failed(400, "invalid_filter")),
                };
                rows.find(at, &wanted).map(|(_, row)| row.clone()).into_iter().collect()
            }
            None => rows.iter().map(|(_, row)| row.clone()).collect(),
        };
        let total = all.len();
        let start = call.number("startIndex").unwrap_or(1).max(1);
        let size = call.number("count").unwrap_or(10).min(1000);
        let (items, _) =
            page_of(all, usize::try_from(start - 1).unwrap_or(0), usize::try_from(size).unwrap_or(0));
        Ok(Reply::json(
            200,
            json!({
                "schemas": [LIST], "totalResults": total, "itemsPerPage": items.len(), "startIndex": start,
                "Resources": items,
            }),
        ))
    }

    fn create(&mut self, call: &Call) -> Result<Reply, Reply> {
        let name = text(&call.body, "userName").ok_or_else(|| failed(400, "invalid_username"))?.to_owned();
        let email = call.body.pointer("/emails/0/value").and_then(Value::as_str);
        let email = email.ok_or_else(|| failed(400, "missing_email"))?.to_owned();
        if self.users.find("/userName", &name).is_some() {
            return Err(failed(409, "username_taken"));
        }
        if self.users.find("/emails/0/value", &email).is_some() {
            return Err(failed(409, "email_taken"));
        }
        let id = self.seed_user(&name, &email);
        let user = self.users.get_mut(&id).ok_or_else(gone)?;
        merge(user, &call.body);
        Ok(Reply::json(201, user.clone()))
    }

    fn change(&mut self, id: &str, call: &Call) -> Result<Reply, Reply> {
        self.users.get(id).ok_or_else(gone)?;
        for operation in operations(call)? {
            let path = text(operation, "path");
            let value = operation.get("value").cloned().unwrap_or_default();
            let change = match (text(operation, "op"), path) {
                (Some("replace"), None) => value,
                (Some("replace"), Some(path)) => wrap(path, value),
                (Some("remove"), Some(path)) => wrap(path, Value::Null),
                _ => return Err(failed(400, "invalid_operation")),
            };
            if let Some(active) = change.get("active").and_then(Value::as_bool) {
                self.activate(id, active)?;
            }
            if let Some(user) = self.users.get_mut(id) {
                merge(user, &change);
            }
        }
        Ok(Reply::json(200, self.users.get(id).ok_or_else(gone)?.clone()))
    }

    fn activate(&mut self, id: &str, active: bool) -> Result<(), Reply> {
        self.users.get(id).ok_or_else(gone)?;
        if !active && self.rank(id) == Rank::Primary {
            return Err(failed(403, "cannot_deactivate_primary_owner"));
        }
        if self.is_admins && self.rank(id) >= Rank::Owner {
            return Err(failed(403, "not_permitted_for_rank"));
        }
        if let Some(user) = self.users.get_mut(id) {
            merge(user, &json!({ "active": active }));
        }
        if !active {
            self.sessions.remove(id);
            for members in self.members.values_mut() {
                members.remove(id);
            }
            self.leave_groups(id);
        }
        Ok(())
    }

    fn leave_groups(&mut self, user: &str) {
        let ids: Vec<String> = self.groups.iter().map(|(id, _)| id.to_owned()).collect();
        for id in ids {
            self.set_members(&id, |members| members.retain(|member| member != user));
        }
    }

    fn set_members(&mut self, group: &str, change: impl FnOnce(&mut Vec<String>)) {
        let Some(row) = self.groups.get_mut(group) else { return };
        let listed = row.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut members: Vec<String> =
            listed.iter().filter_map(|member| text(member, "value")).map(str::to_owned).collect();
        change(&mut members);
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        merge(row, &json!({ "members": members }));
    }

    fn change_group(&mut self, id: &str, call: &Call) -> Result<Reply, Reply> {
        self.groups.get(id).ok_or_else(gone)?;
        for operation in operations(call)? {
            let value = operation.get("value").cloned().unwrap_or_default();
            match (text(operation, "op"), text(operation, "path")) {
                (Some("add"), Some("members")) => {
                    let new: Vec<String> = value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|member| text(member, "value"))
                        .map(str::to_owned)
                        .collect();
                    if new.iter().any(|member| self.users.get(member).is_none()) {
                        return Err(failed(400, "invalid_member"));
                    }
                    self.set_members(id, |members| {
                        members.retain(|member| !new.contains(member));
                        members.extend(new.iter().cloned());
                    });
                }
                (Some("remove"), Some(path)) => {
                    let user =
                        path.strip_prefix("members[value eq \"").and_then(|rest| rest.strip_suffix("\"]"));
                    let user = user.ok_or_else(|| failed(400, "invalid_path"))?;
                    self.set_members(id, |members| members.retain(|member| member != user));
                }
                (Some("replace"), None) => {
                    if let Some(group) = self.groups.get_mut(id) {
                        merge(group, &value);
                    }
                }
                _ => return Err(failed(400, "invalid_operation")),
            }
        }
        Ok(Reply::empty(204))
    }
}

fn operations(call: &Call) -> Result<&Vec<Value>, Reply> {
    call.body.get("Operations").and_then(Value::as_array).ok_or_else(|| failed(400, "missing_operations"))
}

/// `name.familyName` and `urn:…:User:department` as the objects that they stand in.
fn wrap(path: &str, value: Value) -> Value {
    let (outer, inner) = match path.rsplit_once(':') {
        Some((urn, name)) => (urn, Some(name)),
        None => match path.split_once('.') {
            Some((parent, name)) => (parent, Some(name)),
            None => (path, None),
        },
    };
    let value = match inner {
        Some(name) => Value::Object(Map::from_iter([(name.to_owned(), value)])),
        None => value,
    };
    Value::Object(Map::from_iter([(outer.to_owned(), value)]))
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
