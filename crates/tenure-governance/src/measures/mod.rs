//! Measures: how long access takes to come and to go, who has to do what by hand, which paid seats are wasted; and pilots.

mod cases;
mod diary;
mod feedback;
mod ledger;
mod model;
mod pilot;
mod report;
mod requests;
mod seats;
mod take;
mod trail;

pub use self::feedback::Feedback;
pub use self::model::{Cause, MeasureScope, Measures, RequestCount, SeatWaste, StepCount, Timing};
pub use self::pilot::{Compared, PilotResult, Unit};
