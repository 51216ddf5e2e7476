use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use async_trait::async_trait;
use deadpool_postgres::Object;
use futures_util::future::{join, try_join_all};
use tenure_scim::filter::sql::Dialect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row as Found, Statement as Prepared};

use super::super::{Param, Row, Session, Statement};
use super::bind::{Bound, check, row};
use super::fault;
use super::texts::{Text, Texts};
use crate::directory::error::{Fault, Result};

/// A connection inside a transaction, which begins with the first statement and is undone unless it is committed.
pub(super) struct PostgresSession {
    client: Object,
    how: &'static str,
    begun: AtomicBool,
    ended: bool,
    texts: Arc<Texts>,
}

impl PostgresSession {
    pub(super) fn new(client: Object, how: &'static str, texts: Arc<Texts>) -> Self {
        Self { client, how, begun: AtomicBool::new(false), ended: false, texts }
    }

    /// One that begins no transaction, so that its statement is one by itself.
    pub(super) fn of_one_statement(client: Object, texts: Arc<Texts>) -> Self {
        Self { client, how: "", begun: AtomicBool::new(true), ended: true, texts }
    }

    /// Carries out the statement of a session [of one](Self::of_one_statement). Where the connection ends meanwhile, nobody knows
    /// whether it counts.
    pub(super) async fn last(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let found = self.rows(sql, params).await;
        if self.client.is_closed()
            && let Err(Fault::Database { detail, .. }) = found
        {
            return Err(Fault::Lost(detail));
        }
        found?.iter().map(row).collect()
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.ended = true;
        if !self.begun.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.client.batch_execute("COMMIT").await.map_err(|error| match Fault::from(error) {
            Fault::Database { detail, .. } => Fault::Lost(detail),
            refused => refused,
        })
    }

    /// Sends the start of the transaction together with the first statement.
    async fn begun<T>(&self, first: impl Future<Output = Result<T>>) -> Result<T> {
        if self.begun.swap(true, Ordering::Relaxed) {
            return first.await;
        }
        let (begun, answer) = join(self.client.batch_execute(self.how), first).await;
        begun?;
        answer
    }

    async fn prepared(&self, sql: &str) -> Result<Prepared> {
        Ok(self.client.prepare_cached(sql).await?)
    }

    async fn rows(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Found>> {
        check(params)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        Ok(match self.texts.of(sql) {
            Text::Kept(text) => {
                let statement = self.prepared(&text).await?;
                self.client.query(&statement, &borrowed(&bound)).await?
            }
            Text::Passing(text) => {
                let typed: Vec<(&(dyn ToSql + Sync), Type)> =
                    bound.iter().map(|param| (param as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
                self.client.query_typed(&text, &typed).await?
            }
        })
    }

    async fn count(&self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        check(params)?;
        let statement = match self.texts.of(sql) {
            Text::Kept(text) => self.prepared(&text).await?,
            Text::Passing(text) => self.client.prepare(&text).await?,
        };
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        Ok(self.client.execute(&statement, &borrowed(&bound)).await?)
    }
}

impl Drop for PostgresSession {
    fn drop(&mut self) {
        if !self.ended && self.begun.load(Ordering::Relaxed) {
            // The first poll sends it; whoever uses the connection next waits behind it.
            let undo = pin!(self.client.batch_execute("ROLLBACK"));
            let _ = undo.poll(&mut Context::from_waker(Waker::noop()));
        }
    }
}

#[async_trait]
impl Session for PostgresSession {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let found = self.begun(self.rows(sql, params)).await?;
        found.iter().map(row).collect()
    }

    async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.begun(self.count(sql, params)).await
    }

    async fn execute_all(&self, statements: &[Statement<'_>]) -> Result<u64> {
        let mut total = 0;
        // Each text is prepared once before the many use it at the same time.
        for (n, statement) in statements.iter().enumerate() {
            let before = statements.get(..n).unwrap_or_default();
            if !before.iter().rev().take(8).any(|other| other.sql == statement.sql)
                && let Text::Kept(text) = self.texts.of(&statement.sql)
            {
                self.begun(self.prepared(&text)).await?;
            }
        }
        for some in statements.chunks(IN_FLIGHT) {
            let all = some.iter().map(|statement| self.count(&statement.sql, &statement.params));
            total += self.begun(try_join_all(all)).await?.iter().sum::<u64>();
        }
        Ok(total)
    }

    async fn script(&self, sql: &str) -> Result<()> {
        self.begun(async { Ok(self.client.batch_execute(sql).await?) }).await
    }
}

fn borrowed<'a>(bound: &'a [Bound<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bound.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        fault::of(&error)
    }
}

const IN_FLIGHT: usize = 500;
