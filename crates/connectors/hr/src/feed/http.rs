use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result};
use tenure_connector_rest::{Auth, Paging, Request, RestClient};
use url::Url;

use super::Gathered;
use crate::HrConfig;

/// An API that answers records as JSON, on one page or on many.
///
/// # Examples
///
/// ```
/// use tenure_connector::Secret;
/// use tenure_connector_hr::HttpFeed;
/// use tenure_connector_rest::Auth;
///
/// let http = reqwest::Client::new();
/// let auth = Auth::basic("isu_tenure", &Secret::new("secret"));
/// let feed = HttpFeed::workday_report("https://wd5.example.com".parse()?, "acme", "owner", "Workers", auth, http)?;
/// assert_eq!(feed.name(), "https://wd5.example.com/ccx/service/customreport2/acme/owner/Workers");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct HttpFeed {
    client: RestClient,
    request: Request,
    records: String,
    paging: Option<Paging>,
    max_pages: usize,
}

impl HttpFeed {
    /// Sends this request; the records are at this place of the answer, a JSON pointer, empty for the whole answer.
    #[must_use]
    pub fn new(client: RestClient, request: Request, records: &str) -> Self {
        Self { client, request, records: records.to_owned(), paging: None, max_pages: 10_000 }
    }

    /// Follows the pages of the list. A page that fails fails the whole read; half a list is never taken for a list.
    #[must_use]
    pub fn paged(mut self, paging: Paging) -> Self {
        self.paging = Some(paging);
        self
    }

    /// Reads no more than this many pages; more is an error. 10,000 unless told.
    #[must_use]
    pub fn with_max_pages(mut self, pages: usize) -> Self {
        self.max_pages = pages;
        self
    }

    /// A Workday report as a service (RaaS), read by an integration system user. Reports are not paged.
    ///
    /// # Errors
    ///
    /// `Config`, when the address cannot be a base, `InvalidInput`, when a name is empty.
    pub fn workday_report(
        host: Url,
        tenant: &str,
        owner: &str,
        report: &str,
        auth: Auth,
        http: reqwest::Client,
    ) -> Result<Self> {
        let client = RestClient::new(host, auth, http)?;
        let request = client.get(&["ccx", "service", "customreport2", tenant, owner, report])?;
        Ok(Self::new(client, request.with_query("format", "json"), "/Report_Entry"))
    }

    /// A BambooHR custom report of these fields, future rows included. The API key is the user of a basic
    /// authentication whose password is `x`.
    ///
    /// # Errors
    ///
    /// As [`workday_report`](Self::workday_report).
    pub fn bamboo_hr<'a>(
        base: Url,
        fields: impl IntoIterator<Item = &'a str>,
        auth: Auth,
        http: reqwest::Client,
    ) -> Result<Self> {
        let client = RestClient::new(base, auth, http)?;
        let fields: Vec<&str> = fields.into_iter().collect();
        let request = client
            .post(&["api", "v1", "reports", "custom"])?
            .with_query("format", "JSON")
            .with_query("onlyCurrent", "false")
            .with_json(&serde_json::json!({ "title": "tenure", "fields": fields }))?
            .reading();
        Ok(Self::new(client, request, "/employees"))
    }

    /// The address without its query.
    #[must_use]
    pub fn name(&self) -> String {
        self.request.url().to_string()
    }

    pub(super) async fn gather(&self, ctx: &Context, config: &HrConfig) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        let mut request = self.request.clone();
        let place = self.records.trim_start_matches('/').to_owned();
        for _ in 0..self.max_pages {
            let answer = self.client.send(ctx, &request).await?;
            let mut value: Value = answer.json()?;
            gathered.stated = stated(&value, config).or(gathered.stated);
            let items = match value.pointer_mut(&self.records).map(Value::take) {
                Some(Value::Array(items)) => items,
                _ => return Err(self.unintelligible()),
            };
            let count = items.len();
            for item in items {
                let index = gathered.records.len() + gathered.rejected.len();
                gathered.add(format!("{place}[{index}]"), item);
            }
            if gathered.records.len() > config.max_records {
                return Ok(gathered);
            }
            let Some(paging) = &self.paging else { return Ok(gathered) };
            let Some(next) = paging.next(&request, &answer, count)? else { return Ok(gathered) };
            request = paging.resume(self.request.clone(), Some(&next))?;
        }
        Err(ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
            .with_detail(format!("expected at most {} pages, found more", self.max_pages)))
    }

    fn unintelligible(&self) -> ConnectorError {
        ConnectorError::new(ErrorKind::Protocol, Certainty::Refused).with_detail(format!(
            "expected a list of records at `{}` of the answer, found none",
            self.records
        ))
    }
}

/// The number of records that an answer states, where the configuration says it stands.
pub(super) fn stated(value: &Value, config: &HrConfig) -> Option<u64> {
    let found = value.pointer(config.proof.total.as_deref()?)?;
    found.as_u64().or_else(|| found.as_str()?.parse().ok())
}
