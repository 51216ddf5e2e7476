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
/// The bytes of a page, and the pages that the server takes a table for that it knows nothing of.
const PAGE: i64 = 8_192;
const UNKNOWN: i64 = 10;

/// How much this program has written.
#[derive(Debug, Default)]
pub(super) struct Growth {
    written: u64,
    looked: u64,
}

impl Growth {
    /// Notes more writes. Says whether it is time to look, which it is whenever they have doubled.
    pub(super) fn by(&mut self, writes: usize) -> bool {
        self.written += writes as u64;
        let due = self.written >= (self.looked * 2).max(FIRST) && self.looked < LAST;
        if due {
            self.looked = self.written;
        }
        due
    }
}

/// Gathers statistics of those tables that have become several times as large as the server takes them for. That it cannot
/// be done is no harm: the server does it later.
pub(super) async fn gather(pool: Pool, schema: String) {
    drop(analyse(&pool, &schema).await);
}

async fn analyse(pool: &Pool, schema: &str) -> SqlResult<()> {
    let client = pool.get().await?;
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relname = ANY($2)
        AND pg_relation_size(oid) / $3 > 3 * greatest(relpages, $4)";
    let grown = client.query(sql, &[&schema, &TABLES.as_slice(), &PAGE, &UNKNOWN]).await?;
    let grown: Vec<&str> = grown.iter().map(|row| row.get(0)).collect();
    if !grown.is_empty() {
        client.batch_execute(&format!("ANALYZE {}", grown.join(", "))).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Growth;

    #[test]
    fn statistics_are_looked_for_whenever_writes_have_doubled_and_not_for_ever() {
        let mut growth = Growth::default();
        let looked: Vec<u32> = (1..=5_000).filter(|_| growth.by(100)).collect();
        assert_eq!(looked, [3, 6, 12, 24, 48, 96, 192, 384, 768, 1_536, 3_072]);
        assert!(!growth.by(10_000_000));
    }
}
