use tenure_connector::{Capabilities, CheckReport, Result};

use crate::connector::SqlConnector;
use crate::db::Sql;

impl SqlConnector {
    /// Connects, and asks for every table and column of the layout.
    pub(crate) async fn look(&self, capabilities: Capabilities) -> Result<CheckReport> {
        let mut session = self.backend.session().await?;
        let mut report = CheckReport::ok(capabilities);
        report.system_version = Some(session.version().await?);
        let dialect = session.dialect();
        for rows in [Some(&self.users), self.groups.as_ref()].into_iter().flatten() {
            let mut sql = rows.select(dialect, false);
            sql.push(" AND 1 = 0");
            session.query(&sql).await?;
        }
        if let Some(links) = &self.links {
            let mut sql = Sql::new(dialect, "SELECT ");
            sql.shown(&links.user).push(", ").shown(&links.group).push(" FROM ").name(&links.table);
            sql.push(" WHERE 1 = 0");
            for (column, mark) in &links.fixed {
                sql.push(" AND ");
                mark.condition(column, &mut sql);
            }
            session.query(&sql).await?;
        }
        if self.users.version.is_none() {
            let loose = "the table has no version column: a writer that does not lock rows is seen only when it is done";
            report.warnings.push(loose.to_owned());
        }
        Ok(report)
    }
}
