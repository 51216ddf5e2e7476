use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use tenure_connector::ObjectClass;

use crate::directory::row::Stored;

/// Rows that were read last, for those who change what they have just read: a SCIM server does with every PATCH.
///
/// A change that stands on a row of an old version changes nothing, so what is old here does no harm.
pub(super) struct Recent {
    places: Vec<Mutex<Option<(ObjectClass, Stored)>>>,
    hasher: RandomState,
}

impl Recent {
    pub(super) fn put(&self, class: &ObjectClass, stored: &Stored) {
        if stored.body.len() <= LONGEST
            && let Some(place) = self.place(&stored.id)
        {
            let row = Some((class.clone(), stored.clone()));
            *place.lock().unwrap_or_else(PoisonError::into_inner) = row;
        }
    }

    /// Takes a row out. Nobody changes the same version twice.
    pub(super) fn take(&self, class: &ObjectClass, id: &str) -> Option<Stored> {
        let mut place = self.place(id)?.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, stored) = place.take_if(|(of, stored)| of == class && stored.id == id)?;
        Some(stored)
    }

    fn place(&self, id: &str) -> Option<&Mutex<Option<(ObjectClass, Stored)>>> {
        let place = self.hasher.hash_one(id) % PLACES;
        self.places.get(usize::try_from(place).unwrap_or_default())
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self { places: (0..PLACES).map(|_| Mutex::new(None)).collect(), hasher: RandomState::new() }
    }
}

const PLACES: u64 = 256;
/// What all places together may hold is 4 MiB.
const LONGEST: usize = 16 * 1024;
