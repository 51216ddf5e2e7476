use std::fmt;

use tenure_connector::Result;

use super::Session;
#[cfg(feature = "mysql")]
use super::mysql::Mysql;
#[cfg(feature = "postgres")]
use super::postgres::Postgres;
#[cfg(feature = "sqlite")]
use super::sqlite::Sqlite;
use crate::config::{Database, SqlConfig};

/// A database; nothing is connected before the first session.
pub(crate) enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
    #[cfg(feature = "mysql")]
    Mysql(Mysql),
}

impl Backend {
    pub(crate) fn new(config: &SqlConfig) -> Result<Self> {
        match &config.database {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(path) => Ok(Self::Sqlite(Sqlite::new(path))),
            #[cfg(feature = "postgres")]
            Database::Postgres(text) => Ok(Self::Postgres(Postgres::new(text, config)?)),
            #[cfg(feature = "mysql")]
            Database::Mysql(text) => Ok(Self::Mysql(Mysql::new(text, config)?)),
            #[cfg(not(feature = "sqlite"))]
            Database::Sqlite(_) => Err(missing("sqlite")),
            #[cfg(not(feature = "postgres"))]
            Database::Postgres(_) => Err(missing("postgres")),
            #[cfg(not(feature = "mysql"))]
            Database::Mysql(_) => Err(missing("mysql")),
        }
    }

    pub(crate) async fn session(&self) -> Result<Box<dyn Session>> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => Ok(Box::new(sqlite.session().await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => Ok(Box::new(postgres.session().await?)),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => Ok(Box::new(mysql.session().await?)),
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => Err(missing("sqlite")),
        }
    }

    /// The database without what only its users may know.
    pub(crate) fn instance(&self) -> String {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.name(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.name(),
            #[cfg(feature = "mysql")]
            Self::Mysql(mysql) => mysql.name(),
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => String::new(),
        }
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Backend").field(&self.instance()).finish()
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn missing(feature: &str) -> tenure_connector::ConnectorError {
    crate::error::wrong(format!(
        "this program was built without the feature `{feature}` of the SQL connector"
    ))
}
