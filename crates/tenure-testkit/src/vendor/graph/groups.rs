use serde_json::{Value, json};

use super::Graph;
use super::state::{Answer, bad, gone, paged};
use super::users::{equality, target};
use crate::vendor::{Call, Reply, merge};

impl Graph {
    /// Groups, directory roles, applications: what has members and owners.
    pub(super) fn route_objects(&mut self, call: &Call, kind: &str, path: &[&str]) -> Answer {
        match (call.method.as_str(), kind, path) {
            ("GET", "directoryRoles", []) if call.parameter("$top").is_some() => {
                Err(bad("This query option is not supported."))
            }
            ("GET", "directoryRoles", []) => {
                let all: Vec<Value> = self.roles.iter().map(|(_, row)| row.clone()).collect();
                Ok(Reply::json(200, json!({ "value": all })))
            }
            ("GET", "groups", []) => self.list_groups(call),
            ("POST", "groups", []) => self.create_group(call),
            ("GET", "groups", [id]) => Ok(Reply::json(200, self.groups.get(id).ok_or_else(gone)?.clone())),
            ("PATCH", "groups", [id]) => {
                merge(self.groups.get_mut(id).ok_or_else(gone)?, &call.body);
                Ok(Reply::empty(204))
            }
            ("DELETE", "groups", [id]) => {
                self.groups.remove(id).ok_or_else(gone)?;
                self.members.remove(*id);
                Ok(Reply::empty(204))
            }
            ("GET", "servicePrincipals", [id, "appRoleAssignedTo"]) => {
                let of = |row: &Value| row.get("resourceId") == Some(&(*id).into());
                let all = self.assignments.iter().filter(|(_, row)| of(row)).map(|(_, row)| row.clone());
                paged(call, all.collect(), 999)
            }
            ("GET", _, [id, "members"]) => {
                self.object(kind, id)?;
                let members = self.members.get(*id).into_iter().flatten();
                let shown = members.filter_map(|member| {
                    let kind = match (self.users.get(member), self.groups.get(member)) {
                        (Some(_), _) => "#microsoft.graph.user",
                        (_, Some(_)) => "#microsoft.graph.group",
                        _ => return None,
                    };
                    Some(json!({ "@odata.type": kind, "id": member }))
                });
                paged(call, shown.collect(), 999)
            }
            (_, _, [id, relation @ ("members" | "owners"), end @ ..]) => {
                self.object(kind, id)?;
                self.route_links(call, id, relation, end)
            }
            _ => Err(gone()),
        }
    }

    fn object(&self, kind: &str, id: &str) -> Result<(), Reply> {
        let rows = match kind {
            "groups" => &self.groups,
            "directoryRoles" => &self.roles,
            _ => &self.applications,
        };
        rows.get(id).map(drop).ok_or_else(gone)
    }

    fn route_links(&mut self, call: &Call, id: &str, relation: &str, end: &[&str]) -> Answer {
        let changes_by_itself = self.groups.get(id).is_some_and(|group| {
            let dynamic = group.pointer("/groupTypes/0") == Some(&"DynamicMembership".into());
            dynamic || group.get("onPremisesSyncEnabled") == Some(&true.into())
        });
        if changes_by_itself && relation == "members" {
            return Err(bad("Insufficient privileges: the membership of the group is not changed here."));
        }
        let links = match relation {
            "members" => &mut self.members,
            _ => &mut self.owners,
        };
        let links = links.entry(id.to_owned()).or_default();
        match (call.method.as_str(), end) {
            ("POST", ["$ref"]) => {
                let new = target(&call.body).ok_or_else(|| bad("An invalid link was given."))?;
                if self.lag > 0 || self.users.get(&new).is_none() {
                    self.lag = self.lag.saturating_sub(1);
                    return Err(gone());
                }
                if links.contains(&new) {
                    let property = "One or more added object references already exist for the following modified properties";
                    return Err(bad(&format!("{property}: '{relation}'.")));
                }
                links.push(new);
                Ok(Reply::empty(204))
            }
            ("DELETE", [user, "$ref"]) => {
                let at = links.iter().position(|own| own == user).ok_or_else(gone)?;
                if relation == "owners" && links.len() == 1 {
                    return Err(bad(
                        "The group must have at least one owner, hence this owner cannot be removed.",
                    ));
                }
                links.remove(at);
                Ok(Reply::empty(204))
            }
            // Without the last word the object itself is meant.
            ("DELETE", [user]) => self.delete_user(user),
            _ => Err(gone()),
        }
    }

    fn list_groups(&self, call: &Call) -> Answer {
        let mut all: Vec<Value> = self.groups.iter().map(|(_, row)| row.clone()).collect();
        if let Some(filter) = call.parameter("$filter") {
            let (property, value) = equality(filter).ok_or_else(|| bad("Invalid filter clause"))?;
            all.retain(|group| {
                let own = group.get(property).and_then(Value::as_str);
                own.is_some_and(|own| own.to_lowercase() == value.to_lowercase())
            });
        }
        paged(call, all, 999)
    }

    fn create_group(&mut self, call: &Call) -> Answer {
        let text = |name: &str| call.body.get(name).and_then(Value::as_str).unwrap_or_default();
        let flag = |name: &str| call.body.get(name).is_some_and(Value::is_boolean);
        if text("displayName").is_empty() || text("mailNickname").is_empty() {
            return Err(bad("A value is required for a property of the resource."));
        }
        if !flag("mailEnabled") || !flag("securityEnabled") {
            return Err(bad("A value is required for property 'mailEnabled' of resource 'Group'."));
        }
        let id = self.seed_group(text("displayName"), "security");
        let group = self.groups.get_mut(&id).ok_or_else(gone)?;
        merge(group, &call.body);
        Ok(Reply::json(201, group.clone()))
    }

    pub(super) fn app_roles(&mut self, call: &Call, user: &str, path: &[&str]) -> Answer {
        let of_user = |row: &Value| row.get("principalId") == Some(&user.into());
        match (call.method.as_str(), path) {
            ("GET", []) => {
                let all = self.assignments.iter().filter(|(_, row)| of_user(row)).map(|(_, row)| row.clone());
                paged(call, all.collect(), 999)
            }
            ("POST", []) => {
                let same = |row: &Value| {
                    ["principalId", "resourceId", "appRoleId"]
                        .iter()
                        .all(|name| row.get(*name) == call.body.get(*name))
                };
                if self.assignments.iter().any(|(_, row)| same(row)) {
                    return Err(bad("Permission being assigned already exists on the object"));
                }
                let id = self.next_id();
                let mut row = json!({ "id": id, "principalType": "User" });
                merge(&mut row, &call.body);
                self.assignments.add(&id, row.clone());
                Ok(Reply::json(201, row))
            }
            ("DELETE", [id]) => {
                self.assignments.remove(id).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }
}
