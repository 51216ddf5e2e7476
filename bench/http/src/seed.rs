use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use serde_json::{json, Value};

use crate::client::Client;
use crate::Options;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

pub fn name(number: usize) -> String {
    format!("user{number:07}@example.com")
}

/// The id of a user of a server that was filled from within.
pub fn known_id(number: usize) -> String {
    format!("u{number:07}")
}

pub fn user(name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": name,
        "externalId": format!("x-{name}"),
        "name": {"givenName": "Given", "familyName": "Family"},
        "displayName": "Given Family",
        "active": true,
        "emails": [{"type": "work", "value": name, "primary": true}],
    })
}

pub fn patch(operations: Value) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// Fills the server; the ids of the users, by number, where there was something to fill.
pub async fn seed(client: &mut Client, options: &Options) -> BTreeMap<usize, String> {
    let (all, step) = (options.users + options.spare, if options.seed == "bulk" { 500 } else { 1 });
    if options.seed == "no" {
        return BTreeMap::new();
    }
    let next = Arc::new(AtomicUsize::new(0));
    let begun = std::time::Instant::now();
    let worker = || {
        let (mut client, next) = (client.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            let mut ids = Vec::new();
            loop {
                let from = next.fetch_add(step, Ordering::Relaxed);
                if from >= all {
                    return ids;
                }
                let (status, answer) = if step == 1 {
                    client.json("POST", "/Users", Some(&user(&name(from)))).await
                } else {
                    let operation = |n: usize| json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&name(n))});
                    let operations: Vec<Value> = (from..(from + step).min(all)).map(operation).collect();
                    client
                        .json("POST", "/Bulk", Some(&json!({"schemas": [BULK], "Operations": operations})))
                        .await
                };
                assert!([200, 201].contains(&status), "seeding: {status} {answer}");
                match answer["id"].as_str() {
                    Some(id) => ids.push((from, id.to_owned())),
                    None => {
                        let operations = answer["Operations"].as_array().into_iter().flatten();
                        let last =
                            |one: &Value| one["location"].as_str()?.rsplit('/').next().map(str::to_owned);
                        ids.extend(
                            operations.enumerate().filter_map(|(n, one)| Some((from + n, last(one)?))),
                        );
                    }
                }
            }
        })
    };
    let mut found = BTreeMap::new();
    // Else the users are there already.
    if !["group", "known"].contains(&options.seed.as_str()) {
        let workers: Vec<_> = (0..options.connections).map(|_| worker()).collect();
        for worker in workers {
            found.extend(worker.await.expect("seeding"));
        }
        eprintln!("{}: {all} users in {:.0?}", options.name, begun.elapsed());
    }
    if options.group == 0 {
        return found;
    }
    if options.seed == "known" {
        found = (0..options.users.min(options.group) + 1).map(|n| (n, known_id(n))).collect();
    }
    let members = ids(client, &found, 0, options.group).await;
    let (status, group) =
        client.json("POST", "/Groups", Some(&json!({"schemas": [GROUP], "displayName": "Everybody"}))).await;
    assert_eq!(status, 201, "{group}");
    let path = format!("/Groups/{}", group["id"].as_str().expect("an id"));
    for part in members.chunks(5_000) {
        let values: Vec<Value> = part.iter().map(|id| json!({"value": id})).collect();
        let add = patch(json!([{"op": "add", "path": "members", "value": values}]));
        let (status, body) = client.json("PATCH", &path, Some(&add)).await;
        assert!([200, 204].contains(&status), "{status} {body}");
    }
    found
}

/// What the workloads ask for.
#[derive(Debug)]
pub struct Place {
    /// Numbers and ids of users all over the store.
    pub sample: Vec<(usize, String)>,
    /// Ids of users that are in no group.
    pub spare: Vec<String>,
    pub group: String,
}

pub async fn find(client: &mut Client, options: &Options, known: &BTreeMap<usize, String>) -> Place {
    let mut sample = Vec::new();
    // Steps through the whole store; the step shares no factor with the number of users.
    let (mut number, wanted) = (0, options.users.min(options.sample));
    while sample.len() < wanted {
        number = (number + 7_919) % options.users;
        let id = if options.seed == "known" { known_id(number) } else { id(client, known, number).await };
        sample.push((number, id));
    }
    if options.group == 0 {
        return Place { sample, spare: Vec::new(), group: String::new() };
    }
    let spare = match options.seed.as_str() {
        "known" => (options.users..options.users + options.spare).map(known_id).collect(),
        _ => ids(client, known, options.users, options.spare).await,
    };
    let (_, groups) = client.json("GET", "/Groups?count=1&excludedAttributes=members", None).await;
    let group = groups["Resources"][0]["id"].as_str().expect("a group").to_owned();
    Place { sample, spare, group }
}

async fn ids(client: &mut Client, known: &BTreeMap<usize, String>, from: usize, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in from..from + count {
        ids.push(id(client, known, number).await);
    }
    ids
}

async fn id(client: &mut Client, known: &BTreeMap<usize, String>, number: usize) -> String {
    if let Some(id) = known.get(&number) {
        return id.clone();
    }
    let path = format!("/Users?filter=userName%20eq%20%22{}%22", name(number));
    let (status, found) = client.json("GET", &path, None).await;
    found["Resources"][0]["id"].as_str().unwrap_or_else(|| panic!("{status}: {found}")).to_owned()
}
