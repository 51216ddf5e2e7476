//! The PostgreSQL server of the tests.

use std::sync::atomic::{AtomicU64, Ordering};

pub struct Schema {
    pub server: String,
    pub name: String,
}

impl Schema {
    /// A schema that does not exist yet; `None` without a server.
    pub fn new() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("TENURE_POSTGRES").ok();
        assert!(
            server.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
            "expected a PostgreSQL server in TENURE_POSTGRES, found none"
        );
        if server.is_none() {
            eprintln!("not tried: TENURE_POSTGRES is not set");
        }
        let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        Some(Self { server: server?, name: format!("d{nanos}_{}_{number}", std::process::id()) })
    }

    /// A connection that sees the schema.
    pub async fn client(&self) -> tokio_postgres::Client {
        let (client, connection) =
            tokio_postgres::connect(&self.server, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {}", self.name)).await.unwrap();
        client
    }
}
