//! One walk through everybody, one through every membership, and some changes, by a connector and in a process of its own:
//! benchlarge <ldap|postgres|sql> <configuration as JSON>
//!
//! One line a task: what, how many, seconds by the clock, seconds of processor time. The last one is the peak of memory. Nothing
//! is kept but a page and the objects that are to change.
use std::fs;
use std::time::Instant;

use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{
    Connector, Context, EntitlementRef, ListQuery, Object, ObjectClass, ObjectRef, Operation, WriteRequest,
};
use tenure_connector_ldap::LdapConnector;
use tenure_connector_postgres::PostgresConnector;
use tenure_connector_sql::SqlConnector;
use tenure_scim::{diff, AttrPath};

type Failure = Box<dyn std::error::Error>;

/// How many objects change, and how many members come and go.
const CHANGES: usize = 100;
const PAGE: u32 = 1000;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (kind, config) = (arguments.next().ok_or("a kind")?, arguments.next().ok_or("a configuration")?);
    let connector: Box<dyn Connector> = match kind.as_str() {
        "ldap" => Box::new(LdapConnector::new(serde_json::from_str(&config)?)?),
        "postgres" => Box::new(PostgresConnector::new(serde_json::from_str(&config)?)?),
        "sql" => Box::new(SqlConnector::new(serde_json::from_str(&config)?)?),
        other => return Err(format!("`{other}` is no kind").into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&*connector))
}

async fn run(connector: &dyn Connector) -> Result<(), Failure> {
    let start = mark("start", 0, None);
    let mut count = 0;
    walk(connector, ObjectClass::USER, |_| {
        count += 1;
        Ok(())
    })
    .await?;
    let start = mark("list", count, Some(start));

    // What everybody should be is what they are, but for one in a thousand.
    let (mut differ, mut members) = (Vec::new(), Vec::new());
    let path = AttrPath::parse("displayName")?;
    let schema = connector.schema(&Context::new("large")).await?.registry()?;
    let users = schema.resource("User").ok_or("users")?;
    let mut seen = 0;
    walk(connector, ObjectClass::USER, |user| {
        let mut wanted = user.resource.clone();
        if seen % 1000 == 0 {
            wanted.set(&path, "Somebody Else");
        }
        seen += 1;
        let patch = diff(&user.resource, &wanted, users);
        if !patch.is_empty() && differ.len() < CHANGES {
            differ.push((user.object.clone(), patch));
        }
        Ok(())
    })
    .await?;
    let start = mark("list and compare", seen, Some(start));

    let mut held = 0;
    walk(connector, ObjectClass::GRANT, |grant| {
        let grant = GrantRecord::try_from(&grant.resource)?;
        held += 1;
        if members.len() < CHANGES {
            members.push((grant.principal, grant.entitlement));
        }
        Ok(())
    })
    .await?;
    let start = mark("list memberships", held, Some(start));

    let mut changed = 0;
    for (object, patch) in differ {
        changed += apply(connector, Operation::Update { object, patch }).await?;
    }
    let start = mark("change people", changed, Some(start));
    let mut moved = 0;
    for (principal, entitlement) in members {
        let object = || ObjectRef::new(ObjectClass::USER, principal.as_str());
        let held = || EntitlementRef::clone(&entitlement);
        moved += apply(connector, Operation::Revoke { object: object(), entitlement: held() }).await?;
        let grant = Operation::Grant { object: object(), entitlement: held(), parameters: Default::default() };
        moved += apply(connector, grant).await?;
    }
    mark("change members", moved, Some(start));
    println!("peak {} KiB", peak());
    Ok(())
}

async fn walk(
    connector: &dyn Connector,
    class: ObjectClass,
    mut see: impl FnMut(Object) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut query = ListQuery::new(class).with_page_size(PAGE);
    loop {
        let page = connector.list(&Context::new("large"), &query).await?;
        if !page.complete {
            return Err("a page is not complete".into());
        }
        for item in page.items {
            see(item)?;
        }
        match page.next {
            Some(next) => query = query.with_cursor(next),
            None => return Ok(()),
        }
    }
}

async fn apply(connector: &dyn Connector, operation: Operation) -> Result<usize, Failure> {
    let outcome = connector.apply(&Context::new("large"), &WriteRequest::new("large", operation)).await?;
    Ok(usize::from(outcome.changed()))
}

/// Prints what was done since the last mark.
fn mark(what: &str, count: usize, since: Option<(Instant, f64)>) -> (Instant, f64) {
    let now = (Instant::now(), processor());
    if let Some((start, before)) = since {
        let (clock, used) = ((now.0 - start).as_secs_f64(), now.1 - before);
        println!("{what} {count} clock {clock:.2} processor {used:.2} peak {} KiB", peak());
    }
    now
}

/// Seconds of processor time of this process so far; the kernel counts in hundredths.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn peak() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
