//! The reference connector passes every trial.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod reference;

use reference::subject;

tenure_testkit::conformance!(subject);
