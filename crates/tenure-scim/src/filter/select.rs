//! Testing many resources together.
//!
//! A resource that is not in the processor's cache costs a wait for memory at every step of a test. Here what is needed of
//! many resources is asked for before the first of them is tested, so that the waits overlap.

use std::borrow::Borrow;

use super::CompiledFilter;
use crate::resource::Resource;

/// How many resources are tested together.
const WIDTH: usize = 32;

/// How many are looked at to find those: enough for most filters, and an end to the search where nothing is found.
const AHEAD: usize = 128;

impl CompiledFilter {
    /// Those of many resources for which the filter holds, in their order; faster than testing one after the other.
    ///
    /// Reads ahead by up to 128 resources. Allocates one buffer for 32 of them, and nothing per resource.
    ///
    /// ```
    /// use tenure_scim::{Filter, Resource};
    ///
    /// let users: Vec<Resource> =
    ///     vec![r#"{"userName": "anna"}"#.parse()?, r#"{"userName": "bert"}"#.parse()?, r#"{"userName": "anja"}"#.parse()?];
    /// let filter = Filter::parse(r#"userName sw "an""#)?.compile_open();
    /// let names: Vec<_> = filter.select(&users).filter_map(|u| u.text("userName")).collect();
    /// assert_eq!(names, ["anna", "anja"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select<I>(&self, resources: I) -> Selected<'_, I::IntoIter>
    where
        I: IntoIterator,
        I::Item: Borrow<Resource>,
    {
        Selected { filter: self, from: resources.into_iter(), ready: Vec::new() }
    }
}

/// The resources for which a filter holds; see [`CompiledFilter::select`].
#[derive(Debug)]
pub struct Selected<'f, I: Iterator> {
    filter: &'f CompiledFilter,
    from: I,
    /// What was found and not yet given out, last first.
    ready: Vec<I::Item>,
}

impl<I> Selected<'_, I>
where
    I: Iterator,
    I::Item: Borrow<Resource>,
{
    /// Looks for more; says whether there was anything left to look at.
    fn refill(&mut self) -> bool {
        let Self { filter, from, ready } = self;
        ready.reserve(WIDTH);
        let mut seen = 0;
        while seen < AHEAD && ready.len() < WIDTH {
            let Some(resource) = from.next() else { break };
            seen += 1;
            if filter.may_hold(resource.borrow()) {
                ready.push(resource);
            }
        }
        ready.iter().for_each(|resource| filter.follow(resource.borrow()));
        ready.retain(|resource| filter.holds(resource.borrow()));
        ready.reverse();
        seen > 0
    }
}

impl<I> Iterator for Selected<'_, I>
where
    I: Iterator,
    I::Item: Borrow<Resource>,
{
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        loop {
            if let Some(resource) = self.ready.pop() {
                return Some(resource);
            }
            if !self.refill() {
                return None;
            }
        }
    }
}
