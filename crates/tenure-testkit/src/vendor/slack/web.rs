use serde_json::{Value, json};

use super::Slack;
use super::state::Rank;
use crate::vendor::{Call, merge, page_of};

type Answer = Result<Value, &'static str>;

impl Slack {
    pub(super) fn web(&mut self, method: &str, call: &Call) -> Answer {
        let field = |name: &str| {
            call.body
                .get(name)
                .and_then(Value::as_str)
                .or_else(|| call.parameter(name))
                .unwrap_or_default()
                .to_owned()
        };
        match method {
            "auth.test" => Ok(json!({
                "ok": true, "url": "https://meridian.slack.com/", "team": "Meridian", "user": "olga",
                "team_id": self.team, "user_id": "U001",
            })),
            "users.list" => Ok(self.list_users(call)),
            "team.billableInfo" => {
                let billed = self
                    .users
                    .iter()
                    .map(|(id, user)| (id.to_owned(), json!({ "billing_active": self.is_billed(id, user) })));
                Ok(json!({ "ok": true, "billable_info": billed.collect::<serde_json::Map<_, _>>() }))
            }
            "team.accessLogs" => Ok(self.access_logs(call)),
            "admin.users.session.reset" => {
                self.users.get(&field("user_id")).ok_or("user_not_found")?;
                self.sessions.remove(&field("user_id"));
                Ok(json!({ "ok": true }))
            }
            "admin.users.setAdmin" => self.set_rank(&field("team_id"), &field("user_id"), Rank::Admin),
            "admin.users.setOwner" => self.set_rank(&field("team_id"), &field("user_id"), Rank::Owner),
            "admin.users.setRegular" => self.set_rank(&field("team_id"), &field("user_id"), Rank::Regular),
            "usergroups.list" => {
                let all = call.parameter("include_disabled") == Some("true");
                let with_users = call.parameter("include_users") == Some("true");
                let shown = self.usergroups.iter().filter(|(id, _)| all || !self.is_disabled(id));
                let shown = shown.map(|(id, group)| {
                    let mut group = group.clone();
                    if with_users {
                        merge(&mut group, &json!({ "users": self.members_of(id) }));
                    }
                    group
                });
                Ok(json!({ "ok": true, "usergroups": shown.collect::<Vec<_>>() }))
            }
            "usergroups.users.list" => {
                self.usergroups.get(&field("usergroup")).ok_or("no_such_subteam")?;
                Ok(json!({ "ok": true, "users": self.members_of(&field("usergroup")) }))
            }
            "usergroups.users.update" => self.replace_members(&field("usergroup"), &field("users")),
            "usergroups.enable" => self.set_disabled(&field("usergroup"), 0),
            "usergroups.disable" => self.set_disabled(&field("usergroup"), call.now),
            "conversations.list" => {
                Ok(self.paged(call, "channels", self.channels.iter().map(|(_, c)| c.clone()).collect()))
            }
            "conversations.members" => {
                self.channels.get(&field("channel")).ok_or("channel_not_found")?;
                let members = self.members_of(&field("channel")).into_iter().map(Value::from).collect();
                Ok(self.paged(call, "members", members))
            }
            "conversations.invite" => {
                let shown = self.channels.get(&field("channel")).ok_or("channel_not_found")?.clone();
                let user = self.users.get(&field("users")).ok_or("user_not_found")?;
                if user.get("active") != Some(&true.into()) {
                    return Err("user_is_deactivated");
                }
                let new = self.members.entry(field("channel")).or_default().insert(field("users"));
                if new { Ok(json!({ "ok": true, "channel": shown })) } else { Err("already_in_channel") }
            }
            "conversations.kick" => {
                let channel = self.channels.get(&field("channel")).ok_or("channel_not_found")?;
                if channel.get("is_general") == Some(&true.into()) {
                    return Err("cant_kick_from_general");
                }
                let there = self.members.entry(field("channel")).or_default().remove(&field("user"));
                if there { Ok(json!({ "ok": true })) } else { Err("not_in_channel") }
            }
            _ => Err("unknown_method"),
        }
    }

    fn list_users(&self, call: &Call) -> Value {
        let shown = |(id, user): (&str, &Value)| {
            let rank = self.rank(id);
            json!({
                "id": id, "team_id": self.team, "name": user["userName"], "profile": {}, "is_bot": false, "updated": 1,
                "is_app_user": false, "deleted": user["active"] != true, "is_admin": rank >= Rank::Admin,
                "is_owner": rank >= Rank::Owner, "is_primary_owner": rank == Rank::Primary,
                "is_restricted": rank == Rank::Guest, "is_ultra_restricted": false, "has_2fa": false,
            })
        };
        let mut page = self.paged(call, "members", self.users.iter().map(shown).collect());
        merge(&mut page, &json!({ "cache_ts": call.now }));
        page
    }

    /// A page by cursor; an empty text is the end.
    fn paged(&self, call: &Call, name: &str, all: Vec<Value>) -> Value {
        let size = usize::try_from(call.number("limit").unwrap_or(100)).unwrap_or(100);
        let start =
            call.parameter("cursor").and_then(|cursor| cursor.strip_prefix("at:")?.parse().ok()).unwrap_or(0);
        let (items, next) = page_of(all, start, size);
        let next = next.map(|next| format!("at:{next}")).unwrap_or_default();
        json!({ "ok": true, name: items, "response_metadata": { "next_cursor": next } })
    }

    fn access_logs(&self, call: &Call) -> Value {
        let size = call.number("count").unwrap_or(100).min(1000);
        let page = call.number("page").unwrap_or(1).max(1);
        let total = self.logins.len() as u64;
        let start = usize::try_from((page - 1) * size).unwrap_or(usize::MAX);
        let newest = self.logins.iter().rev().cloned().collect();
        let (logins, _) = page_of(newest, start, usize::try_from(size).unwrap_or(1000));
        let pages = total.div_ceil(size).max(1);
        json!({ "ok": true, "logins": logins, "paging": { "count": size, "total": total, "page": page, "pages": pages } })
    }

    fn set_rank(&mut self, team: &str, user: &str, rank: Rank) -> Answer {
        if team != self.team {
            return Err("team_not_found");
        }
        self.users.get(user).ok_or("user_not_found")?;
        if self.rank(user) == Rank::Primary {
            return Err("cannot_demote_primary_owner");
        }
        self.ranks.insert(user.to_owned(), rank);
        Ok(json!({ "ok": true }))
    }

    fn replace_members(&mut self, group: &str, users: &str) -> Answer {
        self.usergroups.get(group).ok_or("no_such_subteam")?;
        if self.is_disabled(group) {
            return Err("subteam_disabled");
        }
        let users: Vec<String> = users.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        if users.is_empty() {
            return Err("no_users_provided");
        }
        if users.iter().any(|id| self.users.get(id).is_none_or(|user| user["active"] != true)) {
            return Err("invalid_users");
        }
        self.members.insert(group.to_owned(), users.into_iter().collect());
        Ok(json!({ "ok": true, "usergroup": self.usergroups.get(group) }))
    }

    fn set_disabled(&mut self, group: &str, at: i64) -> Answer {
        let row = self.usergroups.get_mut(group).ok_or("no_such_subteam")?;
        merge(row, &json!({ "date_delete": at }));
        Ok(json!({ "ok": true, "usergroup": self.usergroups.get(group) }))
    }
}

pub(super) fn channel(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "created": 1, "creator": "U001", "is_archived": false, "is_channel": true,
        "is_general": name == "general", "is_mpim": false, "is_group": false, "is_org_shared": false, "is_im": false,
        "is_shared": false, "is_private": false, "name_normalized": name, "topic": { "creator": "", "last_set": 0, "value": "" },
        "purpose": { "creator": "", "last_set": 0, "value": "" },
    })
}
