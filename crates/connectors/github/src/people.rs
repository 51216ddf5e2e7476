//! Who is there: members, people who are invited, outside collaborators.

use serde_json::{Value, json};
use tenure_connector::{Context, ErrorKind, Result};
use tenure_connector_rest::system::{List, id_text, need_text, text};

use crate::Github;

impl Github {
    /// Members, invitations, outside collaborators.
    pub(crate) async fn people(&self, ctx: &Context, list: usize) -> Result<List> {
        let users = self.users.clone();
        let (path, kind) = match list {
            0 => ("members", "member"),
            1 => {
                let invitations = self.org.list(&["invitations"], "")?;
                return Ok(invitations.each(move |row| Ok(vec![users.item(&invited(row)?)?])).into());
            }
            _ => ("outside_collaborators", "outside_collaborator"),
        };
        let without = self.without_factor(ctx, path).await?;
        let shown = move |row: &Value| {
            let mut person = person(row, kind, "active")?;
            if let (Some(without), Some(person)) = (&without, person.as_object_mut()) {
                let has = !without.iter().any(|own| text(row, "/login") == Some(own));
                person.insert("twoFactor".to_owned(), has.into());
            }
            Ok(vec![users.item(&person)?])
        };
        Ok(self.org.list(&[path], "")?.each(shown).into())
    }

    /// Who has no second factor; nothing when only owners may know.
    async fn without_factor(&self, ctx: &Context, path: &str) -> Result<Option<Vec<String>>> {
        let list = self.org.list(&[path], "")?.with("filter", "2fa_disabled");
        match list.all(ctx).await {
            Ok(rows) => {
                Ok(Some(rows.iter().filter_map(|row| text(row, "/login").map(str::to_owned)).collect()))
            }
            Err(error) if matches!(error.kind(), ErrorKind::Permission | ErrorKind::InvalidInput) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Somebody by the login, or by the address of an invitation. Logins have no case.
    pub(crate) async fn person(&self, ctx: &Context, name: &str) -> Result<Option<Value>> {
        let same = |row: &Value, at: &str| text(row, at).is_some_and(|own| own.eq_ignore_ascii_case(name));
        if name.contains('@') {
            let rows = self.org.list(&["invitations"], "")?.all(ctx).await?;
            let found = rows.iter().find(|row| text(row, "/login").is_none() && same(row, "/email"));
            return found.map(invited).transpose();
        }
        let request = self.org.get(&["memberships", name])?;
        if let Some(found) = self.org.try_json(ctx, &request).await? {
            let user = found.get("user").cloned().unwrap_or_default();
            let mut person = person(&user, "member", text(&found, "/state").unwrap_or("active"))?;
            if let Some(person) = person.as_object_mut() {
                let through = found.get("direct_membership") == Some(&false.into());
                person.insert("throughEnterprise".to_owned(), through.into());
                person.insert("role".to_owned(), found.get("role").cloned().unwrap_or_default());
            }
            return Ok(Some(person));
        }
        if !self.config.outside_collaborators {
            return Ok(None);
        }
        let rows = self.org.list(&["outside_collaborators"], "")?.all(ctx).await?;
        let found = rows.iter().find(|row| same(row, "/login"));
        found.map(|row| person(row, "outside_collaborator", "active")).transpose()
    }
}

fn person(row: &Value, kind: &str, state: &str) -> Result<Value> {
    Ok(json!({
        "login": need_text(row, "/login")?, "databaseId": id_text(row, "/id")?, "kind": kind, "state": state, "active": true,
    }))
}

/// Who is invited by login has it as the name from the beginning; who is invited by address has the address until then.
fn invited(row: &Value) -> Result<Value> {
    let invitation = id_text(row, "/id")?;
    Ok(match text(row, "/login") {
        Some(login) => json!({ "login": login, "kind": "member", "state": "pending", "active": true }),
        None => json!({
            "login": need_text(row, "/email")?, "invitation": invitation, "kind": "invitation", "state": "pending",
            "active": true,
        }),
    })
}
