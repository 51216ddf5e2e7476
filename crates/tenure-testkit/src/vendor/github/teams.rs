use serde_json::{Value, json};

use super::shapes;
use super::state::{Answer, Github, forbidden, gone, invalid, paged};
use crate::vendor::{Call, Reply, merge};

impl Github {
    pub(super) fn route_teams(&mut self, call: &Call, path: &[&str]) -> Answer {
        match (call.method.as_str(), path) {
            ("GET", []) => paged(call, self.teams.iter().map(|(_, row)| row.clone()).collect()),
            ("POST", []) => {
                let name = call.body.get("name").and_then(Value::as_str).unwrap_or_default();
                if self.teams.find("/name", name).is_some() {
                    return Err(invalid("Name must be unique for this org"));
                }
                let slug = self.seed_team(name);
                let team = self.teams.get_mut(&slug).ok_or_else(gone)?;
                merge(team, &call.body);
                Ok(Reply::json(201, team.clone()))
            }
            ("GET", [slug]) => Ok(Reply::json(200, self.teams.get(slug).ok_or_else(gone)?.clone())),
            ("PATCH", [slug]) => {
                let team = self.teams.get_mut(slug).ok_or_else(gone)?;
                merge(team, &call.body);
                Ok(Reply::json(200, team.clone()))
            }
            ("DELETE", [slug]) => {
                self.teams.remove(slug).ok_or_else(gone)?;
                self.team_members.remove(*slug);
                Ok(Reply::empty(204))
            }
            ("GET", [slug, "members"]) => {
                self.teams.get(slug).ok_or_else(gone)?;
                let of = self.team_members.get(*slug).into_iter().flat_map(|members| members.keys());
                let members = of.filter_map(|login| self.members.get(login));
                paged(call, members.map(|member| shapes::user(&member.login, member.id)).collect())
            }
            (method, [slug, "memberships", login]) => self.team_memberships(call, method, slug, login),
            _ => Err(gone()),
        }
    }

    fn team_memberships(&mut self, call: &Call, method: &str, slug: &str, login: &str) -> Answer {
        self.teams.get(slug).ok_or_else(gone)?;
        let key = login.to_lowercase();
        if method != "GET" && self.synced.contains(slug) {
            return Err(forbidden("This team is managed by team synchronization"));
        }
        let shown =
            |role: &str| json!({ "url": "https://api.github.com/teams/1", "role": role, "state": "active" });
        let members = self.team_members.entry(slug.to_owned()).or_default();
        match method {
            "GET" => Ok(Reply::json(200, shown(members.get(&key).ok_or_else(gone)?))),
            "PUT" => {
                self.members.get(&key).ok_or_else(gone)?;
                let role = call.body.get("role").and_then(Value::as_str).unwrap_or("member");
                members.insert(key, role.to_owned());
                Ok(Reply::json(200, shown(role)))
            }
            "DELETE" => {
                members.remove(&key);
                Ok(Reply::empty(204))
            }
            _ => Err(gone()),
        }
    }
}
