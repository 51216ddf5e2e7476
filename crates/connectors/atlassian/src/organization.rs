//! The organisation above a site: it suspends users, disables managed accounts, and knows when somebody was there.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use tenure_connector::{AccountStatus, Context, ErrorKind, Outcome, Result, SessionScope};
use tenure_connector_rest::system::{
    Found, System as _, SystemConnector, Wire, items, refused, text, unclear,
};
use tenure_connector_rest::{Auth, RestClient};

use crate::{Atlassian, AtlassianConfig, AtlassianConnector, fields};

/// The organisation's API, which takes no token of a site.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) client: RestClient,
    id: String,
}

/// Makes a connector that reaches the organisation as well, with its own key.
///
/// # Errors
///
/// `Config`, when an address cannot be used, or the configuration names no organisation.
pub fn with_organization(
    config: AtlassianConfig,
    site: Auth,
    organization: Auth,
    http: reqwest::Client,
) -> Result<AtlassianConnector> {
    let Some(id) = config.organization.clone() else {
        let why = "expected the id of the organisation in the configuration, found none";
        return Err(refused(ErrorKind::Config, why));
    };
    let wire = Wire::new(site, http);
    let client = wire.with_auth(organization);
    let client = client.client(&config.organization_url, config.timeout_seconds, fields::rules())?;
    let mut system = Atlassian::new(config, &wire)?;
    system.organization = Some(Organization { client, id });
    Ok(SystemConnector::of(system, wire))
}

impl Organization {
    /// Suspending keeps roles and groups for the way back. Disabling takes a managed account as a whole.
    pub(crate) async fn set_status(
        &self,
        user: Found<'_>,
        status: AccountStatus,
        managed: bool,
    ) -> Result<Outcome> {
        let (ctx, client) = (user.ctx, &self.client);
        let access =
            |what: &'static str| ["admin", "v1", "orgs", &self.id, "directory", "users", user.id, what];
        let lifecycle = |what: &'static str| ["users", user.id, "manage", "lifecycle", what];
        match status {
            AccountStatus::Active if managed => {
                client.send(ctx, &client.post(&lifecycle("enable"))?).await?;
                unclear(client.done(ctx, client.post(&access("restore-access"))?).await)
            }
            AccountStatus::Active => client.done(ctx, client.post(&access("restore-access"))?).await,
            AccountStatus::Disabled | AccountStatus::Archived if managed => {
                client.done(ctx, client.post(&lifecycle("disable"))?.with_json(&json!({}))?).await
            }
            _ => client.done(ctx, client.post(&access("suspend-access"))?).await,
        }
    }

    /// Sessions have no call of their own; tokens have.
    pub(crate) async fn end_tokens(&self, user: Found<'_>, scope: SessionScope) -> Result<Outcome> {
        if matches!(scope, SessionScope::Web | SessionScope::Mobile) {
            let why = "sessions end when the account is disabled; tokens can be revoked";
            return Err(refused(ErrorKind::Unsupported, why));
        }
        self.client.remove_each(user.ctx, &["users", user.id, "manage", "api-tokens"], "", "/id").await
    }

    /// When somebody was last in a product; up to a day late.
    pub(crate) async fn last_active(
        &self,
        ctx: &Context,
        account: &str,
        product: &str,
    ) -> Result<Option<DateTime<Utc>>> {
        let path = ["admin", "v1", "orgs", &self.id, "directory", "users", account, "last-active-dates"];
        let Some(answer) = self.client.try_json(ctx, &self.client.get(&path)?).await? else {
            return Ok(None);
        };
        let rows = items(&answer, "/data/product_access")?;
        let row = rows.iter().find(|row| text(row, "/key") == Some(product));
        Ok(row.and_then(|row| text(row, "/last_active")).and_then(day_or_moment))
    }
}

fn day_or_moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    moment.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc()))
}
