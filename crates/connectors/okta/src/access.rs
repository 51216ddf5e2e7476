//! Groups, administrators' roles and applications.

use serde_json::{Value, json};
use tenure_connector::Result;
use tenure_connector::entitlement::Entitlement;
use tenure_connector_rest::system::{Kind, Listing, delete, post, put, text};

use crate::Okta;
use crate::fields::ROLES;

impl Okta {
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let client = &self.client;
        let group = Kind::new("group", client)
            .listed(client.list(&["groups"], "")?, "/id", "/profile/name")
            .read_at("groups/{id}")
            // Groups of applications and of Okta itself are read only.
            .fixed_when(
                |group| text(group, "/type") != Some("OKTA_GROUP"),
                "the group is not Okta's own and does not change here",
            )
            .everybody_in(|group| text(group, "/type") == Some("BUILT_IN"))
            .members("groups/{id}/users", "", "/id")
            .held_in("users/{account}/groups", "", "/id")
            .granted(put("groups/{id}/users/{account}"))
            .revoked(delete("groups/{id}/users/{account}"));
        let assignees = Listing::new(client, client.get(&["iam", "assignees", "users"])?, "/value");
        let role = Kind::new("role", client)
            .given(ROLES.map(|role| Entitlement::new("role", role)))
            .of_each(assignees, "/id", "users/{account}/roles", "/type")
            .held_in("users/{account}/roles", "", "/type")
            .inherited_when(
                |role| text(role, "/assignmentType") == Some("GROUP"),
                "the role came by a group; take the group away",
            )
            .granted(post("users/{account}/roles").json(|to| json!({ "type": to.id })))
            .revoked(delete("users/{account}/roles/{row.id}"));
        if !self.config.apps {
            return Ok(vec![group, role]);
        }
        let app = Kind::new("app", client)
            .listed(client.list(&["apps"], "")?, "/id", "/label")
            .members("apps/{id}/users", "", "/id")
            .held_at("apps/{id}/users/{account}")
            .inherited_when(by_group, "the application came by a group; take the group away")
            .granted(post("apps/{id}/users").json(|to| json!({ "id": to.account, "scope": "USER" })))
            .revoked(delete("apps/{id}/users/{account}?sendEmail=false"));
        Ok(vec![group, role, app])
    }
}

fn by_group(assignment: &Value) -> bool {
    text(assignment, "/scope") == Some("GROUP")
}
