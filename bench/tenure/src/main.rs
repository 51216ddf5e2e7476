//! Tenure's lines of the benchmark table: one line of JSON a figure, in the form that `benchkit` defines.
//!
//! `ONLY=filter-eval cargo run --release` runs a selection.

use benchkit::{alloc, Bench};

mod patch;
mod policy;
mod scim;

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

fn main() {
    let bench = Bench::new();
    scim::json(&bench);
    scim::memory(&bench);
    scim::filter_parse(&bench);
    scim::filter_eval(&bench);
    scim::diff(&bench);
    patch::operations(&bench);
    patch::members(&bench);
    policy::policy(&bench);
}
