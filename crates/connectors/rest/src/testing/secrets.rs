use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::DateTime;
use tenure_connector::{Connector as _, ConnectorExt as _, ListQuery, Operation};
use tracing_subscriber::fmt::MakeWriter;

use super::words::{apply, ctx};
use crate::HarRecorder;
use crate::system::{System, SystemConnector};

/// Lets a connector do what it can, and fails when one of the secrets stands in anything that comes out: outcomes, errors,
/// debug forms, the log on its finest level, the recorded traffic.
///
/// Needs the process for itself: a test beside it that logs first, to nobody, switches the same messages off for all.
///
/// # Panics
///
/// When a secret stands in what comes out, or nothing was logged or recorded.
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub async fn assert_nothing_secret<S: System>(
    connector: SystemConnector<S>,
    operations: impl IntoIterator<Item = Operation>,
    secrets: &[&str],
) {
    let log = Log::default();
    let logging =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(logging);
    let har = HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH));
    let connector = connector.with_har(har.clone());
    let mut printed = vec![format!("{connector:?} {:?}", connector.info())];
    for operation in operations {
        printed.push(match apply(&connector, operation).await {
            Ok(outcome) => format!("{outcome:?} {}", serde_json::to_string(&outcome).expect("an outcome")),
            Err(error) => format!("{error} {error:?} {}", serde_json::to_string(&error).expect("an error")),
        });
    }
    printed.push(format!("{:?}", connector.check(&ctx()).await));
    let capabilities = connector.capabilities();
    for (class, _) in capabilities.classes.iter().filter(|(_, class)| class.list.is_some()) {
        printed.push(format!("{:?}", connector.list_all(&ctx(), ListQuery::new(class.clone()), 1000).await));
    }
    let traffic = har.to_json().to_string();
    assert!(traffic.contains("\"request\""), "nothing was recorded");
    printed.push(traffic);
    let log = log.text();
    assert!(log.contains("the system answered"), "nothing was logged");
    printed.push(log);
    for secret in secrets {
        let leak = printed.iter().find(|text| text.contains(secret));
        assert!(leak.is_none(), "`{secret}` stands in what comes out: {leak:?}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
