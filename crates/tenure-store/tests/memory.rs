//! The contract of the store, kept by the store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod contract;

contract!(((), std::sync::Arc::new(tenure_store::MemoryStore::new())));
