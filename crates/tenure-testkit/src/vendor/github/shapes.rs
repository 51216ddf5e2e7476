//! What GitHub shows of things: most of it is addresses.

use serde_json::{Value, json};

use crate::vendor::moment;

const API: &str = "https://api.github.com";

pub(super) fn user(login: &str, id: u64) -> Value {
    let url = format!("{API}/users/{login}");
    json!({
        "login": login, "id": id, "node_id": format!("U_{id}"), "avatar_url": url, "gravatar_id": "", "url": url,
        "html_url": url, "followers_url": url, "following_url": url, "gists_url": url, "starred_url": url,
        "subscriptions_url": url, "organizations_url": url, "repos_url": url, "events_url": url,
        "received_events_url": url, "type": "User", "site_admin": false,
    })
}

pub(super) fn membership(organization: &str, user: &Value, state: &str, role: &str, direct: bool) -> Value {
    let url = format!("{API}/orgs/{organization}");
    let simple = json!({
        "login": organization, "url": url, "id": 1, "node_id": "O_1", "repos_url": url, "events_url": url,
        "hooks_url": url, "issues_url": url, "members_url": url, "public_members_url": url, "avatar_url": url,
        "description": null,
    });
    json!({
        "url": url, "state": state, "role": role, "direct_membership": direct, "organization_url": url,
        "organization": simple, "user": user,
    })
}

pub(super) fn organization(name: &str, seats: u64, filled: usize) -> Value {
    let url = format!("{API}/orgs/{name}");
    json!({
        "login": name, "url": url, "id": 1, "node_id": "O_1", "repos_url": url, "events_url": url, "hooks_url": url,
        "issues_url": url, "members_url": url, "public_members_url": url, "avatar_url": url, "description": null,
        "html_url": url, "has_organization_projects": true, "has_repository_projects": true, "public_repos": 0,
        "public_gists": 0, "followers": 0, "following": 0, "type": "Organization", "created_at": moment(0),
        "updated_at": moment(0), "archived_at": null,
        "plan": { "name": "team", "space": 1, "private_repos": 1, "filled_seats": filled, "seats": seats },
    })
}

pub(super) fn invitation(id: u64, login: Option<&str>, email: Option<&str>, role: &str, now: i64) -> Value {
    json!({
        "id": id, "login": login, "email": email, "role": role, "created_at": moment(now), "failed_at": null,
        "failed_reason": null, "inviter": user("olga", 1), "team_count": 0, "node_id": format!("I_{id}"),
        "invitation_teams_url": format!("{API}/organizations/1/invitations/{id}/teams"),
    })
}

pub(super) fn team(id: u64, slug: &str, name: &str) -> Value {
    let url = format!("{API}/organizations/1/team/{id}");
    json!({
        "id": id, "node_id": format!("T_{id}"), "url": url, "html_url": url, "members_url": url,
        "repositories_url": url, "name": name, "slug": slug, "description": null, "privacy": "closed",
        "permission": "pull", "parent": null, "type": "organization", "members_count": 0, "repos_count": 0,
        "created_at": moment(0), "updated_at": moment(0),
        "organization": { "login": "meridian", "url": url, "id": 1, "node_id": "O_1", "repos_url": url,
            "events_url": url, "hooks_url": url, "issues_url": url, "members_url": url, "public_members_url": url,
            "avatar_url": url, "description": null, "html_url": url, "has_organization_projects": true,
            "has_repository_projects": true, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
            "type": "Organization", "created_at": moment(0), "updated_at": moment(0), "archived_at": null },
    })
}

pub(super) fn role(id: u64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "description": null, "source": "Predefined", "permissions": [], "organization": null,
        "created_at": moment(0), "updated_at": moment(0),
    })
}

/// An invitation to a repository, whose shape is mostly addresses, too.
pub(super) fn repository_invitation(id: u64, repository: &str, invitee: &Value, permissions: &str) -> Value {
    const ADDRESSES: [&str; 38] = [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "html",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
        "",
    ];
    let url = format!("{API}/repos/meridian/{repository}");
    let mut shown = json!({
        "id": 1, "node_id": "R_1", "name": repository, "full_name": format!("meridian/{repository}"), "private": true,
        "fork": false, "description": null, "owner": user("meridian", 1),
    });
    for name in ADDRESSES {
        let name = if name.is_empty() { "url".to_owned() } else { format!("{name}_url") };
        if let Some(shown) = shown.as_object_mut() {
            shown.insert(name, url.as_str().into());
        }
    }
    json!({
        "id": id, "node_id": format!("RI_{id}"), "repository": shown, "invitee": invitee, "inviter": user("olga", 1),
        "permissions": permissions, "created_at": moment(0), "expired": false, "url": url, "html_url": url,
    })
}
