use serde_json::Value;
use tenure_scim::Resource;
use url::Url;

use super::{Client, with_parameters};
use crate::exchange::{Answer, Call};
use crate::page::{ListPage, Pages, Walk};
use crate::{Certainty, ClientError, ErrorKind, Projection, Query, Reply, Result, body};

impl Client {
    /// Reads one resource with the attributes that the peer returns by default.
    ///
    /// # Errors
    ///
    /// * `Answer` with status 404, when there is none;
    /// * any kind, when there is no usable answer.
    pub async fn get(&self, resource_type: &str, id: &str) -> Result<Reply<Resource>> {
        self.get_with(resource_type, id, &Projection::Default).await
    }

    /// Reads one resource with chosen attributes.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_with(
        &self,
        resource_type: &str,
        id: &str,
        projection: &Projection,
    ) -> Result<Reply<Resource>> {
        let url = with_parameters(self.core.url(resource_type, Some(id))?, &projection.pairs());
        self.fetch(url).await
    }

    /// Reads one resource unless it still has this version; `None` when it has.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_if_changed(
        &self,
        resource_type: &str,
        id: &str,
        version: &str,
    ) -> Result<Reply<Option<Resource>>> {
        let mut call = Call::read(self.core.url(resource_type, Some(id))?);
        call.if_none_match = Some(version.to_owned());
        let answer = self.core.send(&call).await?;
        if answer.status == 304 {
            return Ok(Reply::new(None, answer.status, answer.headers));
        }
        Ok(whole(answer, Certainty::NotAttempted)?.map(Some))
    }

    /// Reads the resource of whoever the credentials belong to (`/Me`).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get); `Answer` with status 501, when the peer has no such thing.
    pub async fn me(&self) -> Result<Reply<Resource>> {
        self.fetch(self.core.base.join("Me", None)?).await
    }

    pub(super) async fn fetch(&self, url: Url) -> Result<Reply<Resource>> {
        whole(self.core.send(&Call::read(url)).await?, Certainty::NotAttempted)
    }

    /// Reads the first page of a list. Nothing found is an empty page.
    ///
    /// # Errors
    ///
    /// Any kind, when there is no usable answer; `Endless`, when the list has more pages than allowed.
    pub async fn list(&self, resource_type: &str, query: &Query) -> Result<ListPage> {
        let paging = self.peer().map(|peer| peer.features.paging.starts_with_cursor()).unwrap_or(false);
        let walk = Walk::start(self.page_size(query), paging);
        self.page(&self.core.endpoint(resource_type)?, query, walk).await
    }

    /// Reads the page on which a walk stands; the query must be the one that it started with.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); `Endless`, when the peer answers what it answered before.
    pub async fn list_next(&self, resource_type: &str, query: &Query, walk: &Walk) -> Result<ListPage> {
        self.page(&self.core.endpoint(resource_type)?, query, walk.clone()).await
    }

    /// Reads the page that starts at a position, counted from one.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn list_from(&self, resource_type: &str, query: &Query, index: u64) -> Result<ListPage> {
        let walk = Walk::at(index, self.page_size(query));
        self.page(&self.core.endpoint(resource_type)?, query, walk).await
    }

    /// Walks through all pages of a list.
    #[must_use]
    pub fn pages(&self, resource_type: &str, query: Query) -> Pages {
        Pages::new(self.clone(), resource_type, query)
    }

    /// Searches all resource types at once (`POST /.search`); the first page.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn search(&self, query: &Query) -> Result<ListPage> {
        let query = Query { post: true, ..query.clone() };
        let walk = Walk::start(self.page_size(&query), false);
        self.page("", &query, walk).await
    }

    fn page_size(&self, query: &Query) -> Option<u32> {
        let paging = self.peer().map(|peer| &peer.features.paging);
        let limits = [self.core.dialect.max_page_size, paging.and_then(|paging| paging.max_page_size)];
        // Without a wish a peer with a small default would need many pages.
        query.page_size.into_iter().chain(limits.into_iter().flatten()).min()
    }

    async fn page(&self, endpoint: &str, query: &Query, walk: Walk) -> Result<ListPage> {
        let position = walk.position();
        let call = if query.post || self.core.dialect.post_queries {
            let url = self.core.base.join(endpoint, Some(".search"))?;
            Call::search(url, query.body(&position))
        } else {
            Call::read(with_parameters(self.core.base.join(endpoint, None)?, &query.pairs(&position)))
        };
        let answer = self.core.send(&call).await?;
        let map = body::object(&answer.body, Certainty::NotAttempted)?;
        let mut page = walk.read(&map, self.core.limits.pages)?;
        page.headers = answer.headers;
        Ok(page)
    }
}

/// The whole resource in an answer.
pub(super) fn whole(answer: Answer, certainty: Certainty) -> Result<Reply<Resource>> {
    let resource = body::resource(&answer.body, certainty)?;
    if resource.id().is_none_or(str::is_empty) && resource.schemas().next().is_none() {
        return Err(ClientError::new(ErrorKind::Protocol, certainty, "expected a resource with an `id`"));
    }
    let version = resource.meta().and_then(|meta| meta.get("version")?.as_str().map(str::to_owned));
    let mut reply = Reply::new(resource, answer.status, answer.headers);
    reply.version = reply.version.or(version).filter(|version| !version.is_empty());
    Ok(reply)
}

/// A resource as the peer takes it: without what only the peer sets.
pub(crate) fn writable(resource: &Resource) -> Value {
    let mut value = resource.to_json();
    if let Value::Object(map) = &mut value {
        map.retain(|key, _| !["id", "meta"].iter().any(|own| key.eq_ignore_ascii_case(own)));
    }
    value
}
