//! Text for people: what `tenure-terminal` shows, and what only the command shows: diagnostics, governance, tasks.
//!
//! Everything here turns values into text; nothing decides or does anything.

mod diagnostic;
mod playbooks;
mod policy_change;
mod reclaim;
mod report;
mod requests;
mod reviews;
mod tasks;
mod versions;

pub use diagnostic::{Diagnostic, Place};
pub use playbooks::{playbooks, runs, steps};
pub use policy_change::policy_change;
pub use reclaim::reclaim;
pub use report::{feedback, pilots, report};
pub use requests::{difference, request, requests};
pub use reviews::{campaigns, findings, items};
pub use tasks::{retries, settled, tasks};
pub use tenure_terminal::{
    Bar, Cell, ColorChoice, Detail, Paint, Table, Tone, access, count, explanation, money, plan, run, seats,
    short_hash,
};
pub use versions::versions;
