//! Members and groups as filters and sorts see them: rows of another table, compared as the evaluator compares.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_connector::{Connector, ListQuery, Object, ObjectClass, Sort};
use tenure_scim::message::SortOrder;
use tenure_scim::{Filter, Resource, SchemaRegistry};
use tenure_store::directory::{DirectoryBuilder, DirectoryConnector};

use crate::cases::{create, ctx, path, user};
use crate::place::{Place, clock};

/// The built-in types, with members that have a `display`, as RFC 7643 section 8.4 shows them.
fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let mut group = serde_json::to_value(registry.resource("Group").unwrap().base()).unwrap();
    let attributes = group["attributes"].as_array_mut().unwrap();
    let members = attributes.iter_mut().find(|attribute| attribute["name"] == "members").unwrap();
    let display = json!({"name": "display", "type": "string", "multiValued": false});
    members["subAttributes"].as_array_mut().unwrap().push(display);
    registry.add_schema(tenure_scim::Schema::from_json(group).unwrap());
    let kind = registry.resource("Group").unwrap().resource_type().clone();
    registry.add_resource_type(kind).unwrap();
    registry
}

pub fn builder() -> DirectoryBuilder {
    DirectoryConnector::builder(registry(), clock())
}

async fn all(directory: &DirectoryConnector, query: ListQuery) -> Vec<Object> {
    let (mut found, mut query) = (Vec::new(), query.with_page_size(3));
    loop {
        let page = directory.list(&ctx(), &query).await.unwrap_or_else(|e| panic!("{query:?}: {e}"));
        found.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() {
            return found;
        }
    }
}

fn ids(objects: &[Object]) -> BTreeSet<&str> {
    objects.iter().map(|object| object.object.id.as_str()).collect()
}

pub async fn members_and_groups_are_selected_and_sorted_by_each_of_their_parts(place: Place) {
    let registry = registry();
    let directory = place.open_with(builder()).await.unwrap();
    let anna = create(&directory, ObjectClass::USER, user("anna")).await.id;
    let ben = create(&directory, ObjectClass::USER, user("ben")).await.id;
    create(&directory, ObjectClass::USER, user("carla")).await;
    let memberships = [
        ("Nobody", json!([])),
        ("Staff", json!([{"value": anna, "type": "User", "display": "Straße"}, {"value": ben}])),
        (
            "Robots",
            json!([{"value": "R2", "type": "Robot", "display": "R2"}, {"value": "b1", "type": "robot"}]),
        ),
        ("Far", json!([{"value": "x1"}, {"value": "x0", "display": "50%_"}])),
        ("Anna", json!([{"value": anna, "display": "ANNA"}])),
        (
            "Mixed",
            json!([{"value": ben, "type": "Group"}, {"value": "R2", "type": "user", "display": "Ben"}]),
        ),
    ];
    for (name, members) in memberships {
        let mut group = json!({"schemas": [tenure_scim::uri::GROUP], "displayName": name});
        if members != json!([]) {
            group["members"] = members;
        }
        create(&directory, ObjectClass::GROUP, Resource::from_json(group).unwrap()).await;
    }
    let values = [
        &anna, &ben, "R2", "r2", "User", "user", "Robot", "Group", "STRASSE", "anna", "50%_", "direct", "n",
        "",
    ];
    let mut told_apart = 0;
    for (class, list) in [(ObjectClass::GROUP, "members"), (ObjectClass::USER, "groups")] {
        let schema = registry.resource(class.as_str()).unwrap();
        let objects = all(&directory, ListQuery::new(class.clone())).await;
        let mut filters = vec![format!("{list} pr"), format!("not ({list} pr)")];
        for sub in ["value", "type", "display", "$ref"] {
            filters.extend([format!("{list}.{sub} pr"), format!("not ({list}[{sub} pr])")]);
            for value in values.map(Value::from) {
                for op in ["eq", "ne", "sw", "co", "ew"] {
                    filters.push(format!("{list}.{sub} {op} {value}"));
                    filters.push(format!("not ({list}[not ({sub} {op} {value})])"));
                }
                filters
                    .push(format!("{list}[{sub} gt {value} and value sw \"x\"] or {list}.{sub} le {value}"));
            }
        }
        for text in filters {
            let filter = Filter::parse(&text).unwrap();
            let Ok(compiled) = filter.compile(schema) else { continue };
            let expected: BTreeSet<&str> = objects
                .iter()
                .filter(|object| compiled.matches(&object.resource))
                .map(|object| object.object.id.as_str())
                .collect();
            let found = all(&directory, ListQuery::new(class.clone()).with_filter(filter)).await;
            assert_eq!(ids(&found), expected, "{text}");
            told_apart += usize::from(!expected.is_empty() && expected.len() < objects.len());
        }
        for by in
            [list.to_owned(), format!("{list}.value"), format!("{list}.type"), format!("{list}.display")]
        {
            for (order, descending) in [(SortOrder::Ascending, false), (SortOrder::Descending, true)] {
                let sort = Sort { by: path(&by), descending };
                let found = all(&directory, ListQuery::new(class.clone()).with_sort(sort)).await;
                assert_eq!(ids(&found), ids(&objects), "{by}");
                let model = tenure_scim::Sort::new(&path(&by), order, schema).unwrap();
                let in_order =
                    found.windows(2).all(|pair| model.compare(&pair[0].resource, &pair[1].resource).is_le());
                assert!(in_order, "{by} {descending}");
            }
        }
    }
    assert!(told_apart > 100, "only {told_apart} filters tell anything apart");
}
