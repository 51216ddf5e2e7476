use std::fmt;
use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Change, ConnectorError, Context, CredentialSource, DeleteMode, ObjectClass, ObjectRef, OperationKind,
    Outcome, Result,
};

use super::path::{To, request};
use super::{
    Found, List, Listing, New, WorkersFrom, Write, delete, password, patch, post, protocol, unclear,
};
use crate::{Answer, Mapping, RestClient};

/// The objects of one class and the addresses that they are listed, read, made, changed and deleted at, told as data.
///
/// A plain collection at `groups` is listed there, has its objects at `groups/{id}`, and takes the vendor's JSON as the body.
/// Say what is different.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::{ObjectClass, Secret};
/// use tenure_connector_rest::system::{Collection, put};
/// use tenure_connector_rest::{Auth, Field, Mapping, Paging, RestClient};
///
/// const GROUPS: [Field; 1] = [Field::text("displayName", "/name").required()];
/// let base = "https://api.example.com/v2".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let client = client.with_lists(Paging::Link, "per_page", 100);
/// let groups = Mapping::new(ObjectClass::GROUP, "urn:ietf:params:scim:schemas:core:2.0:Group", &GROUPS)?;
///
/// // `{"group": {"id": 7, "name": "Sales"}}`, listed at `/groups`, changed by PUT.
/// let groups = Collection::new(&client, &Arc::new(groups), "groups")
///     .listed(client.list(&["groups"], "/groups")?)
///     .wrapped("group")
///     .updated(put("groups/{id}"));
/// # drop(groups);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Collection {
    client: RestClient,
    mapping: Arc<Mapping>,
    path: String,
    lists: Vec<Listing>,
    asked: usize,
    workers: Option<(WorkersFrom, &'static str)>,
    reading: (String, &'static str),
    made: Write,
    updated: Write,
    deleted: Write,
    erased: Option<Write>,
    restored: Option<Write>,
    password: Option<Password>,
    wrap: Option<&'static str>,
    whole: Option<&'static str>,
    search: Option<Search>,
    searches: Vec<(&'static [&'static str], Listing, Search)>,
    filter: Option<&'static str>,
    exists: fn(&Value) -> bool,
    person: fn(&Value) -> bool,
    dress: Dress,
    apart: &'static [&'static str],
    edit: fn(Map<String, Value>, &Value) -> Map<String, Value>,
    looked_up: bool,
    numbered: bool,
}

/// The request that sets a password, and its body.
type Password = (Write, fn(&str) -> Value);

/// Adds to the body of a new object.
type Dress = Arc<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

/// The parameter, and its value, that makes a list answer with the objects whose attribute has this value.
type Search = fn(&str, &str) -> (&'static str, String);

impl Collection {
    /// A collection at this address, which has no list of its own yet.
    #[must_use]
    pub fn new(client: &RestClient, mapping: &Arc<Mapping>, path: &str) -> Self {
        let one = format!("{path}/{{id}}");
        Self {
            client: client.clone(),
            mapping: Arc::clone(mapping),
            made: post(path),
            updated: patch(one.as_str()),
            deleted: delete(one.as_str()),
            erased: None,
            restored: None,
            password: None,
            path: path.to_owned(),
            lists: Vec::new(),
            asked: 0,
            workers: None,
            reading: (one, ""),
            wrap: None,
            whole: None,
            search: None,
            searches: Vec::new(),
            filter: None,
            exists: |_| true,
            person: |_| true,
            dress: Arc::new(|_| {}),
            apart: &[],
            edit: |changes, _| changes,
            looked_up: false,
            numbered: false,
        }
    }

    /// Adds a list. Several, one behind the other, make up the class.
    #[must_use]
    pub fn listed(mut self, list: Listing) -> Self {
        self.lists.push(list);
        self
    }

    /// The class is made up of so many lists, which [`System::list`](super::System::list) gives.
    #[must_use]
    pub fn in_lists(mut self, count: usize) -> Self {
        self.asked = count;
        self
    }

    /// Lists only what this is true of; what is left out can still be read by its id.
    #[must_use]
    pub fn listing_only(mut self, is_one: fn(&Value) -> bool) -> Self {
        self.person = is_one;
        self
    }

    /// Ids are numbers: anything else names no object, and would be another address.
    #[must_use]
    pub fn numbered(mut self) -> Self {
        self.numbered = true;
        self
    }

    /// Takes what this is not true of for deleted: some systems keep deleted objects readable.
    #[must_use]
    pub fn existing(mut self, exists: fn(&Value) -> bool) -> Self {
        self.exists = exists;
        self
    }

    /// Reads the users as workers, too. `created` is where the day of the account stands.
    #[must_use]
    pub fn workers(mut self, from: Option<&WorkersFrom>, created: &'static str) -> Self {
        self.workers = Some((from.cloned().unwrap_or_default(), created));
        self
    }

    /// The address at which an object is read, in which `{id}` is its id, and where it stands in the answer.
    #[must_use]
    pub fn read_at(mut self, address: impl Into<String>, at: &'static str) -> Self {
        self.reading = (address.into(), at);
        self
    }

    /// The request that makes an object, when not a POST to the collection.
    #[must_use]
    pub fn made(mut self, write: Write) -> Self {
        self.made = write;
        self
    }

    /// The request that changes an object, when not a PATCH of its address.
    #[must_use]
    pub fn updated(mut self, write: Write) -> Self {
        self.updated = write;
        self
    }

    /// The request that deletes an object, when not a DELETE of its address.
    #[must_use]
    pub fn deleted(mut self, write: Write) -> Self {
        self.deleted = write;
        self
    }

    /// Deleting is not for good: this request erases what was deleted before.
    #[must_use]
    pub fn erased(mut self, write: Write) -> Self {
        self.erased = Some(write);
        self
    }

    /// The request that brings a deleted object back.
    #[must_use]
    pub fn restored(mut self, write: Write) -> Self {
        self.restored = Some(write);
        self
    }

    /// The request that sets a password, and its body.
    #[must_use]
    pub fn password(mut self, write: Write, body: fn(&str) -> Value) -> Self {
        self.password = Some((write, body));
        self
    }

    /// One object stands in a member of this name, in bodies and answers.
    #[must_use]
    pub fn wrapped(mut self, name: &'static str) -> Self {
        self.wrap = Some(name);
        self
    }

    /// A member of objects that a change replaces as a whole: what does not change is sent along.
    #[must_use]
    pub fn whole(mut self, member: &'static str) -> Self {
        self.whole = Some(member);
        self
    }

    /// Adds to the body of a new object what the system wants besides.
    #[must_use]
    pub fn made_with(mut self, dress: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static) -> Self {
        self.dress = Arc::new(dress);
        self
    }

    /// Makes the body of a change out of the members that differ and the object as it was.
    #[must_use]
    pub fn changed_with(mut self, edit: fn(Map<String, Value>, &Value) -> Map<String, Value>) -> Self {
        self.edit = edit;
        self
    }

    /// Members of users that are not changed with the others: [`System::update_apart`](super::System::update_apart) changes
    /// them.
    #[must_use]
    pub fn apart(mut self, members: &'static [&'static str]) -> Self {
        self.apart = members;
        self
    }

    /// Looks whether the object is there before it makes one, for systems that take the create of one that is there for a
    /// change of it.
    #[must_use]
    pub fn looked_up(mut self) -> Self {
        self.looked_up = true;
        self
    }

    /// Finds objects by a parameter of the list: its name and value for an attribute and the value that is looked for. What
    /// the system finds besides does no harm.
    #[must_use]
    pub fn searched(mut self, search: Search) -> Self {
        self.search = Some(search);
        self
    }

    /// Finds objects by these attributes in a list that is there for it, as [`searched`](Self::searched) does in the first.
    #[must_use]
    pub fn searched_in(mut self, by: &'static [&'static str], list: Listing, search: Search) -> Self {
        self.searches.push((by, list, search));
        self
    }

    /// Filters the list by this parameter, for a class that can be filtered and not read one by one.
    #[must_use]
    pub fn filtered(mut self, parameter: &'static str) -> Self {
        self.filter = Some(parameter);
        self
    }

    /// An object by its id; `None` when there is none. An answer with another id is another object.
    ///
    /// # Errors
    ///
    /// Those of the request.
    pub async fn read(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        if !self.can_be(id) {
            return Ok(None);
        }
        let (address, at) = &self.reading;
        let asked = request(&self.client, Method::GET, address, To::id(id))?;
        let answer = self.client.try_json(ctx, &asked).await?;
        let found = answer.as_ref().map(|answer| self.unwrapped(answer)).transpose()?;
        let found = found.and_then(|found| found.pointer(at).cloned());
        Ok(found.filter(|item| self.mapping.id_of(item).is_ok_and(|own| own == id) && (self.exists)(item)))
    }

    /// The objects that may have this value in an attribute.
    ///
    /// # Errors
    ///
    /// `InvalidInput` without a way to search; those of the requests.
    pub async fn find(&self, ctx: &Context, name: &str, value: &str) -> Result<Vec<Value>> {
        let own = self.searches.iter().find(|(by, ..)| by.contains(&name));
        let own = own.map(|(_, list, search)| (*search, list));
        let Some((search, list)) = own.or_else(|| Some((self.search?, self.lists.first()?))) else {
            let detail = format!("`{}` cannot be found by `{name}`", self.mapping.class());
            return Err(ConnectorError::invalid_input(name, detail));
        };
        let (parameter, value) = search(name, value);
        list.clone().map_request(|request| request.with_only_query(parameter, value)).all(ctx).await
    }

    /// Makes an object. Gives what the system made of it.
    ///
    /// # Errors
    ///
    /// Those of the request.
    pub async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        let New { ctx, mut body, .. } = new;
        (self.dress)(&mut body);
        let asked = self.made.request(&self.client, To::id(""))?;
        let answer = self.client.send(ctx, &asked.with_json(&self.wrap(body))?).await?;
        Ok((self.unwrapped(&answer.json()?)?.clone(), answer))
    }

    /// Changes the members that differ.
    ///
    /// # Errors
    ///
    /// Those of the request.
    pub async fn update(&self, found: Found<'_>, mut changes: Map<String, Value>) -> Result<Outcome> {
        if let Some(member) = self.whole
            && let Some(Value::Object(new)) = changes.get_mut(member)
        {
            let old = found.item.get(member).and_then(Value::as_object).cloned();
            let mut whole = old.unwrap_or_default();
            whole.append(new);
            *new = whole;
        }
        let asked = self
            .updated
            .request(&self.client, to(found))?
            .with_json(&self.wrap((self.edit)(changes, found.item)))?;
        self.client.done(found.ctx, asked).await
    }

    /// Deletes an object; for good, unless it is to be a soft delete.
    ///
    /// # Errors
    ///
    /// Those of the requests.
    pub async fn delete(&self, found: Found<'_>, mode: DeleteMode) -> Result<Outcome> {
        let request = self.deleted.request(&self.client, to(found))?;
        let deleted = self.client.removed(found.ctx, request).await?;
        if let (Some(erase), true) = (&self.erased, mode != DeleteMode::Soft) {
            unclear(self.client.removed(found.ctx, erase.request(&self.client, to(found))?).await)?;
        }
        Ok(deleted)
    }

    /// Erases what is left of an object that was deleted before.
    ///
    /// # Errors
    ///
    /// Those of the request.
    pub async fn purge(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        match &self.erased {
            Some(erase) if self.can_be(&object.id) => {
                self.client.removed(ctx, erase.request(&self.client, To::id(&object.id))?).await
            }
            _ => Ok(Outcome::already_gone()),
        }
    }

    /// Brings a deleted object back.
    ///
    /// # Errors
    ///
    /// `InvalidInput` without an id; `Unsupported`, when there is no request for it; those of the request.
    pub async fn restore(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        if !self.can_be(&object.id) {
            let detail = "a deleted object is found by its id only";
            return Err(ConnectorError::invalid_input("id", detail));
        }
        let Some(restore) = &self.restored else {
            return Err(ConnectorError::unsupported(&object.class, OperationKind::Restore));
        };
        self.client.done(ctx, restore.request(&self.client, To::id(&object.id))?).await
    }

    /// Sets a password out of the program's secret store.
    ///
    /// # Errors
    ///
    /// `Unsupported`, when there is no request for it; those of [`password`](super::password()) and of the request.
    pub async fn set_password(&self, found: Found<'_>, credential: &CredentialSource) -> Result<Outcome> {
        let Some((write, body)) = &self.password else {
            return Err(ConnectorError::unsupported(found.class, OperationKind::SetCredential));
        };
        let secret = password(found.ctx, credential).await?;
        let request = write.request(&self.client, to(found))?.with_json(&body(secret.expose()))?;
        self.client.done(found.ctx, request).await
    }

    fn can_be(&self, id: &str) -> bool {
        !id.is_empty() && (!self.numbered || id.parse::<u64>().is_ok())
    }

    pub(super) fn mapping(&self) -> &Arc<Mapping> {
        &self.mapping
    }

    pub(super) fn parts(&self) -> &'static [&'static str] {
        self.apart
    }

    /// What became of an object, as an item of a feed shows it.
    pub(super) fn change(&self, item: &Value) -> Result<Change> {
        Ok(match (self.exists)(item) {
            true => Change::Upserted(self.mapping.item(item)?),
            false => Change::Deleted(ObjectRef::new(self.mapping.class().clone(), self.mapping.id_of(item)?)),
        })
    }

    pub(super) fn is_looked_up(&self) -> bool {
        self.looked_up
    }

    pub(super) fn count(&self) -> usize {
        self.asked.max(self.lists.len())
    }

    /// A list of the class, or of the users as workers; `None` for one that the system has to give.
    pub(super) fn list(&self, class: &ObjectClass, number: usize) -> Option<List> {
        let list = self.lists.get(number)?.clone();
        let (mapping, is_one) = (Arc::clone(&self.mapping), self.person);
        if *class == ObjectClass::WORKER {
            let (from, created) = self.workers.as_ref()?;
            return Some(list.workers(&mapping, Some(from), created).into());
        }
        let object = move |item: &Value| match is_one(item) {
            true => Ok(vec![mapping.item(item)?]),
            false => Ok(Vec::new()),
        };
        Some(list.each(object).into())
    }

    /// The list that the vendor itself filters by this value.
    pub(super) fn narrowed(&self, value: &str) -> Option<List> {
        let (parameter, list) = (self.filter?, self.lists.first()?.clone());
        Some(list.with(parameter, value).mapped(&self.mapping).into())
    }

    fn wrap(&self, body: Map<String, Value>) -> Value {
        match self.wrap {
            Some(name) => json!({ (name): body }),
            None => body.into(),
        }
    }

    fn unwrapped<'a>(&self, answer: &'a Value) -> Result<&'a Value> {
        let Some(name) = self.wrap else { return Ok(answer) };
        answer.get(name).ok_or_else(|| protocol(&format!("expected `{name}` in the answer, found none")))
    }
}

fn to(found: Found<'_>) -> To<'_> {
    To { item: found.item, ..To::id(found.id) }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("path", &self.path).finish_non_exhaustive()
    }
}
