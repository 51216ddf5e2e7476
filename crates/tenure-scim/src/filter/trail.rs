//! Reading ahead within one resource.
//!
//! A list of values is some trips to memory away: to the attribute, to the elements, to their parts, to the texts, each
//! of which says where the next one goes. Resources of one kind look alike, so that the places of the last one tell about
//! where to read, and the trips are made at once.

use std::sync::atomic::{AtomicU32, Ordering};

use super::term::Place;
use crate::resource::Resource;
use crate::value::{Found, Whereabouts};

/// Where a value and what it consists of lay in a resource that was tested before.
#[derive(Debug)]
pub(super) struct Trail {
    /// Of the value itself.
    at: AtomicU32,
    list: AtomicU32,
    parts: AtomicU32,
    text: AtomicU32,
}

/// Places closer than this are as good as the same.
const NEAR: u32 = 16;

impl Trail {
    /// Reads a little where the value is likely to be.
    #[inline(always)]
    pub(super) fn touch(&self, resource: &Resource, place: &Place) -> u32 {
        let first = match place {
            Place::Own(name) | Place::Extension { schema: name, .. } => name.touch(resource.as_found()),
            Place::Open(_) => 0,
        };
        let at = |place: &AtomicU32| place.load(Ordering::Relaxed);
        let place = Whereabouts { list: at(&self.list), parts: at(&self.parts), text: at(&self.text) };
        first ^ resource.touch(place)
    }

    /// Remembers where the value is.
    #[inline(always)]
    pub(super) fn mark(&self, found: Found<'_>) {
        // A list that is where the last one was mostly has its parts there as well.
        if self.at.load(Ordering::Relaxed).abs_diff(found.place()) > NEAR {
            self.mark_anew(found);
        }
    }

    #[inline(never)]
    fn mark_anew(&self, found: Found<'_>) {
        self.at.store(found.place(), Ordering::Relaxed);
        let Some(place) = found.whereabouts() else { return };
        keep(&self.text, place.text);
        if place.list != 0 {
            keep(&self.list, place.list);
            keep(&self.parts, place.parts);
        }
    }
}

/// Writes only what is new, so that threads that share a filter do not wait for each other.
#[inline]
fn keep(place: &AtomicU32, new: u32) {
    if place.load(Ordering::Relaxed).abs_diff(new) > NEAR {
        place.store(new, Ordering::Relaxed);
    }
}

impl Default for Trail {
    /// A place where nothing is.
    fn default() -> Self {
        Self { at: u32::MAX.into(), list: 0.into(), parts: 0.into(), text: 0.into() }
    }
}

impl Clone for Trail {
    fn clone(&self) -> Self {
        Self::default()
    }
}
