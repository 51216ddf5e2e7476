use std::sync::Arc;

use tenure_store::{AsOf, Batch, Select, Store, Write};

use super::{day, held, identity};

pub(crate) async fn identity_history_is_bitemporal(store: Arc<dyn Store>) {
    for version in [
        identity("w-1", "Sales", 0, 0),
        identity("w-1", "Support", 10, 10),
        // A move that happened on day 5 and that HR entered on day 12.
        identity("w-1", "Finance", 5, 12),
    ] {
        store.commit(Batch::new().with(Write::Identity(version))).await.unwrap();
    }
    for (effective, known, expected) in [
        (0, 0, Some("Sales")),
        (-1, 20, None),
        (7, 11, Some("Sales")),
        (7, 12, Some("Finance")),
        (11, 11, Some("Support")),
        (11, 12, Some("Support")),
        (11, 9, Some("Sales")),
    ] {
        let when = AsOf { effective: day(effective), known: day(known) };
        let found = store.identity_as_of("w-1", &when).await.unwrap();
        let department = found.map(|found| found.document["department"].as_str().unwrap().to_owned());
        assert_eq!(department.as_deref(), expected, "effective {effective}, known {known}");
    }
    let latest = store.identity("w-1").await.unwrap().unwrap();
    assert_eq!(latest.document["department"], "Finance", "the latest version is the last recorded");
    assert_eq!(store.identity_as_of("w-2", &AsOf::at(day(9))).await.unwrap(), None);
}

pub(crate) async fn held_history_is_bitemporal(store: Arc<dyn Store>) {
    let writes = [
        Write::Held { held: held("agent", &["rule:a"], 0), at: day(3) },
        Write::Held { held: held("agent", &["rule:a", "rule:b"], 0), at: day(5) },
        Write::Lost { held: held("agent", &[], 0), at: day(8) },
    ];
    for write in writes {
        store.commit(Batch::new().with(write)).await.unwrap();
    }
    for (effective, known, origins) in
        [(1, 2, None), (1, 3, Some(1)), (4, 9, Some(1)), (6, 9, Some(2)), (6, 4, Some(1)), (8, 9, None)]
    {
        let when = AsOf { effective: day(effective), known: day(known) };
        let found = store.held_as_of("w-1", &when).await.unwrap();
        let count = found.first().map(|held| held.origins.len());
        assert_eq!(count, origins, "effective {effective}, known {known}");
    }
    assert!(store.held(&Select::All).await.unwrap().is_empty());
}
