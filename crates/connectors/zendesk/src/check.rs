use std::collections::BTreeSet;

use serde_json::Value;
use tenure_connector::{CheckReport, Connector as _, Context, ErrorKind, Result};
use tenure_connector_rest::narrow;

use crate::ZendeskConnector;
use crate::fields::AUDIT_LOG;
use crate::vendor::{member, text};

impl ZendeskConnector {
    /// Asks who the connector is, which scopes its token has, and what the plan lacks.
    pub(crate) async fn report(&self, ctx: &Context) -> Result<CheckReport> {
        let answer = self.client.send(ctx, &self.client.get(&["api", "v2", "users", "me"])?).await?;
        let mut report = CheckReport::ok(self.capabilities());
        report.rate = answer.rate();
        let me = member(&answer.json()?, "user")?.clone();
        if text(&me, "role") != Some("admin") {
            let found = text(&me, "role").unwrap_or("nobody").to_owned();
            report
                .warnings
                .push(format!("expected the connector's own account to be an admin, found `{found}`"));
            narrow(&mut report, |_| false);
        } else if let Some(scopes) = self.scopes(ctx).await? {
            narrow(&mut report, |permission| scopes.contains("write") || scopes.contains(permission));
        }
        if self.roles(ctx).await?.is_empty() {
            report
                .warnings
                .push("the plan has no custom roles: only `agent` and `admin` can be granted".to_owned());
        }
        let request = self.client.get(&["api", "v2", "audit_logs"])?.with_query("page[size]", "1");
        match self.client.send(ctx, &request).await {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                report.capabilities.classes.remove(&AUDIT_LOG);
                report.warnings.push("the plan has no audit logs".to_owned());
            }
            Err(error) => return Err(error),
        }
        Ok(report)
    }

    /// The scopes of an OAuth token; `None` for an API token, which may do what its owner may.
    async fn scopes(&self, ctx: &Context) -> Result<Option<BTreeSet<String>>> {
        let request = self.client.get(&["api", "v2", "oauth", "tokens", "current"])?;
        let answer = match self.client.send(ctx, &request).await {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let body: Value = answer.json()?;
        let scopes = body.pointer("/token/scopes").and_then(Value::as_array);
        Ok(scopes.map(|scopes| scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
    }
}
