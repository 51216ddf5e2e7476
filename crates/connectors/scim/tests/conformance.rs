//! The connector passes the suite, over real sockets, in front of the workspace's own service provider.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod faulty;
mod peer;

use std::sync::Arc;

use faulty::Faulty;
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_testkit::conformance::Subject;

/// A service provider of its own for each trial, on a thread of its own, because a trial brings its own runtime.
fn subject() -> Subject {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            sender.send(peer::start().await).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let config: ScimConfig = receiver.recv().unwrap();
    let faulty = Faulty::default();
    let connector =
        ScimConnector::over(ScimConfig { passwords: true, ..config.clone() }, faulty.clone()).unwrap();
    let intruder =
        ScimConnector::over(config.with_bearer("wrong-token-of-the-test"), Faulty::default()).unwrap();
    Subject::new(Arc::new(connector))
        .with_intruder(Arc::new(intruder))
        .with_faults(Arc::new(faulty))
        .with_secret_text(peer::TOKEN)
        .with_secret_text("wrong-token-of-the-test")
}

tenure_testkit::conformance!(subject);
