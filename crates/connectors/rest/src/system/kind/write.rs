use std::fmt;
use std::sync::Arc;

use http::Method;
use serde_json::Value;
use tenure_connector::Result;

use crate::system::path::{To, request};
use crate::{Request, RestClient};

type Body = Arc<dyn Fn(To<'_>) -> Value + Send + Sync>;

/// A request that changes something, told as data. See [`Kind`](super::Kind).
#[derive(Clone)]
pub struct Write {
    method: Method,
    address: String,
    body: Option<Body>,
    form: bool,
}

/// A PUT to an address such as `groups/{id}/users/{account}`.
#[must_use]
pub fn put(address: impl Into<String>) -> Write {
    Write::new(Method::PUT, address.into())
}

/// A POST to an address; see [`put`].
#[must_use]
pub fn post(address: impl Into<String>) -> Write {
    Write::new(Method::POST, address.into())
}

/// A PATCH of an address; see [`put`].
#[must_use]
pub fn patch(address: impl Into<String>) -> Write {
    Write::new(Method::PATCH, address.into())
}

/// A DELETE of an address; see [`put`].
#[must_use]
pub fn delete(address: impl Into<String>) -> Write {
    Write::new(Method::DELETE, address.into())
}

impl Write {
    fn new(method: Method, address: String) -> Self {
        Self { method, address, body: None, form: false }
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(mut self, body: impl Fn(To<'_>) -> Value + Send + Sync + 'static) -> Self {
        self.body = Some(Arc::new(body));
        self
    }

    /// Sends a form: the members of an object of texts.
    #[must_use]
    pub fn form(mut self, body: impl Fn(To<'_>) -> Value + Send + Sync + 'static) -> Self {
        self.form = true;
        self.json(body)
    }

    pub(in crate::system) fn request(&self, client: &RestClient, to: To<'_>) -> Result<Request> {
        let asked = request(client, self.method.clone(), &self.address, to)?;
        let Some(body) = &self.body else { return Ok(asked) };
        let body = body(to);
        if !self.form {
            return asked.with_json(&body);
        }
        let fields = body.as_object().into_iter().flatten();
        let fields: Vec<(&str, &str)> =
            fields.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
        Ok(asked.with_form(&fields))
    }
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write").field("method", &self.method).field("address", &self.address).finish()
    }
}
