//! Requests: asked for, approved in stages, granted, held, ended.

mod advance;
mod approvers;
mod consider;
mod decide;
mod deputy;
mod difference;
mod find;
mod fulfil;
mod model;
mod remind;
mod stages;
mod submit;
mod tally;

pub use self::advance::{Advance, Happening};
pub(crate) use self::approvers::{Approvers, manager_on};
pub use self::consider::Considered;
pub(crate) use self::consider::role_of;
pub use self::decide::Decision;
pub use self::deputy::Deputy;
pub use self::difference::{Difference, Gain};
pub(crate) use self::difference::{words, yearly};
pub use self::model::{Request, RequestDraft, RequestState, Stage, StageState, Vote};
pub use self::tally::{Tally, tally};
