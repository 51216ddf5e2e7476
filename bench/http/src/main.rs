//! Loads a SCIM service provider on loopback and says how many requests a second it answers, how late, and at what cost.
//!
//!     benchhttp URL TOKEN [--name NAME] [--users N] [--seed bulk|single|group|known|no] [--group N] [--spare N] [--sample N] [--seconds S]
//!         [--connections C] [--pid PID] [--behind PID] [--only WORKLOAD,...]
//!
//! `--seed group` makes the group only, of users who are there already; `known` does so with users whose ids are made of their
//! numbers; `no` makes nothing. Without members (`--group 0`) there is no group. One line of JSON a workload. With `--pid` each line has the processor time
//! of the server for a request and its memory, with `--behind` the processor time of a database server and its children too.

mod answer;
mod client;
mod load;
mod process;
mod seed;

use std::collections::BTreeSet;
use std::time::Duration;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    pub url: String,
    pub token: String,
    pub name: String,
    pub users: usize,
    pub seed: String,
    pub group: usize,
    /// Users that are in no group at first, for the workload that adds members.
    pub spare: usize,
    /// How many users, from all over the store, are read, looked for and changed.
    pub sample: usize,
    pub seconds: Duration,
    pub connections: usize,
    pub pid: Option<u32>,
    /// The process whose children are a database server.
    pub behind: Option<u32>,
    pub only: BTreeSet<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = read(std::env::args().skip(1).collect());
    let mut client = client::Client::new(&options.url, &options.token);
    let ids = seed::seed(&mut client, &options).await;
    let place = seed::find(&mut client, &options, &ids).await;
    load::run(&client, &options, &place).await;
}

fn read(arguments: Vec<String>) -> Options {
    let mut options = Options {
        url: String::new(),
        token: String::new(),
        name: "server".to_owned(),
        users: 10_000,
        seed: "single".to_owned(),
        group: 10_000,
        spare: 5_000,
        sample: 2_000,
        seconds: Duration::from_secs(5),
        connections: 8,
        pid: None,
        behind: None,
        only: BTreeSet::new(),
    };
    let mut free = Vec::new();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().unwrap_or_else(|| panic!("expected a value after `{argument}`"));
        match argument.as_str() {
            "--name" => options.name = value(),
            "--users" => options.users = value().parse().expect("a number of users"),
            "--seed" => options.seed = value(),
            "--group" => options.group = value().parse().expect("a number of members"),
            "--spare" => options.spare = value().parse().expect("a number of users"),
            "--sample" => options.sample = value().parse().expect("a number of users"),
            "--seconds" => options.seconds = Duration::from_secs(value().parse().expect("seconds")),
            "--connections" => options.connections = value().parse().expect("a number of connections"),
            "--pid" => options.pid = Some(value().parse().expect("a process id")),
            "--behind" => options.behind = Some(value().parse().expect("a process id")),
            "--only" => options.only = value().split(',').map(str::to_owned).collect(),
            _ => free.push(argument),
        }
    }
    let mut free = free.into_iter();
    options.url = free.next().expect("the address of the base path");
    options.token = free.next().expect("a bearer token");
    options
}
