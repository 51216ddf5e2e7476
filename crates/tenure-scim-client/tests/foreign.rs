//! The client against service providers that were not written here. `.ci/servers/scim-peers.sh` starts them; without
//! one a test says that it was skipped, or fails when servers are required.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use futures_util::TryStreamExt as _;
use serde_json::json;
use tenure_scim::{Filter, Patch, PatchPath, Resource};
use tenure_scim_client::{Auth, BulkOperation, Claim, Client, Dialect, Projection, Query, WriteOptions};

/// What a server does otherwise than RFC 7644 has it; `deviations.md` says why.
#[derive(Debug, Default)]
struct Deviations {
    without_etags: bool,
    case_counts_in_filters: bool,
    without_urns_in_filters: bool,
    one_reference_in_a_bulk_operation: bool,
    /// `startIndex` and `count` in an address count for nothing.
    numbers_only_in_bodies: bool,
}

#[expect(clippy::disallowed_methods, reason = "the script that starts the servers says where they are")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn server(name: &str) -> Option<Client> {
    let Some(address) = variable(name) else {
        assert!(
            variable("TENURE_REQUIRE_SERVERS").is_none(),
            "servers are required, and `{name}` is not set"
        );
        println!("skipped: `{name}` is not set");
        return None;
    };
    let token = variable("TENURE_SERVERS_TOKEN").unwrap_or_default();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Some(Client::new(address.parse().unwrap(), Auth::bearer(token), http).unwrap())
}

#[tokio::test]
async fn scim2_server() {
    let Some(client) = server("TENURE_SCIM2_SERVER") else { return };
    whole_life(&client, &Deviations::default()).await;
}

#[tokio::test]
async fn scimmy() {
    let Some(client) = server("TENURE_SCIMMY") else { return };
    whole_life(
        &client,
        &Deviations {
            without_etags: true,
            case_counts_in_filters: true,
            without_urns_in_filters: true,
            one_reference_in_a_bulk_operation: true,
            numbers_only_in_bodies: true,
        },
    )
    .await;
}

async fn whole_life(client: &Client, deviations: &Deviations) {
    let found = client.discover().await.unwrap();
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    assert_eq!(found.features.patch, Claim::Yes);
    assert_eq!(found.features.etag == Claim::No, deviations.without_etags);
    assert!(found.schema("User").unwrap().attribute(&"name.givenName".parse().unwrap()).is_some());
    let client = client.knowing(found);
    let mark = format!("t{:x}", RandomState::new().build_hasher().finish());

    wrong_credentials(&client).await;
    let ids = users(&client, &mark, deviations).await;
    lists(&client, &mark, &ids, deviations).await;
    groups(&client, &mark, &ids).await;
    bulk(&client, &mark, deviations).await;
    for id in &ids {
        client.delete("User", id).await.unwrap();
    }
    assert_eq!(client.get("User", &ids[0]).await.unwrap_err().status(), Some(404));
    assert_eq!(client.delete("User", &ids[0]).await.unwrap_err().status(), Some(404));
}

async fn wrong_credentials(client: &Client) {
    let address = client.base().clone();
    let wrong = Client::new(address, Auth::bearer("wrong"), reqwest::Client::new()).unwrap();
    assert_eq!(wrong.list("User", &Query::new()).await.unwrap_err().status(), Some(401));
    assert_eq!(wrong.discover().await.err().and_then(|error| error.status()), Some(401));
}

fn user(mark: &str, name: &str) -> Resource {
    let user = json!({
        "schemas": [tenure_scim::uri::USER, tenure_scim::uri::ENTERPRISE_USER],
        "userName": format!("{mark}-{name}"),
        "externalId": format!("{mark}:{name}"),
        "active": true,
        "name": { "givenName": "Zoë 🙂", "familyName": "O'Brien \"quoted\" \\ back" },
        "emails": [{ "value": format!("{mark}{name}@example.com"), "type": "work", "primary": true }],
        tenure_scim::uri::ENTERPRISE_USER: { "department": "R&D", "costCenter": "7" },
    });
    Resource::from_json(user).unwrap()
}

fn path(text: &str) -> PatchPath {
    text.parse().unwrap()
}

fn texts(resource: &Resource, path: &str) -> BTreeSet<String> {
    let path = path.parse().unwrap();
    let values = resource.values(&path).filter_map(|value| value.as_str().map(str::to_owned));
    values.collect()
}

async fn users(client: &Client, mark: &str, deviations: &Deviations) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        let reply = client.create("User", &user(mark, name)).await.unwrap();
        ids.push(reply.value.id().unwrap().to_owned());
    }
    let taken = client.create("User", &user(mark, "a")).await.unwrap_err();
    assert_eq!(taken.status(), Some(409), "{taken}");

    let read = client.get("User", &ids[0]).await.unwrap();
    assert_eq!(read.value.text("name.givenName"), Some("Zoë 🙂"));
    assert_eq!(read.value.text("name.familyName"), Some("O'Brien \"quoted\" \\ back"));
    let department = format!("{}:department", tenure_scim::uri::ENTERPRISE_USER);
    assert_eq!(read.value.text(&department), Some("R&D"));

    let patch = Patch::default()
        .replace(path("active"), false)
        .replace(path("name.familyName"), "Berg")
        .replace(path(&department), "Sales")
        .add(path("emails"), json!([{ "value": format!("{mark}home@example.com"), "type": "home" }]));
    client.patch("User", &ids[0], &patch, &WriteOptions::default()).await.unwrap();
    let filtered =
        Patch::default().replace(path(r#"emails[type eq "work"].value"#), format!("{mark}new@example.com"));
    client.patch("User", &ids[0], &filtered, &WriteOptions::default()).await.unwrap();
    let read = client.get("User", &ids[0]).await.unwrap().value;
    assert_eq!(read.attr("active").and_then(|value| value.as_bool()), Some(false));
    assert_eq!((read.text("name.familyName"), read.text(&department)), (Some("Berg"), Some("Sales")));
    let expected = ["home", "new"].map(|name| format!("{mark}{name}@example.com"));
    assert_eq!(texts(&read, "emails.value"), BTreeSet::from(expected));

    for dialect in [Dialect::aws(), Dialect::interop(), Dialect::put_only()] {
        let name = dialect.name.clone();
        let dialect = client.speaking(dialect);
        let patch = Patch::default().replace(path("title"), name.as_str()).replace(path("nickName"), mark);
        dialect.patch("User", &ids[1], &patch, &WriteOptions::default()).await.unwrap();
        assert_eq!(client.get("User", &ids[1]).await.unwrap().value.text("title"), Some(name.as_str()));
    }
    versions(client, &ids[1], deviations).await;

    let only = Projection::Only(vec!["userName".parse().unwrap()]);
    let slim = client.get_with("User", &ids[1], &only).await.unwrap().value;
    assert!(slim.text("userName").is_some() && slim.attr("emails").is_none());
    ids
}

async fn versions(client: &Client, id: &str, deviations: &Deviations) {
    let read = client.get("User", id).await.unwrap();
    if deviations.without_etags {
        assert_eq!(read.version, None);
        return;
    }
    let version = read.version.unwrap();
    assert_eq!(client.get_if_changed("User", id, &version).await.unwrap().status, 304);
    let patch = |text: &str| Patch::default().replace(path("title"), text);
    client.patch("User", id, &patch("one"), &WriteOptions::if_match(version.clone())).await.unwrap();
    let stale = client.patch("User", id, &patch("two"), &WriteOptions::if_match(version)).await.unwrap_err();
    assert_eq!(stale.status(), Some(412), "{stale}");
}

async fn lists(client: &Client, mark: &str, ids: &[String], deviations: &Deviations) {
    let expected: BTreeSet<_> = ids.iter().map(String::as_str).collect();
    let get = client.list("User", &Query::new().with_page_size(1)).await.unwrap();
    assert_eq!(get.resources.len() > 1, deviations.numbers_only_in_bodies);
    let client =
        &client.speaking(Dialect { post_queries: deviations.numbers_only_in_bodies, ..Dialect::rfc() });
    let ours: Filter = format!(r#"userName sw "{mark}""#).parse().unwrap();
    for size in [1, 2, 100] {
        let query = Query::new().filtered(ours.clone()).with_page_size(size);
        let pages: Vec<_> = client.pages("User", query).into_stream().try_collect().await.unwrap();
        let found: BTreeSet<_> = pages.iter().flat_map(|p| &p.resources).filter_map(Resource::id).collect();
        assert_eq!(found, expected, "page size {size}");
        assert!(pages.iter().all(|page| page.complete && page.total == Some(5)), "page size {size}");
        assert_eq!(pages.len(), 5_usize.div_ceil(size as usize), "page size {size}");
    }
    let letter = if deviations.case_counts_in_filters { "c" } else { "C" };
    let urn =
        if deviations.without_urns_in_filters { "" } else { "urn:ietf:params:scim:schemas:core:2.0:User:" };
    for filter in [
        format!(r#"externalId eq "{mark}:c""#),
        format!(r#"userName EQ "{mark}-{letter}""#),
        format!(r#"emails[type eq "work" and value eq "{mark}c@example.com"]"#),
        format!(r#"{urn}userName eq "{mark}-c" and active eq true"#),
        format!(r#"userName sw "{mark}" and not (externalId ne "{mark}:c")"#),
    ] {
        let query = Query::new().filtered(filter.parse().unwrap());
        for query in [query.clone(), query.posted()] {
            let page = client.list("User", &query).await.unwrap();
            let found: Vec<_> = page.resources.iter().filter_map(Resource::id).collect();
            assert_eq!(found, [ids[2].as_str()], "{filter}");
        }
    }
    let none = client
        .list("User", &Query::new().filtered(r#"userName eq "no such""#.parse().unwrap()))
        .await
        .unwrap();
    assert!(none.resources.is_empty() && none.complete);
    let mut sorted = Query::new().filtered(ours).sorted("userName".parse().unwrap());
    sorted.descending = true;
    let page = client.list("User", &sorted).await.unwrap();
    let found: Vec<_> = page.resources.iter().filter_map(Resource::id).collect();
    assert_eq!(found, ids.iter().rev().map(String::as_str).collect::<Vec<_>>());
}

async fn groups(client: &Client, mark: &str, ids: &[String]) {
    let group = json!({ "schemas": [tenure_scim::uri::GROUP], "displayName": format!("{mark} staff") });
    let group = client.create("Group", &Resource::from_json(group).unwrap()).await.unwrap().value;
    let id = group.id().unwrap();
    let members = async || texts(&client.get("Group", id).await.unwrap().value, "members.value");
    let small = client.speaking(Dialect { max_member_changes: Some(2), ..Dialect::rfc() });
    small.add_members(id, ids).await.unwrap();
    assert_eq!(members().await, ids.iter().cloned().collect());
    client.add_members(id, &ids[..1]).await.unwrap();
    assert_eq!(members().await.len(), 5);
    client.remove_members(id, &ids[..2]).await.unwrap();
    assert_eq!(members().await, ids[2..].iter().cloned().collect());
    client.delete("Group", id).await.unwrap();
}

async fn bulk(client: &Client, mark: &str, deviations: &Deviations) {
    let team = json!({
        "schemas": [tenure_scim::uri::GROUP],
        "displayName": format!("{mark} team"),
        "members": [{ "value": "bulkId:x" }, { "value": "bulkId:y" }],
    });
    let results = client
        .bulk(
            &[
                BulkOperation::create("User", "x", &user(mark, "x")),
                BulkOperation::create("User", "y", &user(mark, "y")),
                BulkOperation::create("Group", "team", &Resource::from_json(team).unwrap()),
                BulkOperation::create("User", "z", &user(mark, "x")),
            ],
            None,
        )
        .await;
    assert!(results[..3].iter().all(|result| result.outcome.is_ok()), "{results:?}");
    assert_eq!(results[3].outcome.as_ref().unwrap_err().status(), Some(409));
    let id = |index: usize| results[index].id.as_deref().unwrap();
    let team = client.get("Group", id(2)).await.unwrap().value;
    let resolved =
        if deviations.one_reference_in_a_bulk_operation { ["bulkId:x", id(1)] } else { [id(0), id(1)] };
    assert_eq!(texts(&team, "members.value"), resolved.map(str::to_owned).into());
    let retitle = Patch::default().replace(path("title"), "Boss");
    let results = client
        .bulk(
            &[
                BulkOperation::patch("User", id(0), &retitle),
                BulkOperation::delete("Group", id(2)),
                BulkOperation::delete("User", id(1)),
            ],
            Some(1),
        )
        .await;
    assert!(results.iter().all(|result| result.outcome.is_ok()), "{results:?}");
    assert_eq!(client.get("User", id(0)).await.unwrap().value.text("title"), Some("Boss"));
    client.delete("User", id(0)).await.unwrap();
}
