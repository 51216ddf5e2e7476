//! The directory keeps the contract that every connector keeps, in every kind of database.

use std::sync::{Arc, LazyLock};

use tenure_connector::EntitlementRef;
use tenure_testkit::conformance::{self, Subject};

use crate::place::Place;

fn assert_trial(place: &Place, name: &str) {
    // The first connection of a directory lives as long as the runtime that made it.
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    });
    let directory = RUNTIME.block_on(place.open());
    let subject = Subject::new(Arc::new(directory)).with_entitlement(EntitlementRef::new("role", "agent"));
    conformance::assert_trial(&subject, name);
}

macro_rules! trials {
    (($place:expr) $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(place) = $place {
                    assert_trial(&place, stringify!($name));
                }
            }
        )*
    };
}

mod memory {
    use super::{Place, assert_trial};

    tenure_testkit::__for_each_trial! { [trials] Place::memory() }
}

mod file {
    use super::{Place, assert_trial};

    tenure_testkit::__for_each_trial! { [trials] Place::file() }
}

#[cfg(feature = "postgres")]
mod postgres {
    use super::{Place, assert_trial};

    tenure_testkit::__for_each_trial! { [trials] Place::postgres() }
}
