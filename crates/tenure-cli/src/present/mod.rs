//! Text for people: colours, tables, progress and diagnostics.
//!
//! Everything here turns values into text; nothing decides or does anything. The examples print with it too.

mod diagnostic;
mod explain;
mod paint;
mod plan;
mod playbooks;
mod progress;
mod report;
mod requests;
mod reviews;
mod run;
mod seats;
mod table;
mod tasks;
mod versions;
mod words;

pub use diagnostic::{Diagnostic, Place};
pub use explain::{access, explanation};
pub use paint::{ColorChoice, Paint, Tone};
pub use plan::{Detail, change, plan};
pub use playbooks::{playbooks, runs, steps};
pub use progress::Bar;
pub use report::{feedback, pilots, report};
pub use requests::{difference, request, requests};
pub use reviews::{campaigns, findings, items};
pub use run::run;
pub use seats::seats;
pub use table::{Cell, Table};
pub use tasks::{settled, tasks};
pub use versions::versions;
pub use words::{count, money, short_hash};
