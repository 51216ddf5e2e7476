//! One page of a list, wherever the walk stands.

use serde::{Deserialize, Serialize};
use tenure_connector::{Context, Cursor, Object, RateSignal, Result};

use super::json::number;
use super::{List, Listing};
use crate::list::foreign;
use crate::{absent, slice};

/// A walk that finds nothing in this many pages or inner lists hands out an empty page instead of going on.
const PATIENCE: usize = 200;

/// Where a walk through one list stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Place {
    /// The page, in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Cursor>,
    /// How many objects of this page were handed out.
    #[serde(skip_serializing_if = "is_zero")]
    skip: usize,
    /// How many items the vendor said there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The outer objects whose lists are still to be read; the first is the one being read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<String>,
    /// The next page of the outer list.
    #[serde(skip_serializing_if = "Option::is_none")]
    outer: Option<Cursor>,
    /// Whether the outer list was begun.
    begun: bool,
}

/// What a step of the walk gives.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) items: Vec<Object>,
    pub(super) next: Option<Cursor>,
    pub(super) rate: Option<RateSignal>,
    pub(super) moved: bool,
}

pub(super) async fn step(ctx: &Context, list: List, inner: Option<&Cursor>, size: u32) -> Result<Step> {
    match list {
        List::Given(objects) => {
            let (items, next) = slice(objects, inner, size)?;
            Ok(Step { items, next, ..Step::default() })
        }
        List::Paged(listing) => {
            let (mut step, mut rest) = page(ctx, &listing, enter(inner)?, size).await?;
            // A page whose items are all left out is none for the caller.
            let mut patience = PATIENCE;
            while step.items.is_empty() && patience > 0 {
                let Some(place) = rest else { break };
                let moved = step.moved;
                (step, rest) = page(ctx, &listing, place, size).await?;
                step.moved |= moved;
                patience -= 1;
            }
            step.next = rest.map(|place| leave(&place)).transpose()?;
            Ok(step)
        }
        List::OfEach { outer, inner: make } => {
            let mut place = enter(inner)?;
            let mut step = Step::default();
            for _ in 0..PATIENCE {
                let Some(first) = place.waiting.first().cloned() else {
                    if place.begun && place.outer.is_none() {
                        return Ok(step);
                    }
                    let raw = outer.read(ctx, place.outer.as_ref(), u32::MAX).await?;
                    let found = outer.objects(&raw.items)?;
                    place.waiting = found.into_iter().map(|object| object.object.id).collect();
                    (place.outer, place.begun) = (raw.next, true);
                    continue;
                };
                let here = Place {
                    at: place.at.take(),
                    skip: place.skip,
                    total: place.total.take(),
                    ..Place::default()
                };
                // The outer object can be gone by now.
                let read = absent(page(ctx, &make(&first)?, here, size).await)?;
                let (found, rest) = read.unwrap_or_default();
                match rest {
                    Some(rest) => (place.at, place.skip, place.total) = (rest.at, rest.skip, rest.total),
                    None => {
                        place.skip = 0;
                        place.waiting.remove(0);
                    }
                }
                step = Step { moved: step.moved || found.moved, ..found };
                if !step.items.is_empty() {
                    break;
                }
            }
            let over = place.waiting.is_empty() && place.begun && place.outer.is_none();
            step.next = if over { None } else { Some(leave(&place)?) };
            Ok(step)
        }
    }
}

/// A page out of one list of the API. An item can be several objects, so that a page of the vendor can be several of ours.
async fn page(ctx: &Context, listing: &Listing, place: Place, size: u32) -> Result<(Step, Option<Place>)> {
    let Place { at, skip, total: before, .. } = place;
    let raw = listing.read(ctx, at.as_ref(), size).await?;
    let total_at = listing.paging.as_ref().and_then(crate::Paging::total);
    let total = total_at.and_then(|at| number(&raw.answer.as_ref()?.value(), at));
    // Items that came or went between two numbered pages shift the rest.
    let moved = before.is_some() && total != before;
    let objects = listing.objects(&raw.items)?;
    let end = skip.saturating_add(usize::try_from(size).unwrap_or(usize::MAX).max(1));
    let rest = if end < objects.len() {
        Some(Place { at, skip: end, total: before.or(total), ..Place::default() })
    } else {
        raw.next.map(|next| Place { at: Some(next), total: before.or(total), ..Place::default() })
    };
    let items = objects.into_iter().take(end).skip(skip).collect();
    Ok((Step { items, next: None, rate: raw.answer.and_then(|answer| answer.rate()), moved }, rest))
}

fn enter(cursor: Option<&Cursor>) -> Result<Place> {
    let Some(cursor) = cursor else { return Ok(Place::default()) };
    serde_json::from_str(cursor.as_str()).map_err(|_| foreign())
}

fn leave(place: &Place) -> Result<Cursor> {
    let text = serde_json::to_string(place).map_err(|_| foreign())?;
    Ok(Cursor::new(text))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
