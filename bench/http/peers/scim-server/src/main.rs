//! A SCIM service provider made with the scim-server crate, in memory, for loads: peer-scim-server PORT TOKEN [USERS]
//!
//! The crate has no HTTP; it gets the least of it: a route for each workload, and what its own server offers for the answer.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{header, StatusCode};
use axum::middleware::{from_fn_with_state, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use scim_server::multi_tenant::ScimOperation;
use scim_server::providers::StandardResourceProvider;
use scim_server::resource::{ListQuery, RequestContext, Resource};
use scim_server::resource_handlers::{create_group_resource_handler, create_user_resource_handler};
use scim_server::storage::{InMemoryStorage, StorageKey, StorageProvider};
use scim_server::{ResourceProvider, ScimServer};
use serde_json::{json, Value};

type Server = Arc<ScimServer<StandardResourceProvider<InMemoryStorage>>>;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().and_then(|port| port.parse().ok()).expect("a port");
    let token = format!("Bearer {}", arguments.next().expect("a token"));
    let users: usize = arguments.next().and_then(|users| users.parse().ok()).unwrap_or_default();
    let storage = InMemoryStorage::new();
    let mut server = ScimServer::new(StandardResourceProvider::new(storage.clone())).expect("a server");
    let operations = || {
        use ScimOperation::{Create, Delete, List, Read, Search, Update};
        vec![Create, Read, Update, Delete, List, Search]
    };
    let schema = |name: &str| format!("urn:ietf:params:scim:schemas:core:2.0:{name}");
    let user = server.get_schema_by_id(&schema("User")).expect("a schema").clone();
    let group = server.get_schema_by_id(&schema("Group")).expect("a schema").clone();
    server.register_resource_type("User", create_user_resource_handler(user), operations()).expect("users");
    server.register_resource_type("Group", create_group_resource_handler(group), operations()).expect("groups");
    fill(&server, &storage, users).await;
    let router = Router::new()
        .route("/scim/v2/{endpoint}", get(list).post(create))
        .route("/scim/v2/{endpoint}/{id}", get(read).patch(change))
        .layer(from_fn_with_state(Arc::new(token), admit))
        .with_state(Arc::new(server));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
    println!("ready on {port}");
    axum::serve(listener, router).await.expect("serving");
}

/// Puts users into the storage, each a copy of one that was created in the usual way.
async fn fill(server: &ScimServer<StandardResourceProvider<InMemoryStorage>>, storage: &InMemoryStorage, users: usize) {
    if users == 0 {
        return;
    }
    let first = include_str!("../../../user0.json");
    let first: Value = serde_json::from_str(first).expect("JSON");
    let context = RequestContext::with_generated_id();
    let made = server.create_resource("User", first, &context).await.expect("a user");
    let id = made.get_id().expect("an id").to_owned();
    let key = |id: &str| StorageKey::new(TENANT, "User", id);
    let text = storage.get(key(&id)).await.expect("an answer").expect("the user").to_string();
    storage.delete(key(&id)).await.expect("an answer");
    for number in 0..users {
        let own = format!("u{number:07}");
        let text = text.replace(&id, &own).replace("user0000000@", &format!("user{number:07}@"));
        storage.put(key(&own), serde_json::from_str(&text).expect("JSON")).await.expect("room");
    }
}

/// The tenant of whoever names none.
const TENANT: &str = "default";

async fn admit(State(token): State<Arc<String>>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if sent == Some(token.as_str()) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

fn kind(endpoint: &str) -> &'static str {
    if endpoint == "Users" { "User" } else { "Group" }
}

fn shown(server: &Server, resource: &Resource) -> Value {
    server.serialize_resource_with_refs(resource, None).expect("JSON")
}

fn answer(status: StatusCode, body: Result<Value, impl ToString>) -> Response {
    match body {
        Ok(body) => (status, Json(body)).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"detail": error.to_string()}))).into_response(),
    }
}

async fn create(State(server): State<Server>, Path(endpoint): Path<String>, Json(body): Json<Value>) -> Response {
    let made = server.create_resource(kind(&endpoint), body, &RequestContext::with_generated_id()).await;
    answer(StatusCode::CREATED, made.map(|resource| shown(&server, &resource)))
}

async fn read(State(server): State<Server>, Path((endpoint, id)): Path<(String, String)>) -> Response {
    match server.get_resource(kind(&endpoint), &id, &RequestContext::with_generated_id()).await {
        Ok(Some(resource)) => answer(StatusCode::OK, Ok::<_, String>(shown(&server, &resource))),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => answer(StatusCode::OK, Err(error)),
    }
}

async fn change(
    State(server): State<Server>,
    Path((endpoint, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let done = server.patch_resource(kind(&endpoint), &id, &body, &RequestContext::with_generated_id()).await;
    answer(StatusCode::OK, done.map(|resource| shown(&server, &resource)))
}

async fn list(
    State(server): State<Server>,
    Path(endpoint): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let (kind, context) = (kind(&endpoint), RequestContext::with_generated_id());
    let found = match query.get("filter") {
        // The crate parses no filters; its own look-up by one attribute is what its users have.
        Some(filter) => {
            let (name, value) = filter.split_once(" eq ").unwrap_or(("userName", filter));
            server.provider().find_resources_by_attribute(kind, name, value.trim_matches('"'), &context).await
        }
        None => {
            let mut page = ListQuery::new();
            page.start_index = query.get("startIndex").and_then(|n| n.parse().ok());
            page.count = Some(query.get("count").and_then(|n| n.parse().ok()).unwrap_or(100));
            server.provider().list_resources(kind, Some(&page), &context).await
        }
    };
    let found = found.map(|found| {
        let resources: Vec<Value> = found.iter().map(|one| shown(&server, one.resource())).collect();
        json!({"itemsPerPage": resources.len(), "Resources": resources})
    });
    answer(StatusCode::OK, found)
}
