use serde_json::{Value, json};

use super::Google;
use super::state::{Answer, failed, gone, paged};
use crate::vendor::{Call, Reply, merge};

impl Google {
    pub(super) fn route_groups(&mut self, call: &Call, path: &[&str]) -> Answer {
        let field = |name: &str| call.body.get(name).and_then(Value::as_str).unwrap_or_default();
        match (call.method.as_str(), path) {
            ("GET", []) => {
                paged(call, "groups", self.groups.iter().map(|(_, row)| row.clone()).collect(), 200, 200)
            }
            ("POST", []) => {
                if self.groups.find("/email", field("email")).is_some() {
                    return Err(failed(409, "duplicate", "Entity already exists."));
                }
                let id = self.seed_group(field("email"), field("name"));
                Ok(Reply::json(200, self.groups.get(&id).cloned().unwrap_or_default()))
            }
            ("GET", [id]) => {
                Ok(Reply::json(200, self.groups.get(id).ok_or_else(|| gone("groupKey"))?.clone()))
            }
            ("PUT" | "PATCH", [id]) => {
                let group = self.groups.get_mut(id).ok_or_else(|| gone("groupKey"))?;
                merge(group, &call.body);
                Ok(Reply::json(200, group.clone()))
            }
            ("DELETE", [id]) => {
                self.groups.remove(id).ok_or_else(|| gone("groupKey"))?;
                self.members.remove(*id);
                Ok(Reply::empty(200))
            }
            (_, [id, "members", rest @ ..]) => {
                self.groups.get(id).ok_or_else(|| gone("groupKey"))?;
                self.members(call, id, rest)
            }
            _ => Err(gone("path")),
        }
    }

    fn members(&mut self, call: &Call, group: &str, path: &[&str]) -> Answer {
        let listed = self.members.entry(group.to_owned()).or_default();
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let shown = |member: &String| match member.contains('@') {
                    // Somebody from elsewhere has no id here.
                    true => json!({ "email": member, "role": "MEMBER", "type": "USER" }),
                    false => json!({ "id": member, "role": "MEMBER", "type": "USER" }),
                };
                let all = listed.iter().map(shown).collect();
                paged(call, "members", all, 200, 200)
            }
            ("GET", [member]) => match listed.iter().any(|own| own == member) {
                true => Ok(Reply::json(200, json!({ "id": member, "role": "MEMBER", "type": "USER" }))),
                false => Err(gone("memberKey")),
            },
            ("POST", []) => {
                let id = call.body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                if self.users.get(&id).is_none() {
                    return Err(gone("memberKey"));
                }
                if listed.contains(&id) {
                    return Err(failed(409, "duplicate", "Member already exists."));
                }
                listed.push(id.clone());
                Ok(Reply::json(200, json!({ "id": id, "role": "MEMBER", "type": "USER" })))
            }
            ("DELETE", [member]) => {
                let at = listed.iter().position(|own| own == member).ok_or_else(|| gone("memberKey"))?;
                listed.remove(at);
                Ok(Reply::empty(200))
            }
            _ => Err(gone("path")),
        }
    }

    pub(super) fn route_roles(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", ["roles"]) => {
                paged(call, "items", self.roles.iter().map(|(_, row)| row.clone()).collect(), 100, 100)
            }
            ("GET", ["roleassignments"]) => {
                let user = call.parameter("userKey");
                let role = call.parameter("roleId");
                let of = |row: &Value| {
                    user.is_none_or(|user| row.get("assignedTo") == Some(&user.into()))
                        && role.is_none_or(|role| row.get("roleId") == Some(&role.into()))
                };
                let all = self.assignments.iter().filter(|(_, row)| of(row)).map(|(_, row)| row.clone());
                paged(call, "items", all.collect(), 100, 200)
            }
            ("POST", ["roleassignments"]) => {
                let text =
                    |name: &str| call.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let (role, user) = (text("roleId"), text("assignedTo"));
                self.roles.get(&role).ok_or_else(|| gone("roleId"))?;
                self.users.get(&user).ok_or_else(|| gone("userKey"))?;
                if text("scopeType") != "CUSTOMER" {
                    return Err(failed(400, "invalid", "Invalid Input: scopeType"));
                }
                let id = self.next().to_string();
                let row = json!({
                    "roleAssignmentId": id, "roleId": role, "assignedTo": user, "assigneeType": "user",
                    "scopeType": "CUSTOMER",
                });
                self.assignments.add(&id, row.clone());
                Ok(Reply::json(200, row))
            }
            ("DELETE", ["roleassignments", id]) => {
                self.assignments.remove(id).ok_or_else(|| gone("roleAssignmentId"))?;
                Ok(Reply::empty(200))
            }
            _ => Err(gone("path")),
        }
    }

    pub(super) fn route_transfers(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", ["applications"]) => {
                let drive = json!({
                    "id": "55656082996", "name": "Drive and Docs",
                    "transferParams": [{ "key": "PRIVACY_LEVEL", "value": ["SHARED", "PRIVATE"] }],
                });
                let calendar = json!({
                    "id": "435070579839", "name": "Calendar",
                    "transferParams": [{ "key": "RELEASE_RESOURCES", "value": ["TRUE", "FALSE"] }],
                });
                Ok(Reply::json(200, json!({ "applications": [drive, calendar] })))
            }
            ("POST", ["transfers"]) => {
                for owner in ["oldOwnerUserId", "newOwnerUserId"] {
                    let id = call.body.get(owner).and_then(Value::as_str).unwrap_or_default();
                    // An address is none.
                    self.users.get(id).ok_or_else(|| failed(400, "invalid", "Invalid Input: user id"))?;
                }
                let id = format!("t{}", self.next());
                let mut transfer = call.body.clone();
                merge(
                    &mut transfer,
                    &json!({ "id": id, "overallTransferStatusCode": "inProgress", "etag": "0" }),
                );
                self.transfers.add(&id, transfer.clone());
                Ok(Reply::json(200, transfer))
            }
            ("GET", ["transfers", id]) => {
                let delay = self.transfer_delay;
                let transfer = self.transfers.get_mut(id).ok_or_else(|| gone("dataTransferId"))?;
                let asked = transfer.get("etag").and_then(Value::as_str).and_then(|n| n.parse::<u32>().ok());
                let asked = asked.unwrap_or_default();
                merge(transfer, &json!({ "etag": (asked + 1).to_string() }));
                if asked >= delay {
                    merge(transfer, &json!({ "overallTransferStatusCode": "completed" }));
                }
                Ok(Reply::json(200, transfer.clone()))
            }
            _ => Err(gone("path")),
        }
    }
}
