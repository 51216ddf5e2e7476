//! Groups, directory roles and roles of applications.

use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::RestClient;
use tenure_connector_rest::system::{Found, Kind, To, delete, need_text, post, text};

use crate::fields::is_own;
use crate::licences::{Way, way};
use crate::system::link;
use crate::{AppRole, Entra};

const NOT_OURS: &str = "members of the group come by a rule, from another directory or from Exchange";

impl Entra {
    /// Groups, directory roles, licences, roles of applications. Only directory roles that were ever used are there.
    pub(crate) fn all_kinds(&self) -> Result<Vec<Kind>> {
        let whole = self.client.without_lists();
        let mut kinds = vec![
            self.joined("group", &self.client, "groups")?
                .listed(self.all_groups()?, "/id", "/displayName")
                .read_at("groups/{id}")
                .fixed_when(|group| !is_own(group), NOT_OURS)
                .held_in("users/{account}/memberOf?$select=id&$top=999", "/value", "/id")
                .trusting(),
            self.joined("role", &whole, "directoryRoles")?
                .listed(whole.list(&["directoryRoles"], "/value")?, "/id", "/displayName")
                .looked_for(),
            // The licences of a whole company are nobody's seat.
            Kind::new("licence", &whole)
                .listed(whole.list(&["subscribedSkus"], "/value")?, "/skuId", "/skuPartNumber")
                .listing_only(|sku| text(sku, "/appliesTo") != Some("Company"))
                .seats("/prepaidUnits/enabled", "/consumedUnits")
                .looked_for()
                .grants(self.seats()?)
                .held_when(|user, sku| way(user, sku) != Way::None),
        ];
        if !self.config.app_roles.is_empty() {
            kinds.push(self.app_roles()?);
        }
        Ok(kinds)
    }

    /// What users join by a link. Groups and devices among the members are no accounts.
    fn joined(&self, kind: &'static str, client: &RestClient, many: &str) -> Result<Kind> {
        let objects = self.client.get(&["directoryObjects"])?.url().to_string();
        let user = move |to: To<'_>| json!({ "@odata.id": format!("{objects}/{}", to.account) });
        let at = |end| link([many, "{id}"], "members", end).join("/");
        Ok(Kind::new(kind, client)
            .members(format!("{many}/{{id}}/members?$select=id"), "/value", "/id")
            .only(|member| text(member, "/@odata.type") == Some("#microsoft.graph.user"))
            .granted(post(at(None)).json(user))
            .revoked(delete(at(Some("{account}")))))
    }

    fn app_roles(&self) -> Result<Kind> {
        let shown = |app: &AppRole| Entitlement::new("app", &app.id()).with_display(&app.name);
        let mut kind = Kind::new("app", &self.client).given(self.config.app_roles.iter().map(shown));
        for app in &self.config.app_roles {
            let path = ["servicePrincipals", &app.resource, "appRoleAssignedTo"];
            let app = app.clone();
            kind = kind.grants(self.client.list(&path, "/value")?.each(move |row| {
                let is_users = text(row, "/principalType") == Some("User");
                let user = text(row, "/principalId").filter(|_| is_users && is_of(row, &app.id()));
                let grant = |user| GrantRecord::new(user, EntitlementRef::new("app", app.id()));
                Ok(user.map(|user| Object::from(&grant(user))).into_iter().collect())
            }));
        }
        Ok(kind.granted(post("users/{account}/appRoleAssignments").json(|to| {
            let (resource, role) = to.id.split_once('/').unwrap_or_default();
            json!({ "principalId": to.account, "resourceId": resource, "appRoleId": role })
        })))
    }

    pub(crate) async fn take_app(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let path = ["users", user.id, "appRoleAssignments"];
        let own = self.client.list(&path, "/value")?.all(user.ctx).await?;
        let Some(same) = own.iter().find(|row| is_of(row, &held.id)) else {
            return Ok(Outcome::already_gone());
        };
        let request = self.client.delete(&[&path[..], &[need_text(same, "/id")?]].concat())?;
        self.client.removed(user.ctx, request).await
    }
}

/// Whether an assignment is one of this role of an application.
fn is_of(row: &Value, app: &str) -> bool {
    let (resource, role) = app.split_once('/').unwrap_or_default();
    text(row, "/resourceId") == Some(resource) && text(row, "/appRoleId") == Some(role)
}
