use http::Method;
use tenure_scim::{AttrPath, CompareOp, Filter, Resource};

use super::read::{whole, writable};
use super::{Client, Recovery};
use crate::exchange::{Answer, Call};
use crate::{Certainty, ClientError, ErrorKind, Query, Reply, Result, reply};

impl Client {
    /// Creates a resource, once.
    ///
    /// When the answer gets lost, the client looks for a resource with the same `externalId`, else the same `userName`
    /// or `displayName`, before it reports or tries again; what it finds is the answer, marked
    /// [`recovered`](Reply::recovered). Give resources an `externalId`: a name alone cannot tell the resource that
    /// just came about from one that was there before.
    ///
    /// # Errors
    ///
    /// * `Answer` with status 409, when the peer has one with the same unique attribute;
    /// * any kind with `Unknown` certainty, when the answer got lost and the resource was not found, or not for sure.
    pub async fn create(&self, resource_type: &str, resource: &Resource) -> Result<Reply<Resource>> {
        let url = self.core.url(resource_type, None)?;
        let call = Call::write(Method::POST, url, Some(writable(resource)));
        let mut waits = self.core.retry.as_ref().map(|policy| policy.waits());
        loop {
            let (error, done) = match self.core.send(&call).await {
                Ok(answer) => match self.created(resource_type, &call, answer).await {
                    Ok(created) => return Ok(created),
                    Err(error) => (error, true),
                },
                Err(error) if error.certainty() == Certainty::Unknown => (error, false),
                Err(error) => return Err(error),
            };
            if let Some(found) = self.find_again(resource_type, resource, &error).await? {
                return Ok(found);
            }
            let next = waits.as_mut().filter(|_| !done && error.is_temporary()).and_then(Iterator::next);
            let (Some(wait), Some(timer)) = (next, &self.core.timer) else { return Err(error) };
            timer.sleep(wait).await;
            // The peer may have needed the time to show what it created.
            if let Some(found) = self.find_again(resource_type, resource, &error).await? {
                return Ok(found);
            }
        }
    }

    /// Reads what the peer says it created.
    async fn created(&self, resource_type: &str, call: &Call, answer: Answer) -> Result<Reply<Resource>> {
        if !answer.body.is_empty() {
            return whole(answer, Certainty::Unknown);
        }
        let location = reply::text(&answer.headers, "location").and_then(|to| call.url.join(to).ok());
        match location.filter(|to| self.core.base.covers(to)) {
            Some(location) => {
                self.fetch(location).await.map_err(|error| error.with_certainty(Certainty::Unknown))
            }
            None => {
                let detail = format!("a created `{resource_type}` came back without body and address");
                Err(ClientError::new(ErrorKind::Protocol, Certainty::Unknown, detail))
            }
        }
    }

    /// Finds what a lost create made; `None` when it is certainly not there. Where that cannot be told, the error is the
    /// one of the create.
    async fn find_again(
        &self,
        resource_type: &str,
        sent: &Resource,
        error: &ClientError,
    ) -> Result<Option<Reply<Resource>>> {
        let mut looked = false;
        for (name, value) in self.names(sent) {
            match self.find_by(resource_type, sent, name, value).await {
                Ok(Search::Found(reply)) => return Ok(Some(*reply)),
                Ok(Search::Absent) => looked = true,
                Ok(Search::Unclear) => {
                    let why = format!("looking for it by `{name}` told nothing for sure after");
                    return Err(error.clone().within(why));
                }
                Ok(Search::Ignored) => {}
                // Not every peer can search for an `externalId`.
                Err(why) if name == "externalId" && why.status() == Some(400) => {}
                Err(why) => return Err(error.clone().within(format!("looking for it failed ({why}) after"))),
            }
        }
        if looked { Ok(None) } else { Err(error.clone().within("there is nothing to look for it by after")) }
    }

    async fn find_by(&self, resource_type: &str, sent: &Resource, name: &str, value: &str) -> Result<Search> {
        let Ok(path) = AttrPath::parse(name) else { return Ok(Search::Ignored) };
        let query = Query::new().filtered(Filter::compare(path, CompareOp::Eq, value)).with_page_size(2);
        let page = self.list(resource_type, &query).await?;
        // A peer that ignores the filter answers all resources, of which this may be the first page.
        let all = page.complete && page.next.is_none();
        let named = |found: &Resource| found.text(name).is_some_and(|text| text.eq_ignore_ascii_case(value));
        let ignored = !page.resources.iter().all(named);
        let same = |found: &Resource| {
            named(found) && (found.external_id().is_none() || found.external_id() == sent.external_id())
        };
        let mut found = page.resources.into_iter().filter(same);
        match (found.next(), found.next()) {
            (Some(resource), None) if all || resource.external_id().is_some() => {
                let version =
                    resource.meta().and_then(|meta| meta.get("version")?.as_str().map(str::to_owned));
                let mut reply = Reply::new(resource, 200, page.headers);
                reply.version = version;
                reply.recovered = true;
                Ok(Search::Found(Box::new(reply)))
            }
            (None, _) if all => Ok(Search::Absent),
            _ if ignored => Ok(Search::Ignored),
            _ => Ok(Search::Unclear),
        }
    }

    /// What a resource can be found by. A display name counts only for what has no user name.
    fn names<'a>(&self, resource: &'a Resource) -> impl Iterator<Item = (&'static str, &'a str)> + use<'a> {
        let text = |name: &'static str| Some((name, resource.text(name)?));
        let by_name = match self.core.recovery {
            Recovery::ByAnyName => text("userName").or_else(|| text("displayName")),
            Recovery::ByExternalId => None,
        };
        text("externalId").into_iter().chain(by_name)
    }
}

/// What came of looking for a resource by one of its names.
enum Search {
    Found(Box<Reply<Resource>>),
    /// Nothing has that name, or only what is known to be another resource.
    Absent,
    /// More than one may be it, or not all were seen.
    Unclear,
    /// The peer did not look by that name.
    Ignored,
}
