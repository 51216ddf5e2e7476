use std::fmt;
use std::marker::PhantomData;

use tenure_scim::Resource;

use crate::{Certainty, Client, ClientError, ErrorKind, Query, Reply, Result, WriteOptions};

/// A client for one resource type as a Rust type; made by [`Client::typed`].
///
/// The type decides what survives: those of `tenure-scim` keep attributes that they do not know.
pub struct Typed<T> {
    client: Client,
    resource_type: String,
    kind: PhantomData<fn() -> T>,
}

impl Client {
    /// The same client, for one resource type as a Rust type.
    #[must_use]
    pub fn typed<T>(&self, resource_type: &str) -> Typed<T> {
        Typed { client: self.clone(), resource_type: resource_type.to_owned(), kind: PhantomData }
    }
}

impl<T, E> Typed<T>
where
    T: for<'a> TryFrom<&'a Resource, Error = E>,
    Resource: From<T>,
    E: fmt::Display,
{
    /// Reads one resource.
    ///
    /// # Errors
    ///
    /// As [`Client::get`]; `Protocol`, when it does not fit the type.
    pub async fn get(&self, id: &str) -> Result<Reply<T>> {
        read(self.client.get(&self.resource_type, id).await?, Certainty::NotAttempted)
    }

    /// Reads all resources that a query finds, page after page.
    ///
    /// # Errors
    ///
    /// As [`Client::list`]; `Protocol`, when one of them does not fit the type.
    pub async fn all(&self, query: Query) -> Result<Vec<T>> {
        let mut pages = self.client.pages(&self.resource_type, query);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            for resource in &page.resources {
                all.push(convert(resource, Certainty::NotAttempted)?);
            }
        }
        Ok(all)
    }

    /// Creates a resource.
    ///
    /// # Errors
    ///
    /// As [`Client::create`]; `Protocol` and unknown, when the answer does not fit the type.
    pub async fn create(&self, resource: T) -> Result<Reply<T>> {
        read(self.client.create(&self.resource_type, &resource.into()).await?, Certainty::Unknown)
    }

    /// Replaces a resource.
    ///
    /// # Errors
    ///
    /// As [`Client::replace`]; `Protocol` and unknown, when the answer does not fit the type.
    pub async fn replace(&self, id: &str, resource: T, options: &WriteOptions) -> Result<Reply<T>> {
        let reply = self.client.replace(&self.resource_type, id, &resource.into(), options).await?;
        read(reply, Certainty::Unknown)
    }
}

fn read<T, E>(reply: Reply<Resource>, certainty: Certainty) -> Result<Reply<T>>
where
    T: for<'a> TryFrom<&'a Resource, Error = E>,
    E: fmt::Display,
{
    let value = convert(&reply.value, certainty)?;
    Ok(reply.map(|_| value))
}

fn convert<T, E>(resource: &Resource, certainty: Certainty) -> Result<T>
where
    T: for<'a> TryFrom<&'a Resource, Error = E>,
    E: fmt::Display,
{
    T::try_from(resource).map_err(|error| {
        ClientError::new(
            ErrorKind::Protocol,
            certainty,
            format!("the resource does not fit its type: {error}"),
        )
    })
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed")
            .field("client", &self.client)
            .field("resource_type", &self.resource_type)
            .finish()
    }
}
