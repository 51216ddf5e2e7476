//! Access reviews: campaigns, evidence, decisions, what became of them, and whether anybody looked.

mod advance;
mod decide;
mod evidence;
mod find;
mod measure;
mod model;
mod moved;
mod open;
mod peers;
mod remedy;
mod report;

pub use self::advance::ReviewAdvance;
pub use self::evidence::{Earlier, Evidence, Peers};
pub use self::measure::{ReviewerMeasure, measure};
pub use self::model::{Campaign, Item, Judgement, Remedy, Verdict};
