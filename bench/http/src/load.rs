use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use crate::client::Client;
use crate::process::{family, usage};
use crate::seed::{name, patch, user, Place};
use crate::Options;

/// One request of a workload: method, path, body.
type Request = (&'static str, String, String);
type Make = Box<dyn Fn(usize) -> Option<Request> + Send + Sync>;

pub async fn run(client: &Client, options: &Options, place: &Place) {
    for (workload, make) in workloads(options, place) {
        if options.only.is_empty() || options.only.contains(workload) {
            println!("{}", measure(client, options, workload, make).await);
        }
    }
}

fn workloads(options: &Options, place: &Place) -> Vec<(&'static str, Make)> {
    let sample: Arc<Vec<(usize, String)>> = Arc::new(place.sample.clone());
    let (spare, group) = (place.spare.clone(), place.group.clone());
    let take = move |n: usize, sample: &Vec<(usize, String)>| sample[n * 31 % sample.len()].clone();
    let (for_get, for_filter, for_patch) = (Arc::clone(&sample), Arc::clone(&sample), sample);
    let pages = (options.users / 100).clamp(1, 100);
    // A name that no earlier run has made.
    let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
    let pattern = user("NAME").to_string();
    vec![
        ("get", Box::new(move |n| Some(("GET", format!("/Users/{}", take(n, &for_get).1), String::new())))),
        (
            "filter",
            Box::new(move |n| {
                let name = name(take(n, &for_filter).0);
                Some(("GET", format!("/Users?filter=userName%20eq%20%22{name}%22"), String::new()))
            }),
        ),
        (
            "list",
            Box::new(move |n| {
                let start = 1 + 100 * (n % pages);
                Some(("GET", format!("/Users?startIndex={start}&count=100"), String::new()))
            }),
        ),
        (
            "patch",
            Box::new(move |n| {
                // The next round over the sample switches each user the other way.
                let active = (n / for_patch.len()) % 2 == 1;
                let change = patch(json!([{"op": "replace", "path": "active", "value": active}]));
                Some(("PATCH", format!("/Users/{}", take(n, &for_patch).1), change.to_string()))
            }),
        ),
        (
            "member",
            Box::new(move |n| {
                let add = json!([{"op": "add", "path": "members", "value": [{"value": spare.get(n)?}]}]);
                Some(("PATCH", format!("/Groups/{group}"), patch(add).to_string()))
            }),
        ),
        (
            "create",
            Box::new(move |n| {
                let made = pattern.replace("NAME", &format!("new{run}-{n}"));
                Some(("POST", "/Users".to_owned(), made))
            }),
        ),
    ]
}

async fn measure(client: &Client, options: &Options, workload: &str, make: Make) -> Value {
    let make = Arc::new(make);
    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (before, before_behind) = (usage(options.pid), family(options.behind));
    let begun = Instant::now();
    let worker = || {
        let (mut client, make, next, stop) =
            (client.clone(), Arc::clone(&make), Arc::clone(&next), Arc::clone(&stop));
        tokio::spawn(async move {
            let (mut times, mut failures) = (Vec::new(), 0_usize);
            while !stop.load(Ordering::Relaxed) {
                let Some((method, path, body)) = make(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let sent = Instant::now();
                let (status, _) = client.send(method, &path, &body).await;
                times.push(sent.elapsed());
                failures += usize::from(!(200..300).contains(&status));
            }
            (times, failures)
        })
    };
    let workers: Vec<_> = (0..options.connections).map(|_| worker()).collect();
    let timer = tokio::spawn({
        let (stop, seconds) = (Arc::clone(&stop), options.seconds);
        async move {
            tokio::time::sleep(seconds).await;
            stop.store(true, Ordering::Relaxed);
        }
    });
    let (mut times, mut failures) = (Vec::new(), 0);
    for worker in workers {
        let (some, wrong) = worker.await.expect("a worker");
        times.extend(some);
        failures += wrong;
    }
    timer.abort();
    let passed = begun.elapsed();
    let (after, after_behind) = (usage(options.pid), family(options.behind));
    times.sort_unstable();
    let at = |share: f64| {
        times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or_default()
    };
    let a_request = |before: Option<Duration>, after: Option<Duration>| match (before, after) {
        (Some(before), Some(after)) => json!(micros(after.saturating_sub(before) / times.len().max(1) as u32)),
        _ => Value::Null,
    };
    let processor = a_request(before.map(|usage| usage.processor), after.map(|usage| usage.processor));
    json!({
        "server": options.name,
        "users": options.users,
        "workload": workload,
        "requests": times.len(),
        "failures": failures,
        "per_second": (times.len() as f64 / passed.as_secs_f64()).round(),
        "p50_us": micros(at(0.5)),
        "p99_us": micros(at(0.99)),
        "cpu_us": processor,
        "behind_cpu_us": a_request(before_behind, after_behind),
        "memory_mib": after.map(|usage| usage.memory_mib),
    })
}

fn micros(time: Duration) -> u64 {
    time.as_micros() as u64
}
