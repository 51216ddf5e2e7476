//! The first test of the connector guide, as the guide shows it.

use std::sync::Arc;
use tenure_connector::memory::MemoryConnector;
use tenure_testkit::conformance::Subject;

fn subject() -> Subject {
    // Your connector, connected to your fake. Until there is one, the reference connector stands in.
    Subject::new(Arc::new(MemoryConnector::new("notely")))
}

tenure_testkit::conformance!(subject);
