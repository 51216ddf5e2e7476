//! Made-up companies: populations of workers, and years of their history, the same for the same seed.

mod history;
mod names;
mod population;

pub use self::history::{History, HistoryEvent};
pub use self::population::population;
