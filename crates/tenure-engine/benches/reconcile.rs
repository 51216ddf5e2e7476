//! What the comparison of what should be held with what is held costs in memory, next to joins written by hand, and what a look at a
//! target costs that finds nothing, with five entitlements an account:
//! `cargo bench -p tenure-engine --bench reconcile -- 20000 [nolook]`.
//!
//! The target makes up its pages as they are asked for. What that costs by itself is measured as well and taken off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark reads a clock"
)]

mod joins;

use std::hint::black_box;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use joins::{EACH, ENTITLEMENTS, Row};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::*;
use tenure_engine::Engine;
use tenure_policy::{Policy, PolicyDocument};
use tenure_scim::Resource;
use tenure_store::{AccountRecord, Batch, HeldRecord, LinkRecord, SqliteStore, Store, Write};

const PAGE: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let accounts: usize = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(2_000);
    println!("{accounts} accounts, {EACH} entitlements each");
    joins::in_memory(accounts);
    if arguments.iter().any(|text| text == "nolook") {
        return;
    }
    println!("a look at a target, the processor's time an account");
    let rows: Vec<Row> = (0..accounts).map(Row::new).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("bench.db")).unwrap());
        let target = Arc::new(Listing::new(accounts));
        fill(&store, &rows).await;
        let engine =
            Engine::builder(policy(), store).target("t".parse().unwrap(), target.clone()).build().unwrap();
        engine.observe(now()).await.unwrap();
        let (ctx, start) = (Context::new("bench"), processor_seconds());
        for class in [ObjectClass::USER, ObjectClass::GRANT] {
            let mut query = ListQuery::new(class);
            while let Some(next) = black_box(target.list(&ctx, &query).await.unwrap()).next {
                query.cursor = Some(next);
            }
        }
        let listing = processor_seconds() - start;
        let start = processor_seconds();
        let report = engine.observe(now()).await.unwrap();
        let look = processor_seconds() - start;
        assert!(!report.found_changes() && report.targets[0].complete, "{report:?}");
        assert_eq!(report.targets[0].grants, accounts * EACH);
        let each = |seconds: f64| seconds * 1e9 / accounts as f64;
        println!("the target makes up its pages: {:.0} ns", each(listing));
        println!("a look, nothing changed, without that: {:.0} ns", each(look - listing));
    });
}

/// A target that makes up what it lists.
#[derive(Debug)]
struct Listing {
    inner: MemoryConnector,
    accounts: usize,
}

impl Listing {
    fn new(accounts: usize) -> Self {
        let tenant = (1..=ENTITLEMENTS).fold(Tenant::new(), |tenant, number| {
            tenant.with_entitlement(Entitlement::new("group", &name(number as u32)))
        });
        Self { inner: MemoryConnector::over("t", tenant), accounts }
    }

    fn account(row: &Row) -> Object {
        let user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
            .with("id", row.id.as_str())
            .unwrap()
            .with("userName", row.id.as_str())
            .unwrap()
            .with("externalId", format!("w{:09}", row.number))
            .unwrap()
            .with("displayName", "Given Family")
            .unwrap()
            .with("active", true)
            .unwrap();
        Object::new(ObjectRef::new(ObjectClass::USER, row.id.as_str()), user)
    }
}

fn name(entitlement: u32) -> String {
    format!("entitlement-{entitlement}")
}

#[async_trait]
impl Connector for Listing {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.inner.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.inner.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.inner.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let start: usize =
            query.cursor.as_ref().and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or_default();
        let end = (start + PAGE).min(self.accounts);
        let rows = (start..end).map(Row::new);
        let items = if query.class == ObjectClass::USER {
            rows.map(|row| Self::account(&row)).collect()
        } else if query.class == ObjectClass::GRANT {
            let of = |row: Row| -> Vec<Object> {
                let each = row.holds().iter().map(|held| {
                    let grant = GrantRecord::new(row.id.as_str(), EntitlementRef::new("group", name(*held)));
                    let object = ObjectRef::new(ObjectClass::GRANT, format!("{}/{held}", row.id));
                    Object::new(object, Resource::from(&grant))
                });
                each.collect()
            };
            rows.flat_map(of).collect()
        } else {
            return self.inner.list(ctx, query).await;
        };
        let mut page = Page::last(items);
        page.next = (end < self.accounts).then(|| Cursor::new(end.to_string()));
        Ok(page)
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.inner.changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.inner.apply(ctx, request).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.inner.poll(ctx, job).await
    }
}

async fn fill(store: &Arc<dyn Store>, rows: &[Row]) {
    for rows in rows.chunks(PAGE) {
        let mut batch = Batch::new();
        for row in rows {
            let object = Listing::account(row);
            batch.push(Write::Account(AccountRecord {
                target: "t".to_owned(),
                id: row.id.clone(),
                class: object.object.class.to_string(),
                version: None,
                resource: object.resource.to_json(),
                seen: now(),
            }));
            let whose = format!("w{:09}", row.number);
            batch.push(Write::Link(LinkRecord::new("t", &row.id, &whose, "created", now())));
            for held in row.holds() {
                let held = HeldRecord {
                    target: "t".to_owned(),
                    account: row.id.clone(),
                    identity: Some(whose.clone()),
                    kind: "group".to_owned(),
                    value: name(*held),
                    named: None,
                    origins: [r#"{"rule":{"rule":"all","engagement":"e"}}"#.to_owned()].into(),
                    parameters: [].into(),
                    immutable: false,
                    since: now(),
                    lost: None,
                };
                batch.push(Write::Held { held, at: now() });
            }
        }
        store.commit(batch).await.unwrap();
    }
}

fn policy() -> Policy {
    let text = "version: 1\nlifecycle: { zone: Europe/Berlin }\ntargets:\n  t: { mode: managed }\n";
    Policy::compile(PolicyDocument::from_yaml("bench.yaml", text).unwrap()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// User and system time, in the kernel's hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}
