use std::fmt;

use tenure_connector::{Object, Result};

use super::Listing;

/// One of the lists that make up a class.
pub enum List {
    /// Objects that are all there.
    Given(Vec<Object>),
    /// A list of the API.
    Paged(Listing),
    /// For each object of an outer list a list of its own: the members of each group.
    OfEach {
        /// The outer list.
        outer: Listing,
        /// The list of one outer object, by its id.
        inner: InnerList,
    },
}

/// Makes the inner list of an outer object's id.
pub(crate) type InnerList = Box<dyn Fn(&str) -> Result<Listing> + Send + Sync>;

impl List {
    /// For each object of an outer list a list of its own.
    #[must_use]
    pub fn of_each(outer: Listing, inner: impl Fn(&str) -> Result<Listing> + Send + Sync + 'static) -> Self {
        Self::OfEach { outer, inner: Box::new(inner) }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(objects) => f.debug_tuple("Given").field(&objects.len()).finish(),
            Self::Paged(listing) => f.debug_tuple("Paged").field(listing).finish(),
            Self::OfEach { outer, .. } => f.debug_tuple("OfEach").field(outer).finish(),
        }
    }
}

impl From<Listing> for List {
    fn from(listing: Listing) -> Self {
        Self::Paged(listing)
    }
}
