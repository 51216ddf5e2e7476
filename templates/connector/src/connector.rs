use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, Cursor, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Operation, Outcome, Page, Result, Secret, WriteRequest,
};
use tenure_scim::schema::ResourceSchema;
use tenure_scim::validate::{Unknown, ValidateOptions};
use tenure_scim::{CompareOp, Filter, Literal, Patch, Resource, SchemaRegistry, ValueRef};

use crate::capabilities::{capabilities, user_class};
use crate::{Http, NotelyConfig, Request, error, person};

/// Talks to one instance of Notely.
#[derive(Debug, Clone)]
pub struct NotelyConnector {
    config: NotelyConfig,
    http: Arc<dyn Http>,
    token: Secret,
    registry: SchemaRegistry,
}

const CURSOR: &str = "after:";

impl NotelyConnector {
    /// Takes a configuration, the way to the instance, and the token that the configuration names.
    ///
    /// # Errors
    ///
    /// Never in practice: when the built-in schema does not compile.
    pub fn new(config: NotelyConfig, http: Arc<dyn Http>, token: Secret) -> Result<Self> {
        let registry = ConnectorSchema::new().with(ObjectClass::USER, user_class()).registry()?;
        Ok(Self { config, http, token, registry })
    }

    fn users(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        let known = (*class == ObjectClass::USER).then(|| self.registry.resource("User")).flatten();
        known.ok_or_else(|| ConnectorError::unknown_class(class))
    }

    async fn send(
        &self,
        method: &'static str,
        path: &[&str],
        query: Vec<(&'static str, String)>,
        body: Option<Value>,
    ) -> Result<Value> {
        let path = path.iter().map(ToString::to_string).collect();
        let request = Request { method, path, query, token: self.token.clone(), body };
        let response = self.http.send(request).await.map_err(error::lost)?;
        match response.status {
            200..=299 => Ok(response.body),
            _ => Err(error::refused(&response)),
        }
    }

    /// The object's present state, by its id or else by its user name.
    async fn find(&self, object: &ObjectRef) -> Result<Option<Object>> {
        self.users(&object.class)?;
        if !object.id.is_empty() {
            return match self.send("GET", &["people", &object.id], Vec::new(), None).await {
                Ok(found) => person::object(&found).map(Some),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            };
        }
        match object.secondary(ObjectRef::USER_NAME) {
            Some(login) => Ok(self.by_login(login).await?.pop()),
            None => Err(ConnectorError::invalid_input(
                "id",
                format!("expected an id or a user name, found `{object}`"),
            )),
        }
    }

    async fn by_login(&self, login: &str) -> Result<Vec<Object>> {
        let found = self.send("GET", &["people"], vec![("login", login.to_owned())], None).await?;
        people(&found)
    }

    async fn create(&self, resource: &Resource) -> Result<Outcome> {
        let checked = self.check_resource(resource)?;
        let made = self.send("POST", &["people"], Vec::new(), Some(person::body(&checked).into())).await?;
        Ok(Outcome::done(true).with_object(person::object(&made)?.object))
    }

    /// Reads, patches in memory, and sends what differs; nothing when nothing does.
    async fn update(&self, object: &ObjectRef, patch: &Patch) -> Result<Outcome> {
        let before = self.find(object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        let mut after = before.resource.clone();
        patch.apply(&mut after, self.users(&object.class)?)?;
        let after = self.check_resource(&after)?;
        let (old, mut new) = (person::body(&before.resource), person::body(&after));
        let removed: Vec<_> = old.keys().filter(|name| !new.contains_key(*name)).cloned().collect();
        removed.into_iter().for_each(|name| drop(new.insert(name, Value::Null)));
        new.retain(|name, value| old.get(name) != Some(value));
        self.change(&before.object, new).await
    }

    async fn change(&self, object: &ObjectRef, changes: Map<String, Value>) -> Result<Outcome> {
        if changes.is_empty() {
            return Ok(Outcome::already_so());
        }
        let changed = self.send("PATCH", &["people", &object.id], Vec::new(), Some(changes.into())).await?;
        Ok(Outcome::done(true).with_object(person::object(&changed)?.object))
    }

    async fn set_active(&self, object: &ObjectRef, active: bool) -> Result<Outcome> {
        let Some(found) = self.find(object).await? else {
            return if active { Err(ConnectorError::not_found(object)) } else { Ok(Outcome::already_gone()) };
        };
        if found.resource.attr("active").and_then(ValueRef::as_bool) == Some(active) {
            return Ok(Outcome::already_so());
        }
        self.change(&found.object, Map::from_iter([("enabled".to_owned(), json!(active))])).await
    }

    async fn delete(&self, object: &ObjectRef) -> Result<Outcome> {
        let Some(found) = self.find(object).await? else { return Ok(Outcome::already_gone()) };
        match self.send("DELETE", &["people", &found.object.id], Vec::new(), None).await {
            Ok(_) => Ok(Outcome::done(true)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Outcome::already_gone()),
            Err(error) => Err(error),
        }
    }

    fn check_resource(&self, resource: &Resource) -> Result<Resource> {
        let strict = ValidateOptions::default().with_unknown(Unknown::Refuse);
        let known = |name: &str| ["schemas", "id", "userName", "displayName", "active"].contains(&name);
        if let Some((name, _)) = resource.attributes().find(|(name, _)| !known(name)) {
            return Err(ConnectorError::invalid_input(name, format!("no attribute `{name}` in the schema")));
        }
        let checked = self.users(&ObjectClass::USER)?.validate_create_with(resource, &strict)?;
        Ok(checked.resource)
    }
}

#[async_trait]
impl Connector for NotelyConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("notely", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.instance)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(ConnectorSchema::new().with(ObjectClass::USER, user_class()))
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        self.send("GET", &["people"], vec![("limit", "1".to_owned())], None).await?;
        Ok(CheckReport::ok(capabilities()))
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let schema = self.users(&object.class)?;
        let found = self.find(object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        Ok(Object { resource: fields.project(&found.resource, schema), ..found })
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        let schema = self.users(&query.class)?;
        if query.sort.is_some() {
            return Err(unsupported("the API does not sort"));
        }
        let mut parameters = vec![("limit", query.page_size.unwrap_or(100).clamp(1, 100).to_string())];
        if let Some(filter) = &query.filter {
            parameters.push(("login", login_of(filter)?.to_owned()));
        }
        if let Some(cursor) = &query.cursor {
            let after = cursor.as_str().strip_prefix(CURSOR);
            let after = after.ok_or_else(|| {
                ConnectorError::invalid_input("cursor", "expected a cursor of this connector")
            })?;
            parameters.push(("after", after.to_owned()));
        }
        let found = self.send("GET", &["people"], parameters, None).await?;
        let mut items = people(&found)?;
        items.iter_mut().for_each(|item| item.resource = query.fields.project(&item.resource, schema));
        let next =
            found.get("next").and_then(Value::as_str).map(|after| Cursor::new(format!("{CURSOR}{after}")));
        Ok(Page { next, ..Page::last(items) })
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        self.users(class)?;
        Err(unsupported("the API tells no changes"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.users(class)?;
        if let Some(because) = capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_help(because.detail));
        }
        match &request.operation {
            Operation::Create { resource, .. } => self.create(resource).await,
            Operation::Update { object, patch } => self.update(object, patch).await,
            Operation::SetStatus { object, status } => self.set_active(object, status.is_active()).await,
            Operation::Delete { object, .. } => self.delete(object).await,
            _ => Err(ConnectorError::unsupported(class, kind)),
        }
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(unsupported(&format!("no jobs are started, so there is no job `{}`", job.id)))
    }
}

fn people(found: &Value) -> Result<Vec<Object>> {
    let list = found.get("people").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().map(person::object).collect()
}

/// The one filter that the API has: a login.
fn login_of(filter: &Filter) -> Result<&str> {
    match filter {
        Filter::Compare(comparison)
            if comparison.op == CompareOp::Eq
                && comparison.path.name().as_str().eq_ignore_ascii_case("userName") =>
        {
            match &comparison.value {
                Literal::String(login) => Ok(login),
                _ => Err(unsupported("a user name is a text")),
            }
        }
        _ => Err(unsupported(&format!("expected `userName eq \"...\"`, found `{filter}`"))),
    }
}

fn unsupported(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}
