//! The database selects and sorts as the evaluator does, over generated users and generated filters.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tenure_connector::{Connector, ErrorKind, ListQuery, Object, ObjectClass, Sort};
use tenure_scim::filter::{CompareOp, Literal};
use tenure_scim::message::SortOrder;
use tenure_scim::{Filter, Resource, ResourceSchema, ResourceType, Schema, SchemaRegistry};
use tenure_store::directory::DirectoryConnector;

use crate::cases::{create, ctx, group, path};
use crate::place::{Place, clock};

const BASE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const OWN: &str = "urn:example:params:Own";

/// The built-in users with an extension that has every type of attribute.
fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let own = json!({"id": OWN, "name": "Own", "attributes": [
        {"name": "level", "type": "integer", "multiValued": false},
        {"name": "rate", "type": "decimal", "multiValued": false},
        {"name": "hired", "type": "dateTime", "multiValued": false},
        {"name": "badge", "type": "string", "multiValued": false, "caseExact": true},
        {"name": "tags", "type": "string", "multiValued": true},
        {"name": "codes", "type": "string", "multiValued": true, "caseExact": true},
        {"name": "scores", "type": "integer", "multiValued": true},
    ]});
    registry.add_schema(Schema::from_json(own).unwrap());
    let user = registry.resource("User").unwrap().resource_type().clone();
    let user: ResourceType = user.with_extension(OWN.parse().unwrap(), false);
    registry.add_resource_type(user).unwrap();
    registry
}

const TEXTS: [&str; 14] = [
    "anna",
    "Anna",
    "ÀNNA",
    "àn",
    "Straße",
    "STRASSE",
    "50%_",
    "50",
    "o'hara",
    r"back\slash",
    "x*[?]",
    "Ｂｏｂ",
    "bob",
    "",
];

fn texts() -> impl Strategy<Value = String> {
    select(TEXTS.to_vec()).prop_map(str::to_owned)
}

fn maybe<S: Strategy<Value = Value> + 'static>(of: S) -> BoxedStrategy<Option<Value>> {
    proptest::option::of(of).boxed()
}

fn user() -> impl Strategy<Value = Value> {
    let text = || maybe(texts().prop_map(Value::from));
    let email = (texts(), proptest::option::of(select(vec!["work", "Work", "home"])), any::<bool>())
        .prop_map(|(value, kind, primary)| {
            let value = format!("{value}@example.com");
            match (kind, primary) {
                (Some(kind), true) => json!({"value": value, "type": kind, "primary": true}),
                (Some(kind), false) => json!({"value": value, "type": kind}),
                (None, _) => json!({"value": value}),
            }
        });
    let emails = proptest::collection::vec(email, 0..3).prop_map(|mut emails| {
        let mut primaries = 0;
        for email in &mut emails {
            primaries += usize::from(email.get("primary").is_some());
            if primaries > 1 {
                email.as_object_mut().unwrap().remove("primary");
            }
        }
        Value::from(emails)
    });
    let names = (text(), text(), text(), text(), text(), maybe(any::<bool>().prop_map(Value::from)));
    let numbers = (
        maybe((-3_i64..4).prop_map(Value::from)),
        maybe(select(vec![-1.5, 0.0, 0.25, 2.0, 1e10]).prop_map(Value::from)),
        maybe(select(times()).prop_map(Value::from)),
        maybe(proptest::collection::vec(texts(), 1..4).prop_map(Value::from)),
        maybe(proptest::collection::vec(texts(), 1..4).prop_map(Value::from)),
        maybe(proptest::collection::vec(-3_i64..4, 1..4).prop_map(Value::from)),
    );
    (names, emails, text(), text(), text(), numbers).prop_map(
        |(names, emails, department, manager, badge, own)| {
            let mut user = json!({"schemas": [BASE, ENTERPRISE, OWN], "emails": emails});
            let mut put = |at: &str, value: Option<Value>| {
                if let Some(value) = value {
                    match at.split_once('/') {
                        Some((outer, inner)) => user[outer][inner] = value,
                        None => user[at] = value,
                    }
                }
            };
            put("externalId", names.0);
            put("title", names.1);
            put("displayName", names.2);
            put("name/familyName", names.3);
            put("name/givenName", names.4);
            put("active", names.5);
            put(&format!("{ENTERPRISE}/department"), department);
            put(&format!("{ENTERPRISE}/manager"), manager.map(|value| json!({"value": value})));
            put(&format!("{OWN}/badge"), badge);
            put(&format!("{OWN}/level"), own.0);
            put(&format!("{OWN}/rate"), own.1);
            put(&format!("{OWN}/hired"), own.2);
            put(&format!("{OWN}/tags"), own.3);
            put(&format!("{OWN}/codes"), own.4);
            put(&format!("{OWN}/scores"), own.5);
            user
        },
    )
}

fn times() -> Vec<&'static str> {
    vec![
        "2026-11-21T10:00:20Z",
        "2026-11-21T11:00:40+01:00",
        "2026-11-21T10:00:20.0005Z",
        "2026-11-21T10:00:20",
        "1600-01-01T00:00:00Z",
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        6 => texts().prop_map(Literal::String),
        2 => select(vec!["anna@example.com", "Work", "na", "A", "@example", "direct", "User", "W/\"1\""])
            .prop_map(|text| Literal::String(text.to_owned())),
        2 => select(times()).prop_map(|text| Literal::String(text.to_owned())),
        2 => any::<bool>().prop_map(Literal::Bool),
        3 => select(vec!["-1.5", "0", "0.25", "2", "2.0", "1", "1e10", "0.1234567890123456789"])
            .prop_map(|text| Filter::parse(&format!("x eq {text}")).unwrap())
            .prop_map(|filter| match filter {
                Filter::Compare(comparison) => comparison.value,
                other => panic!("{other}"),
            }),
        1 => Just(Literal::Null),
    ]
}

fn paths() -> Vec<String> {
    let own =
        ["level", "rate", "hired", "badge", "tags", "codes", "scores"].map(|name| format!("{OWN}:{name}"));
    let enterprise = ["department", "manager", "manager.value", "employeeNumber"]
        .map(|name| format!("{ENTERPRISE}:{name}"));
    let base = [
        "id",
        "userName",
        "USERNAME",
        "externalId",
        "title",
        "displayName",
        "name",
        "name.familyName",
        "name.givenName",
        "active",
        "emails",
        "emails.value",
        "emails.type",
        "emails.primary",
        "phoneNumbers",
        "schemas",
        "meta.created",
        "meta.lastModified",
        "meta.version",
        "meta.resourceType",
        "groups",
        "groups.value",
        "groups.display",
        "groups.type",
        "addresses.locality",
        "password",
    ];
    let spelled = format!("{BASE}:userName");
    base.map(str::to_owned).into_iter().chain(enterprise).chain(own).chain([spelled]).collect()
}

fn op() -> impl Strategy<Value = CompareOp> {
    use CompareOp::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    select(vec![Eq, Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le])
}

fn filter() -> impl Strategy<Value = Filter> {
    let term = prop_oneof![
        8 => (select(paths()), op(), literal())
            .prop_map(|(at, op, literal)| Filter::compare(path(&at), op, literal)),
        1 => select(paths()).prop_map(|at| Filter::Present(path(&at))),
        2 => (inner(), select(vec!["emails".to_owned(), "name".to_owned(), format!("{OWN}:tags")]))
            .prop_map(|(inner, at)| Filter::element(path(&at), inner)),
    ];
    term.prop_recursive(3, 8, 3, |part| {
        prop_oneof![
            part.clone().prop_map(Filter::not),
            proptest::collection::vec(part.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(part, 2..4).prop_map(Filter::Or),
        ]
    })
}

fn inner() -> impl Strategy<Value = Filter> {
    let term = || {
        (select(vec!["value", "type", "primary", "familyName"]), op(), literal())
            .prop_map(|(at, op, literal)| Filter::compare(path(at), op, literal))
    };
    prop_oneof![
        term(),
        term().prop_map(Filter::not),
        (term(), term()).prop_map(|(a, b)| Filter::And(vec![a, b])),
        (term(), term()).prop_map(|(a, b)| Filter::Or(vec![a, b])),
    ]
}

async fn all(directory: &DirectoryConnector, query: ListQuery) -> Vec<Object> {
    let mut found = Vec::new();
    let mut query = query.with_page_size(29);
    loop {
        let page = directory.list(&ctx(), &query).await.unwrap();
        if let Some(total) = page.total.filter(|_| page.next.is_none()) {
            assert_eq!(total, u64::try_from(found.len() + page.items.len()).unwrap(), "{query:?}");
        }
        found.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() {
            return found;
        }
    }
}

async fn populated(place: &Place) -> (DirectoryConnector, ResourceSchema, Vec<Object>) {
    let registry = registry();
    let schema = registry.resource("User").unwrap().clone();
    let directory = place.open_with(DirectoryConnector::builder(registry, clock())).await.unwrap();
    let mut runner = TestRunner::deterministic();
    let mut ids = Vec::new();
    for n in 0..90 {
        let mut json = user().new_tree(&mut runner).unwrap().current();
        json["userName"] = json!(format!("{}{n}", TEXTS[n % TEXTS.len()]));
        let made = create(&directory, ObjectClass::USER, Resource::from_json(json).unwrap()).await;
        ids.push(made.id);
    }
    for (n, name) in ["Anna", "Straße", "50%_"].into_iter().enumerate() {
        let members: Vec<&str> = ids.iter().skip(n).step_by(n + 2).map(String::as_str).collect();
        create(&directory, ObjectClass::GROUP, group(name, &members)).await;
    }
    let users = all(&directory, ListQuery::new(ObjectClass::USER)).await;
    assert_eq!(users.len(), 90);
    (directory, schema, users)
}

pub async fn a_filter_selects_what_it_matches(place: Place) {
    let (directory, schema, users) = populated(&place).await;
    let mut runner = TestRunner::deterministic();
    let (mut tried, mut some) = (0, 0);
    while tried < 600 {
        let filter = filter().new_tree(&mut runner).unwrap().current();
        let query = ListQuery::new(ObjectClass::USER).with_filter(filter.clone());
        let Ok(compiled) = filter.compile(&schema) else {
            let refused = directory.list(&ctx(), &query).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{filter}");
            continue;
        };
        tried += 1;
        let expected: BTreeSet<&str> = users
            .iter()
            .filter(|user| compiled.matches(&user.resource))
            .map(|user| user.object.id.as_str())
            .collect();
        some += usize::from(!expected.is_empty() && expected.len() < users.len());
        let found = match directory.list(&ctx(), &query).await {
            Ok(_) => all(&directory, query).await,
            // Of the groups, only what the database compares can be asked for.
            Err(error) if filter.to_string().contains("groups") => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{filter}: {error}");
                continue;
            }
            Err(error) => panic!("{filter}: {error}"),
        };
        let found: BTreeSet<&str> = found.iter().map(|user| user.object.id.as_str()).collect();
        let wrong: Vec<&Object> = users
            .iter()
            .filter(|user| {
                found.contains(user.object.id.as_str()) != expected.contains(user.object.id.as_str())
            })
            .collect();
        assert!(wrong.is_empty(), "{filter}\n{} of {}", wrong[0].resource.to_json(), wrong.len());
    }
    assert!(some > tried / 4, "only {some} of {tried} filters tell anything apart");
}

pub async fn a_sort_orders_as_the_model_does(place: Place) {
    let (directory, schema, users) = populated(&place).await;
    for by in paths() {
        for descending in [false, true] {
            let order = if descending { SortOrder::Descending } else { SortOrder::Ascending };
            let sort = Sort { by: path(&by), descending };
            let query = ListQuery::new(ObjectClass::USER).with_sort(sort);
            let model = tenure_scim::Sort::new(&path(&by), order, &schema);
            let elsewhere = by == "meta.resourceType";
            let Some(model) = model.ok().filter(|_| !elsewhere) else {
                let refused = directory.list(&ctx(), &query).await.unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{by}");
                continue;
            };
            let found = all(&directory, query).await;
            let ids: BTreeSet<&str> = found.iter().map(|user| user.object.id.as_str()).collect();
            assert_eq!((found.len(), ids.len()), (users.len(), users.len()), "{by}: each comes once");
            for pair in found.windows(2) {
                let order = model.compare(&pair[0].resource, &pair[1].resource);
                assert!(
                    order.is_le(),
                    "{by} {descending}: {:?}",
                    pair.iter().map(|u| u.resource.to_json()).collect::<Vec<_>>()
                );
            }
        }
    }
}

pub async fn a_list_begins_behind_any_number(place: Place) {
    let (directory, _, users) = populated(&place).await;
    let every = || ListQuery::new(ObjectClass::USER);
    let by = |by: &str, descending| every().with_sort(Sort { by: path(by), descending });
    let filtered = |text: &str| every().with_filter(Filter::parse(text).unwrap());
    let queries = [
        every(),
        by("userName", false),
        by("meta.created", true),
        // Some lack it: they come last, and first the other way round.
        by("displayName", false),
        by("displayName", true),
        by("emails.value", true),
        filtered("displayName pr"),
        filtered("name[familyName pr or givenName pr]"),
    ];
    for query in queries {
        let whole = all(&directory, query.clone()).await;
        assert!(whole.len() > 5 && whole.len() <= users.len(), "{query:?}");
        for skip in (0..whole.len() + 3).step_by(5).chain([1, whole.len() - 1, whole.len()]) {
            let from = query.clone().with_skip(u64::try_from(skip).unwrap());
            let page = directory.list(&ctx(), &from.clone().with_page_size(4)).await.unwrap();
            let wanted = whole.iter().skip(skip).take(4).map(|user| &user.object.id);
            assert!(page.items.iter().map(|user| &user.object.id).eq(wanted), "{skip}: {query:?}");
            if let Some(total) = page.total {
                assert_eq!(total, u64::try_from(whole.len()).unwrap(), "{skip}: {query:?}");
            }
            // The walk goes on from there.
            let Some(cursor) = page.next else { continue };
            let next = directory.list(&ctx(), &from.with_cursor(cursor).with_page_size(2)).await.unwrap();
            let wanted = whole.iter().skip(skip + 4).take(2).map(|user| &user.object.id);
            assert!(next.items.iter().map(|user| &user.object.id).eq(wanted), "{skip}: {query:?}");
        }
    }
}
