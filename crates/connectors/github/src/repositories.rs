//! What single people may do in single repositories.

use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, EntitlementRef, Object, Outcome, Result};
use tenure_connector_rest::absent;
use tenure_connector_rest::system::{Found, Kind, Listing, id_text, need_text, no_entitlement, text};

use crate::Github;
use crate::access::collaborator;

const KIND: &str = "repository";

/// What a request calls a permission, and what answers and invitations call it.
const PERMISSIONS: [(&str, &str); 5] =
    [("pull", "read"), ("triage", "triage"), ("push", "write"), ("maintain", "maintain"), ("admin", "admin")];

/// What somebody has in a repository by himself, or is invited to have.
struct Access {
    permission: String,
    invitation: Option<String>,
}

impl Github {
    /// The permissions in each configured repository, of which somebody has one.
    pub(crate) fn permissions(&self) -> Result<Kind> {
        let mut kind = Kind::new(KIND, &self.repositories).for_whom(collaborator);
        let mut all = Vec::new();
        for name in &self.config.repositories {
            let one = |permission: &str| Entitlement::new(KIND, &format!("{name}/{permission}"));
            let group = format!("{KIND} {name}");
            all.extend(PERMISSIONS.iter().map(|(permission, _)| one(permission).exclusive_in(&group)));
            for (list, login, permission) in self.who_works_in(name)? {
                let name = name.clone();
                kind = kind.grants(list.each(move |row| {
                    let Some(login) = text(row, login) else { return Ok(Vec::new()) };
                    let held = format!("{name}/{}", asked(need_text(row, permission)?));
                    Ok(vec![Object::from(&GrantRecord::new(login, EntitlementRef::new(KIND, held)))])
                }));
            }
        }
        Ok(kind.given(all))
    }

    /// Who has a permission in a repository without a team and without owning everything, and who is invited to; with the
    /// places of the login and the permission.
    fn who_works_in(&self, repository: &str) -> Result<[(Listing, &'static str, &'static str); 2]> {
        let direct = self.repositories.list(&[repository, "collaborators"], "")?;
        let invited = self.repositories.list(&[repository, "invitations"], "")?;
        let direct = direct.with("affiliation", "direct");
        Ok([(direct, "/login", "/role_name"), (invited, "/invitee/login", "/permissions")])
    }

    async fn access(&self, ctx: &Context, repository: &str, login: &str) -> Result<Option<Access>> {
        for (list, at, permission) in self.who_works_in(repository)? {
            let rows = list.all(ctx).await?;
            let same = |own: &str| own.eq_ignore_ascii_case(login);
            if let Some(row) = rows.iter().find(|row| text(row, at).is_some_and(same)) {
                let permission = asked(need_text(row, permission)?).to_owned();
                let invitation = if at == "/login" { None } else { Some(id_text(row, "/id")?) };
                return Ok(Some(Access { permission, invitation }));
            }
        }
        Ok(None)
    }

    /// Whoever is in the organisation has the permission at once, anybody else is invited. A permission takes the place of
    /// the one before.
    pub(crate) async fn give_access(&self, user: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        let (repository, permission) = wanted.id.rsplit_once('/').ok_or_else(|| no_entitlement(wanted))?;
        let before = absent(self.access(user.ctx, repository, user.id).await)?;
        let client = &self.repositories;
        let request = match before.ok_or_else(|| no_entitlement(wanted))? {
            Some(before) if before.permission == permission => return Ok(Outcome::already_so()),
            // An invitation is changed: a second one would be refused.
            Some(Access { invitation: Some(invitation), .. }) => client
                .patch(&[repository, "invitations", &invitation])?
                .with_json(&json!({ "permissions": shown(permission) }))?,
            _ => client
                .put(&[repository, "collaborators", user.id])?
                .with_json(&json!({ "permission": permission }))?,
        };
        client.done(user.ctx, request).await
    }

    pub(crate) async fn take_access(&self, user: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let (repository, permission) = held.id.rsplit_once('/').ok_or_else(|| no_entitlement(held))?;
        if !self.config.repositories.iter().any(|own| own == repository) {
            return Ok(Outcome::already_gone());
        }
        let before = absent(self.access(user.ctx, repository, user.id).await)?.flatten();
        let Some(before) = before.filter(|before| before.permission == permission) else {
            return Ok(Outcome::already_gone());
        };
        let path = match &before.invitation {
            Some(invitation) => [repository, "invitations", invitation],
            None => [repository, "collaborators", user.id],
        };
        self.repositories.removed(user.ctx, self.repositories.delete(&path)?).await
    }
}

/// The name of a request for a name of an answer; a role that somebody made has one name.
fn asked(name: &str) -> &str {
    PERMISSIONS.iter().find(|(_, own)| *own == name).map_or(name, |(asked, _)| asked)
}

fn shown(name: &str) -> &str {
    PERMISSIONS.iter().find(|(own, _)| *own == name).map_or(name, |(_, shown)| shown)
}
