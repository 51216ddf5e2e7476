//! Roles of the organisation, and what single people may do in repositories.

use serde_json::{Value, json};

use super::shapes;
use super::state::{Answer, Github, forbidden, gone, invalid, paged};
use crate::vendor::{Call, Reply};

impl Github {
    /// Adds a repository.
    pub fn seed_repository(&mut self, name: &str) {
        self.repositories.entry(name.to_owned()).or_default();
    }

    /// Gives somebody a permission in a repository: `read`, `triage`, `write`, `maintain`, `admin`, or a role that somebody
    /// made.
    pub fn seed_collaborator(&mut self, repository: &str, login: &str, role: &str) {
        let people = self.repositories.entry(repository.to_owned()).or_default();
        people.insert(login.to_owned(), role.to_owned());
    }

    /// What somebody has in a repository.
    #[must_use]
    pub fn collaborator(&self, repository: &str, login: &str) -> Option<&str> {
        self.repositories.get(repository)?.get(login).map(String::as_str)
    }

    /// How many invitations to repositories wait.
    #[must_use]
    pub fn repository_invitations(&self) -> usize {
        self.repository_invitations.len()
    }

    /// Adds a role of the organisation; gives its id.
    pub fn seed_role(&mut self, name: &str) -> String {
        let id = self.number() + 8000;
        self.roles.add(&id.to_string(), shapes::role(id, name));
        id.to_string()
    }

    /// Gives somebody a role by a team.
    pub fn seed_role_by_team(&mut self, role: &str, login: &str) {
        self.role_holders.entry(role.to_owned()).or_default().insert(login.to_owned(), "indirect");
    }

    /// How somebody has a role.
    #[must_use]
    pub fn role_of(&self, role: &str, login: &str) -> Option<&'static str> {
        self.role_holders.get(role)?.get(login).copied()
    }

    fn id_of(&self, login: &str) -> Option<u64> {
        let member = self.members.get(&login.to_lowercase()).map(|member| member.id);
        member.or_else(|| self.outside.get(login).copied())
    }

    pub(super) fn route_roles(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", []) if self.roles.is_empty() => Err(gone()),
            ("GET", []) => {
                let all: Vec<Value> = self.roles.iter().map(|(_, row)| row.clone()).collect();
                Ok(Reply::json(200, json!({ "total_count": all.len(), "roles": all })))
            }
            ("GET", [role, "users"]) => {
                self.roles.get(role).ok_or_else(gone)?;
                let mut all = Vec::new();
                for (login, how) in self.role_holders.get(*role).into_iter().flatten() {
                    let mut row = shapes::user(login, self.id_of(login).ok_or_else(gone)?);
                    if let Some(row) = row.as_object_mut() {
                        row.insert("assignment".to_owned(), (*how).into());
                    }
                    all.push(row);
                }
                paged(call, all)
            }
            (method, ["users", login, role]) => {
                self.roles.get(role).ok_or_else(gone)?;
                self.members.get(&login.to_lowercase()).ok_or_else(gone)?;
                let holders = self.role_holders.entry((*role).to_owned()).or_default();
                match method {
                    "PUT" => drop(holders.insert((*login).to_owned(), "direct")),
                    // Who has it by a team keeps it, and the answer does not say so.
                    "DELETE" => holders.retain(|own, how| own != login || *how == "indirect"),
                    _ => return Err(gone()),
                }
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    pub(super) fn route_repository(&mut self, call: &Call, name: &str, path: &[&str]) -> Answer {
        let people = self.repositories.get(name).ok_or_else(gone)?;
        match (call.method.as_str(), path) {
            ("GET", ["collaborators"]) => {
                let mut all = Vec::new();
                for (login, role) in people {
                    let mut row = shapes::user(login, self.id_of(login).ok_or_else(gone)?);
                    if let Some(row) = row.as_object_mut() {
                        row.insert("role_name".to_owned(), role.as_str().into());
                    }
                    all.push(row);
                }
                // Owners are collaborators of everything, but not by themselves.
                if call.parameter("affiliation") != Some("direct") {
                    let owners = self.members.values().filter(|member| member.role == "admin");
                    all.extend(owners.map(|member| {
                        let mut row = shapes::user(&member.login, member.id);
                        if let Some(row) = row.as_object_mut() {
                            row.insert("role_name".to_owned(), "admin".into());
                        }
                        row
                    }));
                }
                paged(call, all)
            }
            ("PUT", ["collaborators", login]) => self.put_collaborator(call, name, login),
            ("DELETE", ["collaborators", login]) => {
                self.repositories.get_mut(name).ok_or_else(gone)?.remove(*login);
                Ok(Reply::empty(204))
            }
            ("GET", ["invitations"]) => {
                let of = |row: &Value| row.pointer("/repository/name") == Some(&name.into());
                let all = self.repository_invitations.iter().filter(|(_, row)| of(row));
                paged(call, all.map(|(_, row)| row.clone()).collect())
            }
            ("PATCH", ["invitations", id]) => {
                let row = self.repository_invitations.get_mut(id).ok_or_else(gone)?;
                if let (Some(row), Some(new)) = (row.as_object_mut(), call.body.get("permissions")) {
                    row.insert("permissions".to_owned(), new.clone());
                }
                Ok(Reply::json(200, row.clone()))
            }
            ("DELETE", ["invitations", id]) => {
                self.repository_invitations.remove(id).ok_or_else(gone)?;
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }

    fn put_collaborator(&mut self, call: &Call, name: &str, login: &str) -> Answer {
        let permission = call.body.get("permission").and_then(Value::as_str).unwrap_or("push");
        let role = match permission {
            "pull" => "read",
            "push" => "write",
            same @ ("triage" | "maintain" | "admin") => same,
            _ => return Err(invalid("permission is not included in the list")),
        };
        let id = self.id_of(login).ok_or_else(gone)?;
        let people = self.repositories.get_mut(name).ok_or_else(gone)?;
        let is_member = self.members.get(&login.to_lowercase()).is_some_and(|own| own.state == "active");
        if is_member || people.contains_key(login) {
            people.insert(login.to_owned(), role.to_owned());
            return Ok(Reply::empty(204));
        }
        if self.repository_invitations.find("/invitee/login", login).is_some() {
            return Err(forbidden("An invitation waits already"));
        }
        let number = self.number();
        let row = shapes::repository_invitation(number, name, &shapes::user(login, id), role);
        self.repository_invitations.add(&number.to_string(), row.clone());
        Ok(Reply::json(201, row))
    }
}
