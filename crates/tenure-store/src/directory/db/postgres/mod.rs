//! A directory in a schema of a PostgreSQL database.

mod bind;
mod fault;
mod session;
mod texts;

use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tenure_tls::{TlsError, postgres as secure};

use self::session::PostgresSession;
use self::texts::Texts;
use super::{Param, Row, Work};
use crate::directory::error::{Fault, Result};

/// Pools of connections.
#[derive(Clone)]
pub(in crate::directory) struct Server {
    pool: Pool,
    /// Connections for statements over arrays. They are planned once, whatever the length of the arrays, and never compiled: both
    /// would take longer than they do. An index leads to each row that they name, also where a plan was made when there were few rows.
    arrays: Pool,
    texts: Arc<Texts>,
}

impl Server {
    /// Makes the pools; nothing is connected yet. A quarter of the connections, and one at least, is for statements over arrays.
    pub(in crate::directory) fn new(config: &str, schema: &str, connections: usize) -> Result<Self> {
        let unreadable = |error: TlsError| Fault::Database { temporary: false, detail: error.to_string() };
        let mut server = secure::Server::read(config, &secure::Options::default()).map_err(unreadable)?;
        let tls = server.tls();
        let config = server.config_mut();
        let options = config.get_options().map_or_else(String::new, |given| format!("{given} "));
        let pool = |more: &str, connections: usize| {
            let mut config = config.clone();
            config.options(format!("{options}-c search_path={schema}{more}"));
            let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            Pool::builder(Manager::from_config(config, tls.clone(), fast))
                .max_size(connections)
                .build()
                .map_err(|error| Fault::Database { temporary: false, detail: error.to_string() })
        };
        let arrays = (connections / 4).max(1);
        Ok(Self {
            pool: pool("", (connections - arrays).max(1))?,
            arrays: pool(" -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off", arrays)?,
            texts: Arc::default(),
        })
    }

    async fn begin(&self, how: &'static str) -> Result<PostgresSession> {
        let client = self.pool.get().await.map_err(fault::of_pool)?;
        Ok(PostgresSession::new(client, how, Arc::clone(&self.texts)))
    }

    /// Carries out one statement over arrays that is a transaction of its own, and durable when this returns.
    pub(in crate::directory) async fn at_once(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let client = self.arrays.get().await.map_err(fault::of_pool)?;
        PostgresSession::of_one_statement(client, Arc::clone(&self.texts)).last(sql, params).await
    }

    /// Works on the snapshot of the first statement.
    pub(super) async fn read<W: Work>(&self, work: &W) -> Result<W::Answer> {
        let session = self.begin("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        work.run(&session).await
    }

    /// Works in one transaction, and starts again when that collides with another one.
    pub(super) async fn write<W: Work>(&self, work: &W) -> Result<W::Answer> {
        let mut tries = 0;
        loop {
            tries += 1;
            let session = self.begin("START TRANSACTION").await?;
            let outcome = match work.run(&session).await {
                Ok(answer) => session.commit().await.map(|()| answer),
                Err(fault) => Err(fault),
            };
            match outcome {
                Err(Fault::Collision(_)) if tries < TRIES => {}
                outcome => return outcome,
            }
        }
    }
}

const TRIES: usize = 8;
