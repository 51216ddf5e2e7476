mod about;
mod access;
mod cancel;
mod create;
mod delta;
mod dry;
mod faults;
mod list;
mod remove;
mod rest;
mod status;
mod update;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use self::about::*;
use self::access::*;
use self::cancel::*;
use self::create::*;
use self::delta::*;
use self::dry::*;
use self::faults::*;
use self::list::*;
use self::remove::*;
use self::rest::*;
use self::status::*;
use self::update::*;
use super::Bench;
use super::failure::Ended;

type Running<'a> = Pin<Box<dyn Future<Output = Ended> + Send + 'a>>;

/// One rule of the contract, ready to be tried.
#[derive(Clone, Copy)]
pub struct Trial {
    /// The rule as a name.
    pub name: &'static str,
    pub(super) run: for<'a> fn(&'a Bench) -> Running<'a>,
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("name", &self.name).finish_non_exhaustive()
    }
}

macro_rules! table {
    (() $($name:ident)*) => {
        &[$(Trial { name: stringify!($name), run: |bench| Box::pin($name(bench)) }),*]
    };
}

static TRIALS: &[Trial] = crate::__for_each_trial! { [table] };

/// Every trial, in the order in which they run.
#[must_use]
pub fn trials() -> &'static [Trial] {
    TRIALS
}
