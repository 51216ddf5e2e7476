//! The connector keeps the contract, over real sockets, in front of the stateful fake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Arc;

use tenure_connector::{Connector as _, EntitlementRef, Secret};
use tenure_connector_zendesk::api_token;
use tenure_testkit::conformance::{Subject, check_table};

fn subject() -> Subject {
    let fake = common::start();
    let light = fake.with(|zendesk| {
        // The export leaves out the last minute, and a trial does not wait that long.
        zendesk.options.export_delay = 0;
        zendesk.seed_role("Team lead", 0);
        zendesk.seed_group("Support");
        zendesk.seed_organization("Meridian");
        // Three seats are soon taken; a light agent needs none.
        zendesk.seed_role("Light agent", 1)
    });
    let mut config = common::config(&fake);
    config.seat.owned = Some(3);
    let wrong = api_token(common::EMAIL, &Secret::new("planted-wrong-token"));
    Subject::new(Arc::new(common::connect_with(config.clone(), common::auth())))
        .with_intruder(Arc::new(common::connect_with(config, wrong)))
        .with_user(common::person)
        .with_entitlement(EntitlementRef::new("role", light.to_string()))
        .with_secret_text(common::TOKEN)
        .with_secret_text("planted-wrong-token")
        .with_faults(Arc::new(fake))
}

tenure_testkit::conformance!(subject);

#[test]
fn the_table_of_the_readme_is_what_the_code_says() {
    let capabilities = common::connect(&common::start()).capabilities();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    check_table(&readme, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
