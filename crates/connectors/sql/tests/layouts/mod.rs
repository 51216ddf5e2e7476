//! Two layouts as applications have them, in the words of each database, and what every database is tried with.
#![allow(dead_code, reason = "a file needs no server")]

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, Context, DeleteMode, EntitlementRef,
    ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation, Outcome, Result, SideEffect,
    WriteRequest,
};
use tenure_connector_sql::SqlConnector;
use tenure_scim::{Filter, Patch, PatchPath, Resource, uri};
use tenure_testkit::conformance::Subject;

/// A database of one test, with tables, and a way to speak to it past the connector.
pub(crate) trait Place: Sized {
    /// The connector for a layout.
    fn connector(&self, layout: Value) -> SqlConnector;
    /// Where tables are, `name.` or nothing.
    fn prefix(&self) -> String;
    /// Runs a statement.
    fn run(&self, sql: &str);
    /// Makes a trigger that writes `full_name` of changed accounts in capitals.
    fn shout(&self) -> String;
}

/// Where the server of the tests is, if there is one. Without one the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is
/// set.
pub(crate) fn server(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok();
    assert!(
        found.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a server in {variable}, found none"
    );
    if found.is_none() {
        eprintln!("not tried: {variable} is not set");
    }
    found
}

/// A name that no other test has.
pub(crate) fn fresh_name() -> String {
    format!("tenure_{}", uuid::Uuid::now_v7().simple())
}

/// Runs work of a client that wants a runtime, wherever the caller stands.
pub(crate) fn run_apart(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(work)).join().unwrap();
}

/// The connector for a layout in this database.
pub(crate) fn connect(mut layout: Value, database: Value) -> SqlConnector {
    layout["database"] = database;
    SqlConnector::new(serde_json::from_value(layout).unwrap()).unwrap()
}

/// A wiki: numbers as keys, a word as status, soft deletion, a revision, several tenants in one table.
pub(crate) fn wiki(prefix: &str) -> Value {
    let columns = json!({
        "userName": "login",
        "externalId": "employee no",
        "displayName": "full_name",
        "name.familyName": "order",
        "emails[type eq \"work\"].value": "mail",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "dept",
        "urn:example:wiki:User:grade": "grade",
    });
    json!({
        "users": {
            "table": format!("{prefix}accounts"),
            "key": { "column": "id", "made_by": "database" },
            "columns": columns,
            "status": { "column": "state", "active": "on", "disabled": "off", "suspended": "paused" },
            "deleted": { "column": "deleted_at" },
            "version": "revision",
            "created": "created_at",
            "modified": "changed_at",
            "last_login": "seen_at",
            "fixed": { "tenant": 7 },
        },
        "groups": {
            "table": format!("{prefix}teams"),
            "key": { "column": "id", "made_by": "database" },
            "columns": { "displayName": "title" },
        },
        "memberships": { "table": format!("{prefix}team_members"), "user": "account", "group": "team" },
    })
}

const WIKI: &str =
    "CREATE TABLE {p}accounts ({id}, login {text} NOT NULL, {q}employee no{q} {text}, full_name {text}, \
    {q}order{q} {text}, mail {text}, dept {text}, grade {text}, state {text} NOT NULL, deleted_at {time}, \
    revision {int} NOT NULL, created_at {time}, changed_at {time}, seen_at {time}, tenant {int} NOT NULL, \
    UNIQUE (tenant, login));
  CREATE TABLE {p}teams ({id}, title {text} NOT NULL UNIQUE);
  CREATE TABLE {p}team_members (account {ref} NOT NULL, team {ref} NOT NULL, PRIMARY KEY (account, team), \
    FOREIGN KEY (account) REFERENCES {p}accounts (id), FOREIGN KEY (team) REFERENCES {p}teams (id))";

/// A shop: UUIDs as keys, a flag as status, nothing else, and no unique name.
pub(crate) fn shop(prefix: &str) -> Value {
    let key = json!({ "column": "uid", "made_by": "uuid" });
    json!({
        "users": {
            "table": format!("{prefix}customer"),
            "key": key,
            "columns": { "userName": "name", "displayName": "label", "emails": "mail" },
            "status": { "column": "enabled", "active": true, "disabled": false },
        },
        "groups": { "table": format!("{prefix}role"), "key": key, "columns": { "displayName": "name" } },
        "memberships": { "table": format!("{prefix}customer_role"), "user": "customer", "group": "role" },
    })
}

const SHOP: &str = "CREATE TABLE {p}customer (uid {uuid} PRIMARY KEY, name {text}, label {text}, mail {text}, enabled {flag});
  CREATE TABLE {p}role (uid {uuid} PRIMARY KEY, name {text});
  CREATE TABLE {p}customer_role (customer {uuid} NOT NULL, role {uuid} NOT NULL)";

/// The statements that make both layouts; `words` are what the database calls things.
pub(crate) fn tables(prefix: &str, words: &[(&str, &str)]) -> Vec<String> {
    let all = format!("{WIKI};{SHOP}").replace("{p}", prefix);
    let said = words.iter().fold(all, |text, (name, word)| text.replace(&format!("{{{name}}}"), word));
    said.split(';').map(str::to_owned).collect()
}

pub(crate) fn subject(place: &impl Place, layout: fn(&str) -> Value) -> Subject {
    Subject::new(Arc::new(place.connector(layout(&place.prefix())))).with_secret_text("Hidden-Password-1")
}

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

async fn apply(connector: &SqlConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

async fn add(connector: &SqlConnector, name: &str) -> ObjectRef {
    let user = Resource::new(uri::USER).with("userName", name).unwrap();
    connector.create(&ctx(), name, ObjectClass::USER, user).await.unwrap().object.unwrap()
}

async fn add_group(connector: &SqlConnector, name: &str) -> ObjectRef {
    let group = Resource::new(uri::GROUP).with("displayName", name).unwrap();
    connector.create(&ctx(), name, ObjectClass::GROUP, group).await.unwrap().object.unwrap()
}

fn grant(object: &ObjectRef, group: &str) -> Operation {
    let entitlement = EntitlementRef::new("group", group);
    Operation::Grant { object: object.clone(), entitlement, parameters: Default::default() }
}

fn patch(path: &str, value: impl Into<Value>) -> Patch {
    Patch::default().replace(PatchPath::parse(path).unwrap(), value)
}

async fn names(connector: &SqlConnector, filter: &str) -> Vec<String> {
    let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
    let listing = connector.list_all(&ctx(), query, 10_000).await.unwrap();
    listing.items.iter().map(|item| item.resource.text("userName").unwrap().to_owned()).collect()
}

/// A walk beyond keys of one digit sees everybody once.
pub(crate) async fn numbers_are_walked_as_numbers(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let mut made = Vec::new();
    for n in 0..25 {
        made.push(add(&connector, &format!("walker-{n}")).await.id);
    }
    let mut query = ListQuery::new(ObjectClass::USER).with_page_size(4);
    let mut seen = Vec::new();
    loop {
        let page = connector.list(&ctx(), &query).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| item.object.id));
        let Some(next) = page.next else { break };
        query = query.with_cursor(next);
    }
    assert_eq!(seen, made);
}

/// Every attribute arrives in its column and comes back from there.
pub(crate) async fn attributes_have_columns(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let user = json!({
        "schemas": [uri::USER, uri::ENTERPRISE_USER, "urn:example:wiki:User"],
        "userName": "Anna",
        "externalId": "E-1",
        "displayName": "Anna O'Hara \\ \"A\" `x` %",
        "name": { "familyName": "O'Hara" },
        "active": false,
        "emails": [{ "value": "anna@example.com", "type": "work" }],
        uri::ENTERPRISE_USER: { "department": "Käse" },
        "urn:example:wiki:User": { "grade": "7" },
    });
    let sent = Resource::from_json(user.clone()).unwrap();
    let anna = connector.create(&ctx(), "k", ObjectClass::USER, sent).await.unwrap().object.unwrap();
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
    let json = shown.resource.to_json();
    for (name, value) in user.as_object().unwrap().iter().filter(|(name, _)| *name != "schemas") {
        assert_eq!(json.get(name), Some(value), "{name}");
    }
    assert!(json["meta"]["created"].as_str().is_some_and(|time| time.ends_with('Z')), "{json}");
    assert_eq!(shown.version.unwrap().as_str(), "1");
    // What has no column is refused, not lost.
    for (path, value) in [
        ("emails", json!([{ "value": "b@example.com", "type": "home" }])),
        (
            "emails",
            json!([{ "value": "b@example.com", "type": "work" }, { "value": "c@example.com", "type": "work" }]),
        ),
        ("title", json!("Agent")),
    ] {
        let update = Operation::Update { object: anna.clone(), patch: patch(path, value) };
        assert_eq!(apply(&connector, update).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{path}");
    }
    let by_no = ObjectRef::by(ObjectClass::USER, ObjectRef::EXTERNAL_ID, "E-1");
    assert_eq!(connector.get(&ctx(), &by_no, &Fields::All).await.unwrap().object.id, anna.id);
    let away = Operation::Update {
        object: anna.clone(),
        patch: Patch::default().remove(PatchPath::parse("emails").unwrap()),
    };
    assert!(apply(&connector, away).await.unwrap().changed());
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap();
    assert!(shown.resource.attr("emails").is_none());
    assert_eq!(shown.version.unwrap().as_str(), "2");
}

/// A filter gives what the model accepts, whatever the database makes of case, wildcards and nothing.
pub(crate) async fn filters_agree_with_the_model(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let all = ["anna", "Äpfel", "100%_x", "O'Brien", "ŁUKASZ", "a\\b", "ANNALENA", "émile"];
    for (n, name) in all.into_iter().enumerate() {
        let mut user = Resource::new(uri::USER).with("userName", name).unwrap();
        if n % 2 == 0 {
            user = user.with("displayName", format!("Display {name}")).unwrap();
            user = user
                .with("emails", json!([{ "value": format!("{n}@example.com"), "type": "work" }]))
                .unwrap();
        }
        if n % 3 == 0 {
            user = user.with("active", false).unwrap().with("externalId", format!("X{n}")).unwrap();
        }
        connector.create(&ctx(), name, ObjectClass::USER, user).await.unwrap();
    }
    let filters = [
        "userName eq \"ANNA\"",
        "userName eq \"äPFEL\"",
        "userName sw \"anna\"",
        "userName co \"%_\"",
        "userName co \"'\"",
        "userName eq \"łukasz\"",
        "userName eq \"a\\\\b\"",
        "userName ew \"\\\\b\"",
        "userName eq \"emile\"",
        "userName ne \"anna\"",
        "not (userName sw \"a\")",
        "displayName pr",
        "not (displayName pr)",
        "displayName eq null",
        "displayName ne \"Display anna\"",
        "active eq true",
        "active eq false",
        "not (active eq true)",
        "externalId eq \"X3\"",
        "externalId eq \"x3\"",
        "externalId ne \"X3\"",
        "emails.value co \"2@\"",
        "emails[type eq \"work\" and value sw \"4\"]",
        "emails pr and active eq true",
        "userName gt \"b\"",
        "userName le \"b\"",
        "userName eq \"anna\" or displayName co \"ŁUK\"",
        "id eq \"1\"",
        "id eq \"nobody\"",
        "id pr",
        "meta.created gt \"2001-01-01T00:00:00Z\"",
        "meta.lastModified lt \"2001-01-01T00:00:00Z\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr",
    ];
    let everyone = connector.list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap().items;
    let registry = connector.schema(&ctx()).await.unwrap().registry().unwrap();
    for filter in filters {
        let compiled = Filter::parse(filter).unwrap().compile(registry.resource("User").unwrap()).unwrap();
        let accepted = everyone.iter().filter(|user| compiled.matches(&user.resource));
        let expected: Vec<_> =
            accepted.map(|user| user.resource.text("userName").unwrap().to_owned()).collect();
        assert_eq!(names(&connector, filter).await, expected, "{filter}");
    }
}

/// Rows that are not ours are not seen and not touched.
pub(crate) async fn other_tenants_are_not_seen(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let mine = add(&connector, "anna").await;
    let prefix = place.prefix();
    place.run(&format!(
        "INSERT INTO {prefix}accounts (login, state, revision, tenant) VALUES ('ben', 'on', 1, 8)"
    ));
    assert_eq!(names(&connector, "userName pr").await, ["anna"]);
    let other: u64 = mine.id.parse::<u64>().unwrap() + 1;
    let ben = ObjectRef::new(ObjectClass::USER, other.to_string());
    assert_eq!(connector.get(&ctx(), &ben, &Fields::All).await.unwrap_err().kind(), ErrorKind::NotFound);
    let stop = Operation::SetStatus { object: ben.clone(), status: AccountStatus::Disabled };
    assert!(apply(&connector, stop).await.unwrap().is_already_so());
    let delete = Operation::Delete { object: ben, mode: DeleteMode::Permanent };
    assert!(apply(&connector, delete).await.unwrap().is_already_so());
    // A name of another tenant is free.
    add(&connector, "ben").await;
}

/// A writer past the connector that counts the version up is noticed.
pub(crate) async fn another_writer_is_noticed(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let anna = add(&connector, "anna").await;
    let seen = connector.get(&ctx(), &anna, &Fields::All).await.unwrap().version.unwrap();
    let prefix = place.prefix();
    place.run(&format!("UPDATE {prefix}accounts SET revision = revision + 1, dept = 'x'"));
    let operation = Operation::Update { object: anna.clone(), patch: patch("displayName", "Mine") };
    let late = WriteRequest::new("late", operation).expecting(seen);
    let error = connector.apply(&ctx(), &late).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Conflict, Certainty::Refused));
    assert!(connector.get(&ctx(), &anna, &Fields::All).await.unwrap().resource.attr("displayName").is_none());
}

/// A deleted row is kept, its memberships too; its name is not free; for good takes both.
pub(crate) async fn deletion_is_kept_or_for_good(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let (anna, team) = (add(&connector, "anna").await, add_group(&connector, "Staff").await);
    apply(&connector, grant(&anna, &team.id)).await.unwrap();
    apply(&connector, Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft }).await.unwrap();
    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10).await.unwrap();
    assert_eq!(grants.items, [], "a deleted account holds nothing");
    let again = Resource::new(uri::USER).with("userName", "anna").unwrap();
    let error = connector.create(&ctx(), "k2", ObjectClass::USER, again).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.help().is_some_and(|help| help.contains("restore")), "{error:?}");
    assert!(apply(&connector, Operation::Restore { object: anna.clone() }).await.unwrap().changed());
    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10).await.unwrap();
    assert_eq!(grants.items.len(), 1);
    apply(&connector, Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft }).await.unwrap();
    let gone =
        apply(&connector, Operation::Delete { object: anna, mode: DeleteMode::Permanent }).await.unwrap();
    assert!(gone.changed());
    add(&connector, "anna").await;
}

/// What refers to a row keeps it, and the whole deletion is undone.
pub(crate) async fn a_row_in_use_is_not_deleted(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let (anna, team) = (add(&connector, "anna").await, add_group(&connector, "Staff").await);
    apply(&connector, grant(&anna, "Staff")).await.unwrap();
    let prefix = place.prefix();
    place.run(&format!(
        "CREATE TABLE {prefix}pages (owner BIGINT, FOREIGN KEY (owner) REFERENCES {prefix}accounts (id))"
    ));
    place.run(&format!("INSERT INTO {prefix}pages (owner) VALUES ({})", anna.id));
    let error = apply(&connector, Operation::Delete { object: anna.clone(), mode: DeleteMode::Permanent })
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
    let revoke = Operation::Revoke { object: anna, entitlement: EntitlementRef::new("group", team.id) };
    assert!(apply(&connector, revoke).await.unwrap().changed(), "the membership was still there");
}

/// Names and values that look like SQL are data.
pub(crate) async fn hostile_names_are_data(place: &impl Place) {
    let connector = place.connector(shop(&place.prefix()));
    for name in ["'; DROP TABLE customer; --", "\"", "`", "\\", "%", "$1", "?1", "{}"] {
        let object = add(&connector, name).await;
        assert_eq!(names(&connector, &format!("userName eq {}", json!(name))).await, [name]);
        let strange = ObjectRef::new(ObjectClass::USER, format!("{}' OR '1'='1", object.id));
        assert_eq!(
            connector.get(&ctx(), &strange, &Fields::All).await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}

/// The same key makes the same row, also when the answer was lost and the row has changed since.
pub(crate) async fn a_repeated_create_makes_no_second_row(place: &impl Place) {
    let connector = place.connector(shop(&place.prefix()));
    let anna = add(&connector, "anna").await;
    apply(&connector, Operation::Update { object: anna.clone(), patch: patch("userName", "anne") })
        .await
        .unwrap();
    let user = Resource::new(uri::USER).with("userName", "anna").unwrap();
    let again = connector.create(&ctx(), "anna", ObjectClass::USER, user).await.unwrap();
    assert!(again.is_already_so());
    assert_eq!(again.object.unwrap().id, anna.id);
}

/// What a trigger makes of a value is told.
pub(crate) async fn a_trigger_is_told(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    place.run(&place.shout());
    let anna = add(&connector, "anna").await;
    let update = Operation::Update { object: anna, patch: patch("displayName", "loud") };
    let outcome = apply(&connector, update).await.unwrap();
    let told = SideEffect::ChangesAttributes { paths: vec!["displayName".to_owned()] };
    assert_eq!(outcome.effects, [told]);
}

/// A layout that is not there is a mistake in the configuration, found by `check`.
pub(crate) async fn a_missing_column_is_told(place: &impl Place) {
    let mut layout = shop(&place.prefix());
    layout["users"]["columns"]["title"] = json!("job");
    let connector = place.connector(layout);
    let error = connector.check(&ctx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert!(error.detail().contains("job"), "{error}");
}

/// Many memberships come page by page, each once.
pub(crate) async fn memberships_are_walked(place: &impl Place) {
    let connector = place.connector(wiki(&place.prefix()));
    let mut expected = Vec::new();
    let teams = [add_group(&connector, "A").await, add_group(&connector, "B").await];
    for n in 0..7 {
        let user = add(&connector, &format!("u{n}")).await;
        for team in &teams {
            apply(&connector, grant(&user, &team.id)).await.unwrap();
            expected.push(format!("{}/group:{}", user.id, team.id));
        }
    }
    let query = ListQuery::new(ObjectClass::GRANT).with_page_size(3);
    let walked = connector.list_all(&ctx(), query, 100).await.unwrap();
    assert_eq!(walked.items.iter().map(|item| item.object.id.clone()).collect::<Vec<_>>(), expected);
    let one = Filter::parse(&format!("value eq \"{}\" and kind eq \"group\"", teams[1].id)).unwrap();
    let query = ListQuery::new(ObjectClass::GRANT).with_filter(one).with_page_size(2);
    let walked = connector.list_all(&ctx(), query, 100).await.unwrap();
    assert_eq!(walked.items.len(), 7);
    let nobody = Filter::parse("value eq \"x\"").unwrap();
    let query = ListQuery::new(ObjectClass::GRANT).with_filter(nobody);
    assert_eq!(connector.list_all(&ctx(), query, 100).await.unwrap().items, []);
}

/// Writes the tests of the suite of the contract for a layout.
macro_rules! trial_tests {
    (($layout:ident) $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(place) = crate::place() {
                    let subject = crate::layouts::subject(&place, crate::layouts::$layout);
                    tenure_testkit::conformance::assert_trial(&subject, stringify!($name));
                }
            }
        )*
    };
}
pub(crate) use trial_tests;

/// Writes the tests that every database has.
macro_rules! database_tests {
    ($($name:ident)+) => {
        mod conformance {
            mod wiki {
                tenure_testkit::__for_each_trial! { [crate::layouts::trial_tests] wiki }
            }
            mod shop {
                tenure_testkit::__for_each_trial! { [crate::layouts::trial_tests] shop }
            }
        }
        $(
            #[tokio::test]
            async fn $name() {
                if let Some(place) = crate::place() {
                    crate::layouts::$name(&place).await;
                }
            }
        )+
    };
    () => {
        crate::layouts::database_tests! {
            attributes_have_columns filters_agree_with_the_model other_tenants_are_not_seen another_writer_is_noticed
            deletion_is_kept_or_for_good a_row_in_use_is_not_deleted hostile_names_are_data
            a_repeated_create_makes_no_second_row a_trigger_is_told a_missing_column_is_told memberships_are_walked numbers_are_walked_as_numbers
        }
    };
}
pub(crate) use database_tests;
