//! Statistics of tables that begin to grow.
//!
//! Without any, the server takes one equal column for as good as four, and may look among all rows of a target, or of a
//! plan, for each row that is asked for. It gathers them by itself, but a minute late, in which much is written.

use deadpool_postgres::Pool;

use super::error::SqlResult;

/// Tables that are asked for many rows at once and have more than one index.
const TABLES: [&str; 8] = ["account", "held", "journal", "link", "name", "told", "work", "work_edge"];
/// After how many writes it is looked for the first time, and after how many for the last: the server is ahead by then.
const FIRST: u64 = 300;
const LAST: u64 = 300_000;

/// How much this program has written.
#[derive(Debug, Default)]
pub(super) struct Growth {
    written: u64,
    looked: u64,
}

impl Growth {
    /// Notes more writes. Says how many there were when it is time to look, which is at each tenfold.
    pub(super) fn by(&mut self, writes: usize) -> Option<u64> {
        self.written += writes as u64;
        let due = (self.looked * 10).max(FIRST);
        if self.written < due || self.looked >= LAST {
            return None;
        }
        self.looked = self.written;
        Some(self.written)
    }
}

/// Gathers statistics of those tables that the server takes for much smaller than they may have become. That it cannot be
/// done is no harm: the server does it later.
pub(super) async fn gather(pool: Pool, schema: String, written: u64) {
    drop(analyse(&pool, &schema, written).await);
}

async fn analyse(pool: &Pool, schema: &str, written: u64) -> SqlResult<()> {
    let client = pool.get().await?;
    let sql = "SELECT relname FROM pg_class
        WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2) AND reltuples < $3::bigint";
    let much = (written / 10).cast_signed();
    let small = client.query(sql, &[&schema, &TABLES.as_slice(), &much]).await?;
    let small: Vec<&str> = small.iter().map(|row| row.get(0)).collect();
    if !small.is_empty() {
        client.batch_execute(&format!("ANALYZE {}", small.join(", "))).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Growth;

    #[test]
    fn statistics_are_looked_for_at_each_tenfold_and_not_for_ever() {
        let mut growth = Growth::default();
        let looked: Vec<u64> = (0..100_000).filter_map(|_| growth.by(100)).collect();
        assert_eq!(looked, [300, 3_000, 30_000, 300_000]);
        assert_eq!(growth.by(10_000_000), None);
    }
}
