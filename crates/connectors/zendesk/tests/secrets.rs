//! No credential stands in anything that comes out: logs, recordings, errors, debug forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use common::{apply, config, ctx, grant, revoke, start, user};
use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, ListQuery, ObjectClass, Operation, Secret,
};
use tenure_connector_rest::{Auth, HarRecorder, HttpOptions, http_client};
use tenure_connector_zendesk::{ZendeskConnector, api_token};
use tenure_scim::Resource;
use tracing_subscriber::fmt::MakeWriter;

const BEARER: &str = "planted-bearer-0815";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
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

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let fake = start();
    let (someone, group) = fake.with(|zendesk| {
        zendesk.allow_bearer(BEARER, &["read"]);
        (zendesk.seed_user("a@example.com", "A", "agent"), zendesk.seed_group("Support"))
    });
    let mut printed = Vec::new();
    // The address of an account is no secret; the token and what goes over the wire for it are.
    let encoded = "b2xnYUBleGFtcGxlLmNvbS90b2tlbjp";
    let api = api_token(common::EMAIL, &Secret::new(common::TOKEN));
    for auth in [api, Auth::bearer(&Secret::new(BEARER)), Auth::bearer(&Secret::new("planted-wrong-1234"))] {
        let har = HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH));
        let http = http_client(&HttpOptions::default()).unwrap();
        let connector =
            ZendeskConnector::new(config(&fake), auth.clone(), http).unwrap().with_har(har.clone());
        let create = Operation::Create {
            class: ObjectClass::USER,
            resource: Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
                .with("userName", "anna@example.com")
                .unwrap()
                .with("displayName", "Anna")
                .unwrap(),
        };
        let suspend = Operation::SetStatus { object: user(someone), status: AccountStatus::Suspended };
        for operation in [
            create.clone(),
            create,
            grant(someone, "group", group),
            revoke(someone, "role", "agent"),
            suspend,
        ] {
            match apply(&connector, operation).await {
                Ok(outcome) => {
                    printed.push(format!("{outcome:?} {}", serde_json::to_string(&outcome).unwrap()))
                }
                Err(error) => {
                    printed.push(format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap()))
                }
            }
        }
        printed.push(format!("{:?}", connector.check(&ctx()).await));
        printed
            .push(format!("{:?}", connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await));
        printed.push(format!("{connector:?} {auth:?} {:?}", connector.info()));
        let document = har.to_json();
        assert!(document["log"]["entries"].as_array().unwrap().len() > 5);
        printed.push(document.to_string());
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the system answered"), "the log was not recorded");
    printed.push(log);
    for secret in [common::TOKEN, BEARER, "planted-wrong-1234", encoded] {
        let leak = printed.iter().position(|text| text.contains(secret));
        assert_eq!(leak, None, "`{secret}` stands in what is printed");
    }
}
