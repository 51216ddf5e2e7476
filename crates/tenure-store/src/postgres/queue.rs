//! The installed queue: pgmq, by its SQL functions.

use deadpool_postgres::GenericClient;

use super::error::SqlResult;
use crate::{StoreError, sha256_hex};

/// The oldest version whose functions are known to do what is needed here.
const OLDEST: (u32, u32, u32) = (1, 11, 1);
/// The first version of which nothing is known.
const NEXT: u32 = 2;

/// Finds out which version is installed: as an extension, by its own installer, or as plain SQL.
pub(super) async fn version(db: &impl GenericClient) -> SqlResult<Result<String, StoreError>> {
    let sql = "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'pgmq'),
        to_regclass('pgmq.__pgmq_migrations') IS NOT NULL,
        to_regproc('pgmq.read_grouped_head') IS NOT NULL,
        to_regclass('pgmq.meta') IS NOT NULL";
    let row = db.query_one(sql, &[]).await?;
    let (extension, migrations, marked, any): (Option<String>, bool, bool, bool) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    if !any {
        return Ok(Err(missing("pgmq is not installed in this database")));
    }
    let recorded = match (extension, migrations) {
        (Some(version), _) => Some(version),
        (None, true) => {
            let sql = "SELECT version FROM pgmq.__pgmq_migrations ORDER BY run_at DESC, version DESC LIMIT 1";
            db.query_opt(sql, &[]).await?.map(|row| row.get(0))
        }
        (None, false) => None,
    };
    Ok(match recorded {
        Some(version) => known(&version),
        // Plain SQL leaves no version behind; this function came with the oldest one that is known.
        None if marked => Ok("1.11.1".to_owned()),
        None => Err(missing("pgmq is older than 1.11.1: it has no `pgmq.read_grouped_head`")),
    })
}

fn known(version: &str) -> Result<String, StoreError> {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    let found = (next(), next(), next());
    if found >= OLDEST && found.0 < NEXT {
        return Ok(version.to_owned());
    }
    Err(missing(&format!("expected pgmq 1.11.1 or a later 1.x, found {version}")))
}

fn missing(detail: &str) -> StoreError {
    StoreError::Queue { detail: detail.to_owned() }
}

/// The name of a target's queue: readable, of letters pgmq takes, and of no other schema.
pub(super) fn name(schema: &str, target: &str) -> String {
    let digest = sha256_hex(format!("{schema}/{target}").as_bytes());
    let readable: String = target
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .take(28)
        .collect();
    let digest: String = digest.chars().take(16).collect();
    format!("{readable}_{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_known() {
        let told = |version| known(version).map_err(|error| error.to_string());
        assert_eq!(told("1.11.1"), Ok("1.11.1".to_owned()));
        assert_eq!(told("1.12.0"), Ok("1.12.0".to_owned()));
        for unknown in ["1.11.0", "1.4.5", "2.0.0", "x"] {
            let expected = format!(
                "the queue of workers cannot be used: expected pgmq 1.11.1 or a later 1.x, found {unknown}"
            );
            assert_eq!(told(unknown), Err(expected));
        }
    }

    #[test]
    fn names_of_queues_are_short_and_differ() {
        let long = name("tenure", &"Ünüsual Target ".repeat(9));
        assert!(long.len() <= 47 && long.is_ascii(), "{long}");
        assert_ne!(name("a", "zendesk"), name("b", "zendesk"));
        assert!(name("a", "zendesk").starts_with("zendesk_"));
    }
}
