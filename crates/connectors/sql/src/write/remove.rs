use tenure_connector::{ObjectClass, Outcome, Result, SideEffect};

use crate::connector::SqlConnector;
use crate::db::{Session, Sql};
use crate::error::{unfit, unsupported};
use crate::filter::keyed;
use crate::layout::{Found, Rows};

impl SqlConnector {
    /// Deletes a row and the memberships that it is part of.
    pub(super) async fn delete(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        found: Found,
    ) -> Result<Outcome> {
        let key = rows.key_of(&found.id).ok_or_else(|| unfit(format!("`{}` is no key", found.id)))?;
        if let Some(links) = &self.links {
            let column = if rows.class == ObjectClass::USER { &links.user } else { &links.group };
            let mut sql = Sql::new(session.dialect(), "DELETE FROM ");
            sql.name(&links.table).push(" WHERE ").column(column).push(" = ").bind(key.clone());
            for (column, mark) in &links.fixed {
                sql.push(" AND ");
                mark.condition(column, &mut sql);
            }
            session.execute(&sql).await?;
        }
        let mut sql = Sql::new(session.dialect(), "DELETE FROM ");
        sql.name(&rows.table).push(" WHERE 1 = 1");
        keyed(rows, key, &mut sql);
        session.execute(&sql).await.map_err(|error| match error.kind() {
            tenure_connector::ErrorKind::Policy => {
                error.with_help("another table refers to the row; disable the account")
            }
            _ => error,
        })?;
        Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
    }

    /// Marks a row as deleted. Its memberships stay, and count again when it is restored.
    pub(super) async fn hide(&self, session: &mut dyn Session, rows: &Rows, found: Found) -> Result<Outcome> {
        let Some(deleted) = &rows.deleted else {
            return Err(unsupported("the layout keeps no deleted rows")
                .with_help("delete for good, or stop the account with `set_status`"));
        };
        self.change(session, rows, &found, vec![(&deleted.column, deleted.gone.param())]).await?;
        Ok(Outcome::done(true))
    }

    pub(super) async fn restore(
        &self,
        session: &mut dyn Session,
        rows: &Rows,
        found: Found,
    ) -> Result<Outcome> {
        let Some(deleted) = &rows.deleted else {
            return Err(unsupported("the layout keeps no deleted rows"));
        };
        if !found.deleted {
            return Ok(Outcome::already_so().with_object(found.reference(rows)));
        }
        // Someone may have taken the name meanwhile.
        self.refuse_taken(session, rows, &found.resource, Some(&found.id)).await?;
        let after = self.change(session, rows, &found, vec![(&deleted.column, deleted.live.param())]).await?;
        Ok(Outcome::done(true).with_object(after.reference(rows)).with_version(after.version))
    }
}
