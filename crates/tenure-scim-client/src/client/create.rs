use http::Method;
use tenure_scim::{AttrPath, CompareOp, Filter, Resource};

use super::read::{whole, writable};
use super::{Client, Recovery};
use crate::exchange::Call;
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
            let error = match self.post(resource_type, &call).await {
                Ok(created) => return Ok(created),
                Err(error) if error.certainty() == Certainty::Unknown => error,
                Err(error) => return Err(error),
            };
            match self.find_again(resource_type, resource).await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(why) => return Err(error.within(format!("looking for it failed ({why}) after"))),
            }
            let next = waits.as_mut().filter(|_| error.is_temporary()).and_then(Iterator::next);
            let (Some(wait), Some(timer)) = (next, &self.core.timer) else { return Err(error) };
            timer.sleep(wait).await;
            // The peer may have needed the time to show what it created.
            if let Ok(Some(found)) = self.find_again(resource_type, resource).await {
                return Ok(found);
            }
        }
    }

    async fn post(&self, resource_type: &str, call: &Call) -> Result<Reply<Resource>> {
        let answer = self.core.send(call).await?;
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

    /// Finds what a lost create made; `None` when there is nothing with that name.
    async fn find_again(&self, resource_type: &str, sent: &Resource) -> Result<Option<Reply<Resource>>> {
        for (name, value) in self.names(sent) {
            let Ok(path) = AttrPath::parse(name) else { continue };
            let query = Query::new().filtered(Filter::compare(path, CompareOp::Eq, value)).with_page_size(2);
            let page = match self.list(resource_type, &query).await {
                Ok(page) => page,
                // Not every peer can search for an `externalId`.
                Err(error) if name == "externalId" && error.status() == Some(400) => continue,
                Err(error) => return Err(error),
            };
            // A peer that ignores the filter answers all resources.
            let same = |found: &Resource| {
                found.text(name).is_some_and(|text| text.eq_ignore_ascii_case(value))
                    && (found.external_id().is_none() || found.external_id() == sent.external_id())
            };
            let mut found = page.resources.into_iter().filter(same);
            if let (Some(resource), None) = (found.next(), found.next()) {
                let version =
                    resource.meta().and_then(|meta| meta.get("version")?.as_str().map(str::to_owned));
                let mut reply = Reply::new(resource, 200, page.headers);
                reply.version = version;
                reply.recovered = true;
                return Ok(Some(reply));
            }
        }
        Ok(None)
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
