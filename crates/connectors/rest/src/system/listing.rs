use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Context, Cursor, EntitlementRef, ErrorKind, Object, ObjectClass, ObjectRef, Result};
use tenure_scim::Resource;

use super::WorkersFrom;
use super::json::{id_text, items, moment, text};
use crate::{Answer, Mapping, Paging, Request, RestClient};

type Objects = Arc<dyn Fn(&Value) -> Result<Vec<Object>> + Send + Sync>;
type Only = Arc<dyn Fn(&Value) -> bool + Send + Sync>;
type Detail = Arc<dyn Fn(&Value) -> Result<Request> + Send + Sync>;

/// A list of an API: the request, where the items stand, how it goes on, and what the items are.
///
/// # Examples
///
/// ```
/// use tenure_connector::Secret;
/// use tenure_connector_rest::{Auth, Paging, RestClient};
/// use tenure_connector_rest::system::Listing;
///
/// let base = "https://api.example.com".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let users = Listing::new(&client, client.get(&["users"])?, "/users")
///     .paged(Paging::Link)
///     .sized("limit", 200)
///     .each(|_user| Ok(Vec::new()));
/// # drop(users);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Listing {
    pub(super) client: RestClient,
    request: Request,
    at: String,
    pub(super) paging: Option<Paging>,
    size: Option<(String, u32)>,
    detail: Option<Detail>,
    none_when: &'static [ErrorKind],
    only: Option<Only>,
    objects: Objects,
}

/// One page as the API gave it.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<Cursor>,
    pub(super) answer: Option<Answer>,
}

impl Listing {
    /// A list that comes in one piece, with its items at this JSON pointer.
    #[must_use]
    pub fn new(client: &RestClient, request: Request, at: &str) -> Self {
        let none: Objects = Arc::new(|_| Ok(Vec::new()));
        let (client, at) = (client.clone(), at.to_owned());
        Self {
            client,
            request,
            at,
            paging: None,
            size: None,
            detail: None,
            none_when: &[],
            only: None,
            objects: none,
        }
    }

    /// It comes in pages.
    #[must_use]
    pub fn paged(mut self, paging: Paging) -> Self {
        self.paging = Some(paging);
        self
    }

    /// The parameter with the size of a page, and the largest that is allowed.
    #[must_use]
    pub fn sized(mut self, parameter: &str, largest: u32) -> Self {
        self.size = Some((parameter.to_owned(), largest));
        self
    }

    /// Reads each item by a request of its own, for vendors whose lists leave out what matters. One that is gone by then is
    /// left out.
    #[must_use]
    pub fn detailed(mut self, request: impl Fn(&Value) -> Result<Request> + Send + Sync + 'static) -> Self {
        self.detail = Some(Arc::new(request));
        self
    }

    /// Takes these failures for an empty list, for parts of an API that are not everywhere.
    #[must_use]
    pub fn none_when(mut self, kinds: &'static [ErrorKind]) -> Self {
        self.none_when = kinds;
        self
    }

    /// Leaves out the items of which this is not true.
    #[must_use]
    pub fn only(mut self, is_one: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.only = Some(Arc::new(is_one));
        self
    }

    /// What an item is: nothing, an object, or several.
    #[must_use]
    pub fn each(mut self, objects: impl Fn(&Value) -> Result<Vec<Object>> + Send + Sync + 'static) -> Self {
        self.objects = Arc::new(objects);
        self
    }

    /// Each item is an object of this mapping.
    #[must_use]
    pub fn mapped(self, mapping: &Arc<Mapping>) -> Self {
        let mapping = Arc::clone(mapping);
        self.each(move |item| Ok(vec![mapping.item(item)?]))
    }

    /// Each item is an entitlement, with its id and its name at these JSON pointers.
    #[must_use]
    pub fn entitlements(self, kind: &'static str, id: &'static str, name: &'static str) -> Self {
        self.each(move |item| {
            let found = Entitlement::new(kind, &id_text(item, id)?);
            Ok(vec![Object::from(&found.with_display(text(item, name).unwrap_or_default()))])
        })
    }

    /// Each item is an account that holds this entitlement, with its id at this JSON pointer; who has no id there is no
    /// account.
    #[must_use]
    pub fn holders(self, held: EntitlementRef, id: &'static str) -> Self {
        self.each(move |item| {
            let Ok(account) = id_text(item, id) else { return Ok(Vec::new()) };
            Ok(vec![Object::from(&GrantRecord::new(account, held.clone()))])
        })
    }

    /// Each item is an account that has this seat, with its id, and when it was last there, at these JSON pointers.
    #[must_use]
    pub fn seats(self, seat: EntitlementRef, id: &'static str, last_used: &'static str) -> Self {
        self.each(move |item| {
            let mut held = GrantRecord::new(id_text(item, id)?, seat.clone());
            held.last_used = moment(item, last_used);
            Ok(vec![Object::from(&held)])
        })
    }

    /// Each item is a user of this mapping, read as a worker. `created` is where the day of the account stands.
    #[must_use]
    pub fn workers(self, mapping: &Arc<Mapping>, from: Option<&WorkersFrom>, created: &'static str) -> Self {
        let (mapping, from) = (Arc::clone(mapping), from.cloned().unwrap_or_default());
        self.each(move |item| {
            Ok(from.worker(&mapping.item(item)?, text(item, created)).into_iter().collect())
        })
    }

    /// Each item stands for itself by the id at this JSON pointer: the outer list of [`List::of_each`](super::List::of_each).
    #[must_use]
    pub fn ids(self, at: &'static str) -> Self {
        self.each(move |item| {
            let id = ObjectRef::new(ObjectClass::GROUP, id_text(item, at)?);
            Ok(vec![Object::new(id, Resource::default())])
        })
    }

    /// With a parameter in the address.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.map_request(|request| request.with_query(name, value))
    }

    /// The request, to add parameters to it.
    #[must_use]
    pub fn map_request(mut self, change: impl FnOnce(Request) -> Request) -> Self {
        self.request = change(self.request);
        self
    }

    /// Reads every item. For lists that belong to one account and are short.
    ///
    /// # Errors
    ///
    /// Those of the requests; `Protocol`, when the items are not where they should be.
    pub async fn all(&self, ctx: &Context) -> Result<Vec<Value>> {
        self.first(ctx, usize::MAX).await
    }

    /// Reads so many items, from the first on, or all if there are fewer.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn first(&self, ctx: &Context, most: usize) -> Result<Vec<Value>> {
        let (mut found, mut cursor) = (Vec::new(), None);
        while found.len() < most {
            let page = self.read(ctx, cursor.as_ref(), u32::MAX).await?;
            found.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        found.truncate(most);
        Ok(found)
    }

    pub(super) async fn read(&self, ctx: &Context, cursor: Option<&Cursor>, size: u32) -> Result<Raw> {
        let mut request = self.request.clone();
        if let Some((parameter, largest)) = &self.size {
            request = request.with_only_query(parameter, size.clamp(1, *largest).to_string());
        }
        if let Some(paging) = &self.paging {
            request = paging.resume(request, cursor)?;
        }
        let answer = match self.client.send(ctx, &request).await {
            Err(error) if self.none_when.contains(&error.kind()) => return Ok(Raw::default()),
            answer => answer?,
        };
        let mut found = items(&answer.json()?, &self.at)?.to_vec();
        let next = match &self.paging {
            Some(paging) => paging.next(&request, &answer, found.len())?,
            None => None,
        };
        if let Some(only) = &self.only {
            found.retain(|item| only(item));
        }
        if let Some(detail) = &self.detail {
            let mut whole = Vec::new();
            for item in &found {
                whole.extend(self.client.try_json(ctx, &detail(item)?).await?);
            }
            found = whole;
        }
        Ok(Raw { items: found, next, answer: Some(answer) })
    }

    pub(super) fn objects(&self, items: &[Value]) -> Result<Vec<Object>> {
        let mut all = Vec::new();
        for item in items {
            all.extend((self.objects)(item)?);
        }
        Ok(all)
    }
}

impl RestClient {
    /// The list at the address below the base with these path segments, with its items at this JSON pointer. It goes on as
    /// [`with_lists`](Self::with_lists) says.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn list(&self, segments: &[&str], at: &str) -> Result<Listing> {
        Ok(self.list_by(self.get(segments)?, at))
    }

    /// A list that goes on, with pages as large as the API makes them.
    pub(super) fn list_in_full(&self, request: Request, at: &str) -> Listing {
        let list = Listing::new(self, request, at);
        match self.lists() {
            Some(lists) => list.paged(lists.paging.clone()),
            None => list,
        }
    }

    pub(super) fn list_by(&self, request: Request, at: &str) -> Listing {
        let list = Listing::new(self, request, at);
        match self.lists() {
            Some(lists) => list.paged(lists.paging.clone()).sized(&lists.size, lists.largest),
            None => list,
        }
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("url", &self.request.url().path()).finish_non_exhaustive()
    }
}
