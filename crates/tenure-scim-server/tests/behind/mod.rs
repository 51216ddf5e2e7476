//! What a gateway must hold in front of any connector, as far as the connector can.
//!
//! A connector joins with one call of [`gateway!`](crate::gateway) in `tests/gateways.rs`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tenure_connector::{Capabilities, Connector, ObjectClass, OperationKind};
use tenure_scim::SchemaRegistry;
use tenure_scim_server::Server;

use crate::common::*;

mod trials;
pub use trials::*;

/// A connector with nobody in it, or with somebody where it cannot write.
pub struct Behind {
    connector: Arc<dyn Connector>,
    there: Vec<String>,
    finish: Box<dyn Fn() + Send + Sync>,
    // What has to live as long as the connector: a folder, a server process.
    _keep: Box<dyn Send + Sync>,
}

impl Behind {
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        Self { connector, there: Vec::new(), finish: Box::new(|| {}), _keep: Box::new(()) }
    }

    /// The user names of those who are there already.
    pub fn with_users(mut self, names: &[&str]) -> Self {
        self.there = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Makes what was accepted done: people, a job queue.
    pub fn with_finish(mut self, finish: impl Fn() + Send + Sync + 'static) -> Self {
        self.finish = Box::new(finish);
        self
    }

    pub fn keeping(mut self, keep: impl Send + Sync + 'static) -> Self {
        self._keep = Box::new(keep);
        self
    }

    pub fn serve(self) -> Gateway {
        let capabilities = self.connector.capabilities();
        let server = Server::builder(Arc::clone(&self.connector), SchemaRegistry::builtin(), clock());
        let server = server.token(TOKEN, "test").build().unwrap();
        Gateway { behind: self, capabilities, server }
    }
}

/// The server in front of it.
pub struct Gateway {
    pub behind: Behind,
    pub capabilities: Capabilities,
    pub server: Server,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Gateway {
    pub fn can(&self, kind: OperationKind) -> bool {
        self.capabilities.allows(&ObjectClass::USER, kind)
    }

    /// Sends a write and waits until it is done, whoever does it; the answer is the first one.
    pub async fn write(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let answer = send(&self.server, method, path, body).await;
        if answer.status == 202 {
            assert_eq!(answer.body, Value::Null, "202 has no body");
            (self.behind.finish)();
        }
        answer
    }

    /// Makes users, or takes those who are there; gives their names in order.
    pub async fn people(&self, count: usize) -> Vec<String> {
        if !self.can(OperationKind::Create) {
            assert!(self.behind.there.len() >= count, "the fixture needs {count} users");
            return self.behind.there.iter().take(count).cloned().collect();
        }
        let mut names = Vec::new();
        for number in 0..count {
            let name = format!("user{number:02}");
            let made = self.write("POST", "/Users", Some(user(&name))).await;
            assert!([201, 202].contains(&made.status), "{name}: {}", made.body);
            names.push(name);
        }
        names
    }

    pub async fn find(&self, name: &str) -> Answer {
        let filter = format!("userName eq {}", Value::from(name));
        let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        get(&self.server, &format!("/Users?filter={filter}")).await
    }

    /// The path of the one user of a name.
    pub async fn path_of(&self, name: &str) -> String {
        let found = self.find(name).await;
        assert_eq!(found.body["totalResults"], 1, "{name}: {}", found.body);
        format!("/Users/{}", found.body["Resources"][0]["id"].as_str().unwrap())
    }
}

/// Every trial for one connector, each on a fresh one.
#[macro_export]
macro_rules! gateway {
    ($name:ident, $fresh:path) => {
        $crate::gateway!($name, $fresh, [
            the_config_says_what_the_system_can,
            what_the_system_cannot_do_is_refused_and_changes_nothing,
            a_user_comes_changes_and_goes,
            filters_select_and_never_give_everything,
            metacharacters_are_text,
            pages_have_each_user_once_with_either_paging,
            sorting_orders_everything,
            versions_guard_writes_where_they_are_announced,
            only_classes_of_the_system_are_served,
            a_second_user_of_a_name_is_refused,
            members_come_and_go,
            resources_are_found_by_their_addresses,
        ]);
    };
    ($name:ident, $fresh:path, [$($trial:ident,)*]) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $trial() {
                    if let Some(behind) = $fresh().await {
                        $crate::behind::$trial(&behind.serve()).await;
                    }
                }
            )*
        }
    };
}
