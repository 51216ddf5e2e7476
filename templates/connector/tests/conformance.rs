//! The finished connector of the guide keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod fake;

use std::sync::Arc;

use fake::{FakeNotely, TOKEN};
use tenure_connector::{Secret, SecretRef};
use tenure_connector_template::{NotelyConfig, NotelyConnector};
use tenure_testkit::conformance::Subject;

fn connect(notely: Arc<FakeNotely>, token: &str) -> Arc<NotelyConnector> {
    let config = NotelyConfig { instance: "example".to_owned(), token: SecretRef::new("notely") };
    Arc::new(NotelyConnector::new(config, notely, Secret::new(token)).unwrap())
}

fn subject() -> Subject {
    let notely = Arc::new(FakeNotely::default());
    Subject::new(connect(notely.clone(), TOKEN))
        .with_intruder(connect(notely.clone(), "wrong"))
        .with_secret_text(TOKEN)
        .with_faults(notely)
}

tenure_testkit::conformance!(subject);
