//! Zendesk Support: users, roles, groups, organisations, sessions, tickets, jobs and the incremental export.
//!
//! What it does as Zendesk does: cursor pages that name a next place also on the last one, five updates a minute a user,
//! ten exports a minute, nothing of the last minute in an export, a second e-mail address instead of a changed one, open
//! tickets that go to the caller when their agent is downgraded, deletion that answers 200 and keeps the user.

mod answer;
mod export;
mod memberships;
mod page;
mod people;
mod route;
mod seed;
mod staff;
mod tickets;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::seed::Options;
use super::Windows;

/// The state of one instance. Its owner and first administrator has the id 1.
#[derive(Debug)]
pub struct Zendesk {
    /// How the instance behaves; can be changed at any time.
    pub options: Options,
    login: String,
    bearers: BTreeMap<String, Vec<String>>,
    users: BTreeMap<u64, User>,
    groups: BTreeMap<u64, Group>,
    organizations: BTreeMap<u64, String>,
    roles: BTreeMap<u64, Role>,
    memberships: BTreeMap<u64, Membership>,
    belongings: BTreeMap<u64, Membership>,
    sessions: BTreeMap<u64, Vec<u64>>,
    tickets: BTreeMap<u64, Ticket>,
    jobs: BTreeMap<String, Job>,
    audit: Vec<Value>,
    windows: Windows,
    last_id: u64,
    changes: u64,
}

/// A user with everything that the API shows.
#[derive(Debug, Clone)]
struct User {
    shown: Map<String, Value>,
    addresses: Vec<Address>,
    erased: bool,
    /// When it changed last, and as which change of all.
    changed: (i64, u64),
}

#[derive(Debug, Clone)]
struct Address {
    id: u64,
    email: String,
    primary: bool,
}

#[derive(Debug, Clone)]
struct Group {
    name: String,
    deleted: bool,
}

/// A custom role: 0 agent, 1 light agent, 3 contributor.
#[derive(Debug, Clone)]
struct Role {
    name: String,
    kind: u64,
}

/// A user in a group or in an organisation.
#[derive(Debug, Clone)]
struct Membership {
    user: u64,
    of: u64,
    default: bool,
}

/// A ticket of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Who asked.
    pub requester: u64,
    /// Who works on it.
    pub assignee: Option<u64>,
    /// The group it is in.
    pub group: Option<u64>,
    /// `open`, `solved`, `closed`.
    pub status: String,
}

#[derive(Debug, Clone)]
struct Job {
    /// How many more questions find it at work.
    left: u32,
    tickets: Vec<u64>,
    assignee: Option<u64>,
    results: Vec<Value>,
}

const OWNER: u64 = 1;
