//! The directory beside the bare SQL that somebody would write by hand, in the same database and the same run:
//!
//!     cargo bench -p tenure-store --features sqlite-bundled,postgres --bench directory -- 10000 sqlite
//!     cargo bench -p tenure-store --features sqlite-bundled,postgres --bench directory -- 1000000 postgres
//!
//! PostgreSQL is the server that `TENURE_POSTGRES` names. One caller, one call after the other; the group has every user
//! as a member. The baseline returns the stored text, the directory returns resources.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark reads a clock"
)]

mod baseline;
mod measure;
mod seed;

use std::sync::Arc;

use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector, Context, Fields, ListQuery, ObjectClass, ObjectRef, Operation, Sort,
    WriteRequest,
};
use tenure_scim::{AttrPath, Filter, Patch, Resource, SchemaRegistry};
use tenure_store::directory::{Clock, DirectoryConnector};

use baseline::Baseline;
use measure::{Figures, peak_mib, resident_mib};

fn main() {
    let count: u32 = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(10_000);
    let postgres = std::env::args().any(|text| text == "postgres");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(count, postgres));
}

async fn run(count: u32, postgres: bool) {
    let clock: Clock = Arc::new(chrono::Utc::now);
    let builder = DirectoryConnector::builder(SchemaRegistry::builtin(), clock);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.db");
    let (directory, mut baseline) = if postgres {
        let server = std::env::var("TENURE_POSTGRES").expect("a server in TENURE_POSTGRES");
        let schema = format!("bench_{}", std::process::id());
        let directory = builder.connect(&server, &schema).await.unwrap();
        (directory, Baseline::postgres(&server, &schema).await)
    } else {
        (builder.open(&file).unwrap(), Baseline::sqlite(&file))
    };
    println!("{count} users, {}", if postgres { "postgresql" } else { "sqlite" });
    let first = create(&directory, ObjectClass::USER, user(seed::FIRST)).await;
    let team = group("Everybody");
    let team = create(&directory, ObjectClass::GROUP, team).await;
    seed::fill(&mut baseline, count, &team.id).await;
    let before = resident_mib();
    measure_all(&directory, &mut baseline, count, &first, &team).await;
    println!("resident before {before} MiB, after {} MiB, peak {} MiB", resident_mib(), peak_mib());
    baseline.clean_up().await;
}

async fn measure_all(
    directory: &DirectoryConnector,
    baseline: &mut Baseline,
    count: u32,
    first: &ObjectRef,
    team: &ObjectRef,
) {
    let ctx = Context::new("bench");
    let some = |n: u32| n.wrapping_mul(2_654_435_761) % count;

    let mut ours = Figures::default();
    let mut hand = Figures::default();
    for n in 0..300 {
        let made = user(&format!("new{n:07}"));
        ours.time(create(directory, ObjectClass::USER, made)).await;
        hand.time(baseline.insert(n)).await;
    }
    ours.print("insert", Some(&hand));

    let (mut ours, mut hand) = (Figures::default(), Figures::default());
    let ids = baseline.ids(300).await;
    for id in &ids {
        let object = ObjectRef::new(ObjectClass::USER, id.as_str());
        ours.time(async { directory.get(&ctx, &object, &Fields::All).await.unwrap() }).await;
        hand.time(baseline.get(id)).await;
    }
    ours.print("get", Some(&hand));

    let (mut ours, mut hand) = (Figures::default(), Figures::default());
    for n in 0..500 {
        let name = format!("seed{:07}", some(n) + 1);
        let filter = Filter::parse(&format!("userName eq \"{name}\"")).unwrap();
        let query = ListQuery::new(ObjectClass::USER).with_filter(filter);
        let found = ours.time(async { directory.list(&ctx, &query).await.unwrap() }).await;
        assert_eq!(found.items.len(), 1, "{name}");
        hand.time(baseline.by_name(&name)).await;
    }
    ours.print("filter userName eq", Some(&hand));

    let mut ours = Figures::default();
    for n in 0..300 {
        let filter =
            Filter::parse(&format!("emails.value eq \"seed{:07}@example.com\"", some(n) + 1)).unwrap();
        let query = ListQuery::new(ObjectClass::USER).with_filter(filter);
        assert_eq!(ours.time(async { directory.list(&ctx, &query).await.unwrap() }).await.items.len(), 1);
    }
    ours.print("filter emails.value eq", None);

    pages(directory, baseline, &ctx).await;

    let mut ours = Figures::default();
    for n in 0..200 {
        let status = if n % 2 == 0 { AccountStatus::Disabled } else { AccountStatus::Active };
        ours.time(apply(directory, Operation::SetStatus { object: first.clone(), status })).await;
    }
    ours.print("PATCH active", None);

    let (mut ours, mut hand) = (Figures::default(), Figures::default());
    for n in 0..200 {
        let value = format!("member{n:07}");
        let patch = Patch::default().add(path("members"), json!([{"value": value}]));
        ours.time(apply(directory, Operation::Update { object: team.clone(), patch })).await;
        hand.time(baseline.add_member(&value)).await;
    }
    ours.print("add a member to the group of all", Some(&hand));
}

/// The first page, one in the middle, one in the middle of an order: the later ones must not cost more.
async fn pages(directory: &DirectoryConnector, baseline: &mut Baseline, ctx: &Context) {
    let by_name = Sort { by: path("userName"), descending: false };
    for (name, sort) in [("page of 100", None), ("page of 100 by userName", Some(by_name))] {
        let mut query = ListQuery::new(ObjectClass::USER).with_page_size(100);
        query.sort = sort;
        let (mut first, mut hand) = (Figures::default(), Figures::default());
        for _ in 0..100 {
            first.time(async { directory.list(ctx, &query).await.unwrap() }).await;
            hand.time(baseline.page(0, 100)).await;
        }
        first.print(name, Some(&hand));
        let mut deep = query.clone().with_page_size(1000).with_fields(Fields::Only([path("id")].into()));
        let mut walked = 0;
        while let Some(next) = directory.list(ctx, &deep).await.unwrap().next {
            deep.cursor = Some(next);
            walked += 1;
            if walked == 200 {
                break;
            }
        }
        query.cursor = deep.cursor.or(query.cursor);
        let mut figures = Figures::default();
        for _ in 0..100 {
            figures.time(async { directory.list(ctx, &query).await.unwrap() }).await;
        }
        figures.print(&format!("{name} behind {} others", walked * 1000), Some(&first));
    }
}

fn path(text: &str) -> AttrPath {
    AttrPath::parse(text).unwrap()
}

fn user(name: &str) -> Resource {
    Resource::from_json(json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "userName": name,
        "externalId": format!("ext-{name}"),
        "displayName": format!("Anna {name}"),
        "name": {"familyName": format!("Berg {name}"), "givenName": "Anna", "formatted": format!("Anna Berg {name}")},
        "active": true,
        "title": "Support agent",
        "emails": [
            {"value": format!("{name}@example.com"), "type": "work", "primary": true},
            {"value": format!("{name}@example.org"), "type": "home"}
        ],
        "phoneNumbers": [{"value": "+49 30 1234567", "type": "work"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": format!("E-{name}"), "department": "Support", "costCenter": "4711"
        }
    }))
    .unwrap()
}

fn group(name: &str) -> Resource {
    Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group").with("displayName", name).unwrap()
}

async fn create(directory: &DirectoryConnector, class: ObjectClass, resource: Resource) -> ObjectRef {
    apply(directory, Operation::Create { class, resource }).await.unwrap()
}

async fn apply(directory: &DirectoryConnector, operation: Operation) -> Option<ObjectRef> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let key = format!("bench-{}", KEYS.fetch_add(1, Ordering::Relaxed));
    directory.apply(&Context::new("bench"), &WriteRequest::new(key, operation)).await.unwrap().object
}
