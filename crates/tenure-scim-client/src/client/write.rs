use http::Method;
use tenure_scim::Resource;

use super::read::{whole, writable};
use super::{Client, WriteOptions, with_parameters};
use crate::exchange::Call;
use crate::{Certainty, Reply, Result};

impl Client {
    /// Replaces a resource. What is not in `resource` is cleared, as far as the peer follows RFC 7644.
    ///
    /// Repeating it is harmless, so that it is tried again also after an unknown outcome, unless a version is named.
    ///
    /// # Errors
    ///
    /// * `Answer` with status 404, when there is none; with 412, when it has another version;
    /// * any kind, when there is no usable answer.
    pub async fn replace(
        &self,
        resource_type: &str,
        id: &str,
        resource: &Resource,
        options: &WriteOptions,
    ) -> Result<Reply<Resource>> {
        let url = with_parameters(self.core.url(resource_type, Some(id))?, &options.projection.pairs());
        let mut body = writable(resource);
        if let Some(map) = body.as_object_mut() {
            map.insert("id".to_owned(), id.into());
        }
        let version = self.sent_version(options);
        let answer = self.core.send(&Call::write(Method::PUT, url, Some(body)).expecting(version)).await?;
        if answer.body.is_empty() {
            // The peer follows no projection when it answers nothing; read what is there now.
            return self.get_with(resource_type, id, &options.projection).await;
        }
        whole(answer, Certainty::Unknown)
    }

    /// Deletes a resource.
    ///
    /// # Errors
    ///
    /// * `Answer` with status 404, when there was none;
    /// * any kind, when there is no usable answer.
    pub async fn delete(&self, resource_type: &str, id: &str) -> Result<Reply<()>> {
        self.delete_with(resource_type, id, &WriteOptions::default()).await
    }

    /// Deletes a resource that has a certain version.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete); `Answer` with status 412, when it has another version.
    pub async fn delete_with(
        &self,
        resource_type: &str,
        id: &str,
        options: &WriteOptions,
    ) -> Result<Reply<()>> {
        let url = self.core.url(resource_type, Some(id))?;
        let version = self.sent_version(options);
        let answer = self.core.send(&Call::write(Method::DELETE, url, None).expecting(version)).await?;
        Ok(Reply::new((), answer.status, answer.headers))
    }

    pub(super) fn sent_version<'a>(&self, options: &'a WriteOptions) -> Option<&'a str> {
        options.version.as_deref().filter(|_| self.core.dialect.if_match)
    }
}
