//! The pages, one file each.

mod finding;
mod home;
mod request;
mod review;

pub(crate) use finding::findings;
pub(crate) use home::home;
pub(crate) use request::{decide, request};
pub(crate) use review::{item, judge, reviews};
