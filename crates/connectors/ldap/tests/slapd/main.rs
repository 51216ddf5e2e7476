//! The connector against OpenLDAP. Needs a server: `TENURE_LDAP` and `TENURE_LDAPS` hold its URLs, `TENURE_LDAP_CA` the
//! file with its authority. Without them the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod changes;
mod conformance;
mod groups;
mod lists;
mod names;
mod proxy;
mod security;
mod server;
mod status;
mod wire;
