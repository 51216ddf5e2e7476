//! The organisation above a site: it suspends users, disables managed accounts, and knows when somebody was there.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tenure_connector::{
    AccountStatus, Certainty, ConnectorError, Context, ErrorKind, Outcome, Result, SessionScope,
};
use tenure_connector_rest::system::{
    System as _, SystemConnector, done, id_text, items, need_text, removed, text,
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
        return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
            .with_detail("expected the id of the organisation in the configuration, found none"));
    };
    let client = RestClient::new(config.organization_url.clone(), organization, http.clone())?
        .with_rules(fields::rules())
        .with_timeout(Duration::from_secs(config.timeout_seconds.into()));
    let mut system = Atlassian::new(config, site, http)?;
    system.organization = Some(Organization { client, id });
    Ok(SystemConnector::of(system))
}

impl Organization {
    /// Suspending keeps roles and groups for the way back. Disabling takes a managed account as a whole.
    pub(crate) async fn set_status(
        &self,
        ctx: &Context,
        item: &Value,
        status: AccountStatus,
        managed: bool,
    ) -> Result<Outcome> {
        let (account, wanted) = (need_text(item, "/accountId")?, status.is_active());
        if item.get("active") == Some(&wanted.into()) {
            return Ok(Outcome::already_so());
        }
        let access =
            |what: &'static str| ["admin", "v1", "orgs", &self.id, "directory", "users", account, what];
        let lifecycle = |what: &'static str| ["users", account, "manage", "lifecycle", what];
        let request = match status {
            AccountStatus::Active => {
                if managed {
                    self.client.send(ctx, &self.client.post(&lifecycle("enable"))?).await?;
                }
                self.client.post(&access("restore-access"))?
            }
            AccountStatus::Disabled | AccountStatus::Archived if managed => {
                self.client.post(&lifecycle("disable"))?.with_json(&json!({}))?
            }
            _ => self.client.post(&access("suspend-access"))?,
        };
        let sent = self.client.send(ctx, &request).await;
        sent.map(|answer| done(&answer)).map_err(|error| match status.is_active() && managed {
            // The account was enabled by then.
            true => error.with_certainty(Certainty::Unknown),
            false => error,
        })
    }

    /// Sessions have no call of their own; tokens have.
    pub(crate) async fn end_tokens(
        &self,
        ctx: &Context,
        item: &Value,
        scope: SessionScope,
    ) -> Result<Outcome> {
        if matches!(scope, SessionScope::Web | SessionScope::Mobile) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("sessions end when the account is disabled; tokens can be revoked"));
        }
        let path = ["users", need_text(item, "/accountId")?, "manage", "api-tokens"];
        let tokens = self.client.json(ctx, &self.client.get(&path)?).await?;
        let tokens = items(&tokens, "")?;
        for token in tokens {
            let request = self.client.delete(&[&path[..], &[id_text(token, "/id")?.as_str()]].concat())?;
            removed(self.client.send(ctx, &request).await)?;
        }
        Ok(if tokens.is_empty() { Outcome::already_so() } else { Outcome::done(true) })
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
