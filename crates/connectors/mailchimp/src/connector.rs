use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassCapabilities, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, Secret, WriteRequest,
};
use tenure_connector_manual::{ManualConfig, ManualConnector};
use tenure_connector_rest::system::{Listing, equality_on, text};
use tenure_connector_rest::{
    Auth, ErrorRules, Field, HarRecorder, Mapping, Paging, RestClient, equality, page, slice,
};

use crate::MailchimpConfig;
use crate::guide::{PAGE, guide};

/// The class of applications that somebody connected to the account.
pub const AUTHORIZED_APP: ObjectClass = ObjectClass::known("AuthorizedApp");

const APP: &str = "urn:tenure:params:scim:schemas:mailchimp:1.0:AuthorizedApp";
const APPS: [Field; 3] = [
    Field::text("displayName", "/name").read_only(),
    Field::text("description", "/description").read_only(),
    Field::texts("users", "/users").read_only(),
];

/// Lets people work in Mailchimp, and reads what its API tells.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, ObjectClass, OperationKind, Secret};
/// use tenure_connector_mailchimp::{MailchimpConfig, MailchimpConnector};
///
/// let key = Secret::new("0a1b2c-us21");
/// let connector = MailchimpConnector::new(MailchimpConfig::new("tasks.csv"), Some(&key), reqwest::Client::new())?;
/// assert_eq!(connector.info().system, "mailchimp");
/// assert!(!connector.capabilities().allows(&ObjectClass::USER, OperationKind::SetStatus));
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MailchimpConnector {
    people: ManualConnector,
    api: Option<RestClient>,
    apps: Arc<Mapping>,
}

impl MailchimpConnector {
    /// Makes a connector; without a key it reads nothing. Build the `reqwest::Client` with
    /// [`http_client`](tenure_connector_rest::http_client), which follows no redirect.
    ///
    /// # Errors
    ///
    /// `Config`, when the key names no data centre, or the address cannot be used.
    pub fn new(config: MailchimpConfig, key: Option<&Secret>, http: reqwest::Client) -> Result<Self> {
        let api = key.map(|key| client(&config, key, http)).transpose()?;
        let mut people = ManualConfig::new("Mailchimp", config.ledger);
        (people.assignee, people.address) = (config.assignee, Some(PAGE.to_owned()));
        Ok(Self {
            people: ManualConnector::new(people).guided_by(guide(config.seats)),
            api,
            apps: Arc::new(Mapping::new(AUTHORIZED_APP, APP, &APPS)?),
        })
    }

    /// The ledger of tasks.
    #[must_use]
    pub fn people(&self) -> &ManualConnector {
        &self.people
    }

    /// Records every request and its answer, without their secrets.
    #[must_use]
    pub fn with_har(mut self, har: HarRecorder) -> Self {
        self.api = self.api.map(|api| api.with_har(har));
        self
    }

    fn authorized(&self) -> Result<Listing> {
        let api = self.api.as_ref().ok_or_else(|| ConnectorError::unknown_class(&AUTHORIZED_APP))?;
        let paging = Paging::Offset {
            parameter: "offset".to_owned(),
            size: "count".to_owned(),
            total: Some("/total_items".to_owned()),
        };
        Ok(Listing::new(api, api.get(&["authorized-apps"])?, "/apps").paged(paging).sized("count", 1000))
    }

    async fn every_app(&self, ctx: &Context, fields: &Fields) -> Result<Vec<Object>> {
        let all = self.authorized()?.all(ctx).await?;
        all.iter().map(|app| self.apps.project(self.apps.item(app)?, fields)).collect()
    }
}

/// The key ends in the name of its data centre.
fn client(config: &MailchimpConfig, key: &Secret, http: reqwest::Client) -> Result<RestClient> {
    let wrong =
        |detail: &str| ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail);
    let base = match &config.base_url {
        Some(url) => url.clone(),
        None => {
            let centre = key.expose().rsplit_once('-').map(|(_, centre)| centre);
            let centre =
                centre.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()));
            let centre =
                centre.ok_or_else(|| wrong("expected a key that ends in a data centre, such as `-us21`"))?;
            let address = format!("https://{centre}.api.mailchimp.com/3.0");
            address.parse().map_err(|_| wrong("the data centre of the key makes no address"))?
        }
    };
    let rules =
        ErrorRules::new().code_at("/title").message_at("/detail").meaning("API Key Invalid", ErrorKind::Auth);
    let timeout = Duration::from_secs(config.timeout_seconds.into());
    // Any user name will do.
    Ok(RestClient::new(base, Auth::basic("tenure", key), http)?.with_rules(rules).with_timeout(timeout))
}

#[async_trait]
impl Connector for MailchimpConnector {
    fn info(&self) -> ConnectorInfo {
        self.people.info()
    }

    fn capabilities(&self) -> Capabilities {
        let people = self.people.capabilities();
        match self.api {
            Some(_) => {
                let apps = ClassCapabilities::new().readable().listed(equality_on(&[], 1000));
                people.with(AUTHORIZED_APP, apps)
            }
            None => people,
        }
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let people = self.people.schema(ctx).await?;
        Ok(if self.api.is_some() { people.with(AUTHORIZED_APP, self.apps.described()) } else { people })
    }

    /// Asks whom the key belongs to.
    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let mut report = self.people.check(ctx).await?;
        report.capabilities = self.capabilities();
        let Some(api) = &self.api else {
            report.warnings.push("no key is given: what Mailchimp knows is not read".to_owned());
            return Ok(report);
        };
        api.send(ctx, &api.get(&["ping"])?).await?;
        let account: Value = api.json(ctx, &api.get(&[])?).await?;
        let role = text(&account, "/role").unwrap_or("nobody");
        if !["owner", "admin"].contains(&role) {
            report.warnings.push(format!("expected the key of an owner or an admin, found that of `{role}`"));
        }
        Ok(report)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        if object.class != AUTHORIZED_APP || self.api.is_none() {
            return self.people.get(ctx, object, fields).await;
        }
        let all = self.every_app(ctx, fields).await?;
        all.into_iter()
            .find(|app| app.object.id == object.id)
            .ok_or_else(|| ConnectorError::not_found(object))
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        if query.class != AUTHORIZED_APP || self.api.is_none() {
            return self.people.list(ctx, query).await;
        }
        if let Some(filter) = &query.filter {
            equality(filter, &[])?;
        }
        if query.sort.is_some() {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("the system's lists have one order"));
        }
        let all = self.every_app(ctx, &query.fields).await?;
        let (items, next) = slice(all, query.cursor.as_ref(), query.page_size.unwrap_or(1000))?;
        Ok(page(items, next, None))
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.people.changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.people.apply(ctx, request).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.people.poll(ctx, job).await
    }
}
